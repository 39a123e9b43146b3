import { FieldReader } from './fields.ts';
import { canonicalBytes, parseCanonical } from './jcs.ts';

/** Deposit of one artifact of a loan; no personal data, no plain file digest. */
export interface DepositEntry {
  type: 'deposit';
  /** Loan key, hex. */
  loan: string;
  seq: number;
  /** Leaf hash of the loan's previous entry, hex; 64 zeros for the first. */
  prev: string;
  commitment: string;
}

/** Root of the loan map over all entries before this one: `covers` is the entry's own index. */
export interface MapEntry {
  type: 'map';
  root: string;
  covers: number;
}

/** A remark of the operator, such as a move to another chain. Public: no personal data. */
export interface NoteEntry {
  type: 'note';
  text: string;
}

export type Entry = DepositEntry | MapEntry | NoteEntry;

// Without `ignoreBOM` a byte order mark would vanish and the rest match.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `prev` of a loan's first entry. */
export const NO_PREVIOUS = '0'.repeat(64);

/** An entry must fit the 16-bit length of an entry bundle (C2SP tlog-tiles). */
export const MAX_ENTRY_BYTES = 0xffff;

/** The entry's bytes (the log leaf's data): RFC 8785. */
export function encodeEntry(entry: Entry): Uint8Array {
  return canonicalBytes({ v: 1, ...entry });
}

// The one canonical form of a deposit entry, which almost all entries have.
const DEPOSIT =
  /^\{"commitment":"([0-9a-f]{64})","loan":"([0-9a-f]{64})","prev":"([0-9a-f]{64})","seq":(0|[1-9]\d{0,14}),"type":"deposit","v":1\}$/;

/** The deposit entry when the text is one beyond doubt; undefined leaves the judgement open. */
function matchDeposit(text: string): DepositEntry | undefined {
  const match = DEPOSIT.exec(text);
  if (match === null) return undefined;
  const [, commitment = '', loan = '', prev = '', digits] = match;
  const seq = Number(digits);
  if ((seq === 0) !== (prev === NO_PREVIOUS)) return undefined;
  return { type: 'deposit', loan, seq, prev, commitment };
}

/**
 * Text of a deposit's entry; its UTF-8 bytes are what `encodeEntry` gives for it.
 * @param entry `loan`, `prev` and `commitment` in lower-case hex: they are written as they are
 */
export function depositEntryText({ loan, seq, prev, commitment }: Omit<DepositEntry, 'type'>) {
  return `{"commitment":"${commitment}","loan":"${loan}","prev":"${prev}","seq":${seq},"type":"deposit","v":1}`;
}

/**
 * Reads entry bytes; anything but the exact canonical form is refused.
 * @throws FormatError ENTRY_INVALID, JSON_INVALID, JSON_NOT_CANONICAL
 */
export function parseEntry(input: Uint8Array | string): Entry {
  const deposit = matchDeposit(typeof input === 'string' ? input : decoder.decode(input));
  if (deposit !== undefined) return deposit;
  const read = new FieldReader(parseCanonical(input), 'ENTRY_INVALID', 'entry');
  read.constant('v', 1);
  const type = read.text('type', 16);
  const entry = readBody(type, read);
  read.end();
  return entry;
}

function readBody(type: string, read: FieldReader): Entry {
  if (type === 'deposit') {
    const entry: DepositEntry = {
      type,
      loan: read.hash('loan'),
      seq: read.count('seq'),
      prev: read.hash('prev'),
      commitment: read.hash('commitment'),
    };
    if ((entry.seq === 0) !== (entry.prev === NO_PREVIOUS)) {
      throw read.error('must have 64 zeros in "prev" exactly when "seq" is 0');
    }
    return entry;
  }
  if (type === 'map') return { type, root: read.hash('root'), covers: read.count('covers') };
  if (type === 'note') return { type, text: read.text('text', 4096) };
  throw read.error(`has the unknown type "${type}"`);
}
