import { equalBytes, utf8 } from '../formats/bytes.ts';
import {
  CALCULATION_PATH,
  CASE_PATH,
  type CaseFile,
  CHECKPOINT_COPY_PATH,
  COMPLETENESS_PATH,
  HISTORY_PATH,
  VERIFY_PAGE_PATH,
  VERIFY_SCRIPT_PATH,
  VERIFY_TEXT_PATH,
} from '../formats/case-file.ts';
import { parseProofFile } from '../formats/proof-file.ts';
import { isSummedPath, type PackageFiles } from './check-container.ts';
import type { ReportBuilder } from './report.ts';

/** Files that every package may hold besides what its case names. */
const FIXED = [
  CASE_PATH,
  HISTORY_PATH,
  COMPLETENESS_PATH,
  CALCULATION_PATH,
  CHECKPOINT_COPY_PATH,
  VERIFY_TEXT_PATH,
  VERIFY_SCRIPT_PATH,
  VERIFY_PAGE_PATH,
];

const PART_NAMES = ['statement', 'salt', 'entry', 'tlog-proof'] as const;

const partPath = (proof: string, part: string): string => `${proof.replace(/\.json$/, '')}.${part}`;

/**
 * The case names every file of the package, each once: a file that it does not name would lie among
 * the exhibits without a proof, and one that it names twice would count as two exhibits.
 */
export function checkParts(report: ReportBuilder, caseFile: CaseFile, files: PackageFiles): void {
  const exhibited = caseFile.exhibits.flatMap(({ files: list }) => list);
  const named = [
    ...caseFile.documents.map(({ path }) => path),
    caseFile.bundle.path,
    ...exhibited.map(({ path }) => path),
    ...exhibited.map(({ proof }) => proof),
  ];
  const parts = exhibited.flatMap(({ proof }) => PART_NAMES.map((part) => partPath(proof, part)));
  const missing = [...named, ...parts].filter((path) => !files.has(path));
  const known = new Set([...named, ...parts, ...FIXED]);
  const strange = [...files.keys()].filter((path) => isSummedPath(path) && !known.has(path));
  const unknown = [...strange, ...posing(caseFile)];
  const twice = [...repeated([...named, ...FIXED]), ...doubled(caseFile)];
  const fail = (reason: 'FILE_MISSING' | 'FILE_UNKNOWN' | 'NAMED_TWICE', subjects: string[]) => {
    for (const subject of subjects) report.add('case.documents', 'failed', reason, { subject });
  };
  fail('FILE_MISSING', missing);
  fail('FILE_UNKNOWN', unknown);
  fail('NAMED_TWICE', twice);
  if (missing.length + unknown.length + twice.length === 0) {
    report.add('case.documents', 'passed', 'OK', { detail: String(named.length) });
  }
}

/** Documents of the lender that lie among the exhibits; two have their place there. */
function posing({ exhibits, documents }: CaseFile): string[] {
  const folders = new Set(exhibits.flatMap(({ files }) => files.map(({ path }) => folderOf(path))));
  return documents
    .filter(({ role }) => role !== 'evidence-list' && role !== 'representative-certificate')
    .map(({ path }) => path)
    .filter((path) => folders.has(folderOf(path)));
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** Marks and deposits that stand for more than one exhibit, roles of more than one document. */
function doubled({ exhibits, documents }: CaseFile): string[] {
  const deposits = exhibits.flatMap(({ files }) => files.map(({ seq }) => `#${seq}`));
  return [
    ...repeated(documents.map(({ role }) => role)),
    ...repeated(exhibits.map(({ mark }) => mark)),
    ...repeated(exhibits.map(({ no }) => String(no))),
    ...repeated(deposits),
  ];
}

function repeated(names: string[]): string[] {
  const seen = new Set<string>();
  const out = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) out.add(name);
    seen.add(name);
  }
  return [...out];
}

/**
 * The parts of a proof file that `verify.sh` reads are the same bytes as in the proof file: else two
 * verifiers would look at two different things.
 * @returns the path of the first part that differs
 * @throws FormatError when the proof file is malformed
 */
export function differingPart(files: PackageFiles, proof: string): string | undefined {
  const opened = parseProofFile(files.get(proof) ?? new Uint8Array());
  const salt = Array.from(opened.salt, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const texts: Record<(typeof PART_NAMES)[number], string> = {
    statement: opened.statementText,
    salt: `${salt}\n`,
    entry: opened.entryText,
    'tlog-proof': opened.tlogProofText,
  };
  const paths = PART_NAMES.map((part) => ({ path: partPath(proof, part), text: texts[part] }));
  return paths.find(
    ({ path, text }) => !equalBytes(files.get(path) ?? new Uint8Array(), utf8(text)),
  )?.path;
}
