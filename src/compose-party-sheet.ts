import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './adapters/objects/durable-file.ts';
import type { Installation } from './compose.ts';
import { utf8 } from './formats/bytes.ts';
import { CASE_PATH, type CaseFile, parseCaseFile } from './formats/case-file.ts';
import { readContainer } from './formats/zip-container.ts';
import type { FilingProfile } from './litigation/matter/filing-profile.ts';
import { openMatter } from './litigation/matter/open-matter.ts';
import type { CaseOutcome } from './litigation/package/file-cases.ts';
import { partyCells, partyRows, partySheetCsv } from './litigation/package/party-sheet.ts';

/**
 * Writes 批量立案当事人信息表 beside the packages of a Chinese batch: `parties-<as-of>.csv`, readable
 * by the service's user alone. Every case is read as of the checkpoint that its package names, so a
 * package kept from an earlier run and its row agree.
 * @returns its path; undefined for another jurisdiction, or when the batch has no package
 * @throws FormatError for a package that is not one of ours
 */
export async function writePartySheet(
  { evidence, config }: Pick<Installation, 'evidence' | 'config'>,
  profile: FilingProfile,
  outcomes: readonly CaseOutcome[],
): Promise<string | undefined> {
  const filed = outcomes.flatMap((it) => ('package' in it ? [it.package.path] : []));
  if (profile.jurisdiction !== 'cn' || filed.length === 0) return undefined;
  const folder = join(config.dataFolder, 'packages');
  const rows: string[][] = [];
  let asOf = '';
  for (const path of filed) {
    const { evidenceNo, cutOff, preparedOn, checkpointSize } = await caseOf(join(folder, path));
    const request = { profile, evidenceNo, cutOff, preparedOn, checkpointSize };
    const matter = await openMatter(evidence, request);
    rows.push(...partyRows(matter).map(partyCells));
    asOf = cutOff;
  }
  const target = join(folder, `parties-${asOf}.csv`);
  return writeDurably(folder, [utf8(partySheetCsv(rows))], target);
}

async function caseOf(path: string): Promise<CaseFile> {
  const entries = readContainer(new Uint8Array(await readFile(path)));
  const found = entries.find((entry) => entry.path === CASE_PATH);
  // An empty text is refused by the parser, which names what is missing.
  return parseCaseFile(found?.bytes ?? '');
}
