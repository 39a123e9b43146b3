import { FieldReader } from './fields.ts';
import { canonicalJson, type Json, parseCanonical } from './jcs.ts';

/** One original inside a package, with its place in the loan's history and its proof file. */
export interface ExhibitFile {
  seq: number;
  path: string;
  proof: string;
}

/** One numbered exhibit: a document, or records of one kind taken together. */
export interface CaseExhibit {
  no: number;
  /** As printed: `证据3`, `Exhibit 3`. */
  mark: string;
  title: string;
  files: ExhibitFile[];
  /** Pages in the bundle, counted from 1. */
  firstPage: number;
  pageCount: number;
}

/** The documents of a filing by the part they play. */
export type DocumentRole =
  | 'complaint'
  | 'representative-certificate'
  | 'power-of-attorney'
  | 'evidence-list'
  | 'calculation'
  | 'certificate'
  | 'admissibility'
  | 'service-address'
  | 'preservation-application';

/** `case.json`: what a package holds and how its parts belong together. */
export interface CaseFile {
  caseId: string;
  /** 1 for the first filing; a corrected package of the same case counts on. */
  revision: number;
  jurisdiction: 'cn' | 'en';
  evidenceNo: string;
  /** ISO date up to which the claim is calculated. */
  cutOff: string;
  preparedOn: string;
  checkpointSize: number;
  /** The log key as the lender states it: shown to people, never trusted. */
  statedLogKey: string;
  documents: { role: DocumentRole; path: string }[];
  bundle: { path: string; pageCount: number };
  exhibits: CaseExhibit[];
}

/** Fixed places in a package. */
export const CASE_PATH = 'proof/case.json';
export const HISTORY_PATH = 'proof/history.json';
export const COMPLETENESS_PATH = 'proof/completeness.json';
export const CALCULATION_PATH = 'proof/calculation.json';
export const CHECKPOINT_COPY_PATH = 'proof/checkpoint';
export const SUMS_PATH = 'manifest-sha256.txt';
export const VERIFY_TEXT_PATH = 'VERIFY.txt';
export const VERIFY_SCRIPT_PATH = 'verify.sh';
export const VERIFY_PAGE_PATH = 'verify.html';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const CASE_ID = /^[A-Z0-9][A-Z0-9-]{3,63}$/;
const ROLES: readonly DocumentRole[] = [
  'complaint',
  'representative-certificate',
  'power-of-attorney',
  'evidence-list',
  'calculation',
  'certificate',
  'admissibility',
  'service-address',
  'preservation-application',
];

/** The case file's text: RFC 8785 JSON. */
export function encodeCaseFile(file: CaseFile): string {
  return canonicalJson({ v: 1, type: 'case', ...(file as unknown as { [key: string]: Json }) });
}

/** @throws FormatError MANIFEST_INVALID, JSON_INVALID, JSON_NOT_CANONICAL */
export function parseCaseFile(input: Uint8Array | string): CaseFile {
  const read = new FieldReader(parseCanonical(input), 'MANIFEST_INVALID', 'case file');
  read.constant('v', 1);
  read.constant('type', 'case');
  const jurisdiction = read.text('jurisdiction', 8);
  if (jurisdiction !== 'cn' && jurisdiction !== 'en')
    throw read.error('names no known jurisdiction');
  const file: CaseFile = {
    caseId: read.matching('caseId', CASE_ID, 'capitals, digits and hyphens'),
    revision: read.count('revision'),
    jurisdiction,
    evidenceNo: read.text('evidenceNo', 64),
    cutOff: read.matching('cutOff', DATE, 'an ISO date'),
    preparedOn: read.matching('preparedOn', DATE, 'an ISO date'),
    checkpointSize: read.count('checkpointSize'),
    statedLogKey: read.text('statedLogKey', 500),
    documents: read.list('documents', 50).map(parseDocument),
    bundle: parseBundle(read.json('bundle')),
    exhibits: read.list('exhibits', 10_000).map(parseExhibit),
  };
  read.end();
  return file;
}

function parseDocument(value: Json): CaseFile['documents'][number] {
  const read = new FieldReader(value, 'MANIFEST_INVALID', 'case document');
  const named = read.text('role', 32);
  const role = ROLES.find((known) => known === named);
  if (role === undefined) throw read.error(`has the unknown role "${named}"`);
  const document = { role, path: read.text('path', 255) };
  read.end();
  return document;
}

function parseBundle(value: Json): CaseFile['bundle'] {
  const read = new FieldReader(value, 'MANIFEST_INVALID', 'case bundle');
  const bundle = { path: read.text('path', 255), pageCount: read.count('pageCount') };
  read.end();
  return bundle;
}

function parseExhibit(value: Json): CaseExhibit {
  const read = new FieldReader(value, 'MANIFEST_INVALID', 'exhibit');
  const exhibit = {
    no: read.count('no'),
    mark: read.text('mark', 40),
    title: read.text('title', 200),
    files: read.list('files', 10_000).map((item) => {
      const file = new FieldReader(item, 'MANIFEST_INVALID', 'exhibit file');
      const out = {
        seq: file.count('seq'),
        path: file.text('path', 255),
        proof: file.text('proof', 255),
      };
      file.end();
      return out;
    }),
    firstPage: read.count('firstPage'),
    pageCount: read.count('pageCount'),
  };
  read.end();
  return exhibit;
}

/**
 * The statements of all entries of a loan, with their salts: what the entries of the completeness
 * proof commit to. Shows the kind of every deposit, so that none of a claim's events can be held
 * back; contents of entries that are not exhibits stay private.
 */
export interface HistoryFile {
  entries: { statement: string; salt: string }[];
}

/** The history's text: RFC 8785 JSON; statements as texts. */
export function encodeHistory(history: HistoryFile): string {
  const entries = history.entries.map(({ statement, salt }) => ({ statement, salt }));
  return canonicalJson({ v: 1, type: 'history', entries });
}

/** @throws FormatError MANIFEST_INVALID, JSON_INVALID, JSON_NOT_CANONICAL */
export function parseHistory(input: Uint8Array | string): HistoryFile {
  const read = new FieldReader(parseCanonical(input), 'MANIFEST_INVALID', 'history file');
  read.constant('v', 1);
  read.constant('type', 'history');
  const entries = read.list('entries', 1_000_000).map((value) => {
    const item = new FieldReader(value, 'MANIFEST_INVALID', 'history entry');
    const out = { statement: item.text('statement', 1 << 20), salt: item.hash('salt') };
    item.end();
    return out;
  });
  read.end();
  return { entries };
}

/** `manifest-sha256.txt` as `sha256sum -c` reads it: digest, two spaces, path, one line a file. */
export function encodeSums(files: { path: string; sha256: string }[]): string {
  return files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
}
