import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { openImportFolder } from '../../../src/adapters/import/import-folder.ts';
import {
  type ImportItem,
  type PlanOptions,
  planImport,
} from '../../../src/evidence/deposit/mapping-plan.ts';
import { parseProfile } from '../../../src/evidence/deposit/mapping-profile.ts';

export const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
export const PROFILES = join(PROJECT, 'profiles');
const SHARED = join(PROJECT, '../shared/data');

/** The path of a set of real inputs; skips the test, saying why, where it is absent. */
export function realData(test: Context, ...parts: string[]): string {
  const path = join(SHARED, ...parts);
  if (!existsSync(path)) {
    console.log(`      skipped: ${join('../shared/data', ...parts)} is not here`);
    test.skip();
  }
  return path;
}

const folders: string[] = [];

/** A folder with these files, removed by `removeFolders`. */
export function folderWith(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-import-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** Everything that an import of `folder` yields. */
export async function plan(profile: unknown, folder: string, options: PlanOptions = {}) {
  const items: ImportItem[] = [];
  const source = openImportFolder(folder);
  for await (const item of planImport(parseProfile(profile), source, options)) items.push(item);
  return items;
}

/** A profile with one file `t` and one emit, whose payload is a free-form record. */
export function profileOf(payload: unknown, file: object = {}, rest: object = {}) {
  return {
    profile: 1,
    name: 'test',
    system: 'test',
    files: { t: { path: 't.csv', ...file } },
    steps: [
      {
        from: 't',
        emits: [
          {
            kind: 'other',
            loan: 'L1',
            eventId: 'E1',
            occurredAt: '2024-07-08',
            payload,
          },
        ],
        ...rest,
      },
    ],
  };
}

/** The record of an accepted item, or `code: message` of a rejected one. */
export function outcome(item: ImportItem | undefined): unknown {
  if (item === undefined) return undefined;
  if (!item.ok) return `${item.code}: ${item.message}`;
  return item.command.content.form === 'record'
    ? item.command.content.record
    : item.command.content;
}

/** What an expression makes of one row of a CSV file. */
export async function evaluate(expression: unknown, cells: Record<string, string>, file = {}) {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const csv = [Object.keys(cells), Object.values(cells)]
    .map((row) => row.map(quote).join(','))
    .join('\n');
  const folder = folderWith({ 't.csv': `${csv}\n` });
  const [item] = await plan(profileOf({ value: expression }, file), folder);
  const result = outcome(item);
  if (typeof result === 'string') return result;
  return result !== null && typeof result === 'object' && 'value' in result
    ? result.value
    : undefined;
}
