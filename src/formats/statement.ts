import { utf8 } from './bytes.ts';
import { FormatError } from './errors.ts';
import { parseCanonicalEvidenceNumber } from './evidence-number.ts';
import { FieldReader } from './fields.ts';
import { canonicalJson, canonicalString, type Json, parseCanonical } from './jcs.ts';
import { isKind, type Kind } from './taxonomy.ts';

/** What was deposited: private, goes into receipts and packages only (docs/formats/statement.md). */
export interface Statement {
  evidenceNo: string;
  /** Position within the loan, from 0. */
  seq: number;
  kind: Kind;
  title: string;
  file: StatementFile;
  /** The depositor's word: RFC 3339 date, or date-time with offset. */
  occurredAt: string;
  /** The service's clock: RFC 3339 date-time in UTC with milliseconds. */
  receivedAt: string;
  source: StatementSource;
  references: { rel: string; seq: number }[];
  depositor: string;
}

export interface StatementFile {
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
  sha256: string;
  sha512: string;
  sm3: string;
}

export interface StatementSource {
  system: string;
  eventId: string;
  generator?: string;
  version?: string;
  operator?: string;
  device?: string;
}

const SCHEMA = 'cunzheng/v1/statement';
const EVENT_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d))?$/;
const RECEIVED_AT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
const REL = /^[a-z][a-z0-9-]{0,63}$/;
const SOURCE_DETAILS = ['generator', 'version', 'operator', 'device'] as const;

/** Whether `text` is a date or date-time a statement accepts; the calendar is checked as well. */
export function isEventTime(text: string): boolean {
  if (!EVENT_TIME.test(text)) return false;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return day <= daysOfMonth(year, month);
}

