import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { utf8 } from '../../formats/bytes.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { FieldReader } from '../../formats/fields.ts';
import { canonicalJson, parseJson } from '../../formats/jcs.ts';
import { BackupError } from './backup-error.ts';
import { type BackedFile, digestFile } from './folder-writer.ts';

export type BackupPart = 'records' | 'secrets';

/** What a backup says of itself; nothing in it is about a person. */
export interface BackupFacts {
  part: BackupPart;
  /** The same in both parts of one backup, and in no other. */
  id: string;
  createdAt: string;
  /** Size of the log. */
  entries: number;
  /** The last signed checkpoint among these entries, as published; empty before the first. */
  checkpoint: string;
}

const FORMAT = 'cunzheng/v1/backup';
export const FACTS_FILE = 'backup.json';
/** In the form that `sha256sum -c` reads. */
export const LIST_FILE = 'files.sha256';

/** The two files that describe a part: its list of files, and its facts with the list's digest. */
export function describePart(facts: BackupFacts, files: BackedFile[]) {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const list = sorted.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const body = { format: FORMAT, ...facts, files: files.length, bytes };
  const text = canonicalJson({ ...body, listSha256: sha256Hex(utf8(list)) });
  return { [LIST_FILE]: utf8(list), [FACTS_FILE]: utf8(`${text}\n`) };
}

const damaged = (what: string, cause?: unknown) =>
  new BackupError('BACKUP_DAMAGED', what, 'Use another backup.', { cause });

/** A part as it describes itself. */
export interface DescribedPart {
  folder: string;
  facts: BackupFacts;
  /** Digest by path. */
  files: Map<string, string>;
  /** Of all files together. */
  bytes: number;
}

/**
 * Reads what a part says of itself; its files are not looked at.
 * @throws BackupError BACKUP_DAMAGED
 */
export function readPart(folder: string, part: BackupPart): DescribedPart {
  const [factsPath, listPath] = [join(folder, FACTS_FILE), join(folder, LIST_FILE)];
  if (!existsSync(factsPath) || !existsSync(listPath)) {
    throw damaged(`${folder} holds no finished backup`);
  }
  const list = readFileSync(listPath);
  const { read, facts } = parseFacts(readFileSync(factsPath, 'utf8'), folder);
  if (facts.part !== part) throw damaged(`${folder} is the part "${facts.part}", not "${part}"`);
  if (read.listSha256 !== sha256Hex(list)) throw damaged(`${listPath} was changed`);
  const files = new Map(
    list
      .toString('utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => parseLine(line, listPath)),
  );
  return { folder, facts, files, bytes: read.bytes };
}

function parseFacts(text: string, folder: string) {
  try {
    const read = new FieldReader(parseJson(text), 'MANIFEST_INVALID', FACTS_FILE);
    read.constant('format', FORMAT);
    const part = read.text('part');
    if (part !== 'records' && part !== 'secrets') throw read.error('has an unknown part');
    const facts: BackupFacts = {
      part,
      id: read.text('id', 64),
      createdAt: read.text('createdAt', 40),
      entries: read.count('entries'),
      checkpoint: read.text('checkpoint', 10_000),
    };
    read.count('files');
    const rest = { bytes: read.count('bytes'), listSha256: read.hash('listSha256') };
    read.end();
    return { facts, read: rest };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable';
    throw damaged(`${join(folder, FACTS_FILE)}: ${why}`, cause);
  }
}

function parseLine(line: string, listPath: string): [string, string] {
  const [, sha256 = '', path = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
  // A path that leads out of the folder would be written somewhere else by a restore.
  const isInside = path !== '' && !path.startsWith('/') && !/(^|[\\/])\.\.([\\/]|$)/.test(path);
  if (isInside) return [path, sha256];
  throw damaged(`${listPath}: "${line.slice(0, 80)}" is no line of it`);
}

/** Holds every file of a part against its digest. @returns one line a finding */
export async function partFindings({ folder, files }: DescribedPart): Promise<string[]> {
  const findings: string[] = [];
  for (const [path, sha256] of files) {
    const full = join(folder, path);
    if (!existsSync(full) || !statSync(full).isFile()) findings.push(`${path}: is missing`);
    else if ((await digestFile(full)).sha256 !== sha256) findings.push(`${path}: was changed`);
  }
  const known = new Set([FACTS_FILE, LIST_FILE, ...files.keys()]);
  for (const path of filesBelow(folder)) {
    if (!known.has(path)) findings.push(`${path}: does not belong to the backup`);
  }
  return findings;
}

/** Paths of all files below a folder, with slashes. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => !one.isDirectory())
    .map((one) => relative(folder, join(one.parentPath, one.name)).replaceAll('\\', '/'));
}