// Arithmetic and not Date: engines differ on what "2023-02-30" is (some roll over, some refuse).
function daysOfMonth(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function readReceivedAt(read: FieldReader): string {
  const text = read.matching('receivedAt', RECEIVED_AT, 'a UTC time with milliseconds');
  if (!isEventTime(text)) throw read.error('needs a time of the calendar in "receivedAt"');
  return text;
}

/** What a deposit's place in the log adds to its statement. */
export type StatementPlace = Pick<Statement, 'evidenceNo' | 'seq' | 'receivedAt' | 'references'>;

/**
 * The canonical text of a statement whose place is not known yet: its three pieces, each on a line,
 * with what is missing between them. Canonical JSON has no line breaks of its own.
 */
export function draftStatement(draft: Omit<Statement, keyof StatementPlace>): string {
  const { depositor, file, kind, occurredAt, source, title } = draft;
  const text = canonicalString;
  return (
    `{"depositor":${text(depositor)},"evidenceNo":\n` +
    `,"file":${fileText(file)},"kind":${text(kind)},` +
    `"occurredAt":${text(occurredAt)},"receivedAt":\n` +
    `,"source":${sourceText(source)},"title":${text(title)}}`
  );
}

// Members in the order of RFC 8785, written out: a statement is made for every deposit.
function fileText({ mediaType, name, sha256, sha512, size, sm3 }: StatementFile): string {
  const text = canonicalString;
  return (
    `{"mediaType":${text(mediaType)},"name":${text(name)},"sha256":${text(sha256)},` +
    `"sha512":${text(sha512)},"size":${canonicalJson(size)},"sm3":${text(sm3)}}`
  );
}

function sourceText(source: StatementSource): string {
  const { device, eventId, generator, operator, system, version } = source;
  const member = (name: string, value: string | undefined) =>
    value === undefined ? '' : `"${name}":${canonicalString(value)},`;
  return (
    `{${member('device', device)}"eventId":${canonicalString(eventId)},` +
    `${member('generator', generator)}${member('operator', operator)}` +
    `"system":${canonicalString(system)}` +
    `${version === undefined ? '' : `,"version":${canonicalString(version)}`}}`
  );
}

/** The whole canonical text of a draft. */
export function completeStatement(draft: string, place: StatementPlace): string {
  const first = draft.indexOf('\n');
  const second = draft.indexOf('\n', first + 1);
  const references = place.references
    .map(({ rel, seq }) => `{"rel":${canonicalString(rel)},"seq":${canonicalJson(seq)}}`)
    .join();
  return (
    `${draft.slice(0, first)}${canonicalString(place.evidenceNo)}${draft.slice(first + 1, second)}` +
    `${canonicalString(place.receivedAt)},"references":[${references}],` +
    `"schema":"${SCHEMA}","seq":${canonicalJson(place.seq)}${draft.slice(second + 1)}`
  );
}

/** The statement's bytes: RFC 8785, absent optional members left out. */
export function encodeStatement(statement: Statement): Uint8Array {
  return utf8(completeStatement(draftStatement(statement), statement));
}

/**
 * Reads statement bytes; anything but the exact canonical form is refused.
 * @throws FormatError STATEMENT_INVALID, JSON_INVALID, JSON_NOT_CANONICAL, EVIDENCE_NUMBER_INVALID
 */
export function parseStatement(input: Uint8Array | string): Statement {
  const read = new FieldReader(parseCanonical(input), 'STATEMENT_INVALID', 'statement');
  read.constant('schema', SCHEMA);
  const kind = read.text('kind', 64);
  if (!isKind(kind)) throw unknownKind(kind);
  const occurredAt = read.text('occurredAt', 64);
  if (!isEventTime(occurredAt)) throw read.error('needs an RFC 3339 date or time in "occurredAt"');
  const statement: Statement = {
    evidenceNo: parseCanonicalEvidenceNumber(read.text('evidenceNo', 64)),
    seq: read.count('seq'),
    kind,
    title: read.text('title', 200),
    file: parseFile(read.json('file')),
    occurredAt,
    receivedAt: readReceivedAt(read),
    source: parseSource(read.json('source')),
    references: read.list('references', 256).map(parseReference),
    depositor: read.text('depositor', 200),
  };
  // A deposit can only speak of what was there before it.
  if (statement.references.some(({ seq }) => seq >= statement.seq)) {
    throw read.error('refers to an entry that is not earlier than itself');
  }
  read.end();
  return statement;
}

/** A kind added to the taxonomy later is no fault of the statement: this copy is too old for it. */
function unknownKind(kind: string): FormatError {
  const what = `statement names the kind ${JSON.stringify(kind)}, which this version does not know`;
  return new FormatError('KIND_UNKNOWN', what, 'Verify it with a newer version.');
}

function parseFile(value: Json): StatementFile {
  const read = new FieldReader(value, 'STATEMENT_INVALID', 'statement file');
  const file = {
    name: read.text('name', 255),
    mediaType: read.matching('mediaType', MEDIA_TYPE, 'a media type'),
    size: read.count('size'),
    sha256: read.hash('sha256'),
    sha512: read.matching('sha512', /^[0-9a-f]{128}$/, '128 lower-case hex digits'),
    sm3: read.hash('sm3'),
  };
  read.end();
  return file;
}

function parseSource(value: Json): StatementSource {
  const read = new FieldReader(value, 'STATEMENT_INVALID', 'statement source');
  const source: StatementSource = {
    system: read.text('system', 200),
    eventId: read.text('eventId', 200),
  };
  for (const name of SOURCE_DETAILS) {
    const text = read.optionalText(name, 200);
    if (text !== undefined) source[name] = text;
  }
  read.end();
  return source;
}

function parseReference(value: Json): { rel: string; seq: number } {
  const read = new FieldReader(value, 'STATEMENT_INVALID', 'statement reference');
  const reference = {
    rel: read.matching('rel', REL, 'a relation of lower-case letters'),
    seq: read.count('seq'),
  };
  read.end();
  return reference;
}
