import { fromHex, toBase64, toHex } from './bytes.ts';
import { commitment } from './commitment.ts';
import { type DepositEntry, encodeEntry, parseEntry } from './entry.ts';
import { loanKey } from './evidence-number.ts';
import { FieldReader } from './fields.ts';
import { canonicalJson, parseCanonical } from './jcs.ts';
import { leafHash } from './merkle.ts';
import {
  type Ed25519Sign,
  parseNote,
  type SignedNote,
  signNote,
  type VerifierKey,
} from './note.ts';
import { parseStatement, type Statement } from './statement.ts';

/**
 * What the depositor gets back at once: the promise, signed by the log key, that this entry stands
 * at this leaf index in every later checkpoint. Whoever holds it can prove an omission.
 */
export interface Receipt {
  statement: Statement;
  /** The statement's exact bytes, as text. */
  statementText: string;
  /** 32 bytes. */
  salt: Uint8Array;
  entry: DepositEntry;
  entryText: string;
  leafIndex: number;
  leafHash: Uint8Array;
  origin: string;
  note: SignedNote;
  noteText: string;
}

const HEADER = 'cunzheng/v1/receipt';
const MAX_TEXT = 1 << 20;

/**
 * The signed text: header, origin, leaf index, leaf hash in base64. The header keeps a receipt from
 * being taken for a checkpoint, whose first line is the origin.
 */
export function receiptText(origin: string, leafIndex: number, leaf: Uint8Array): string {
  return `${HEADER}\n${origin}\n${leafIndex}\n${toBase64(leaf)}\n`;
}

/** The receipt file: RFC 8785 JSON. Statement and entry stand in it as texts, so bytes are kept. */
export function encodeReceipt(
  parts: { statement: string; salt: Uint8Array; entry: string; leafIndex: number },
  key: VerifierKey,
  sign: Ed25519Sign,
): string {
  const leaf = leafHash(new TextEncoder().encode(parts.entry));
  return canonicalJson({
    v: 1,
    type: 'receipt',
    statement: parts.statement,
    salt: toHex(parts.salt),
    entry: parts.entry,
    leafIndex: parts.leafIndex,
    note: signNote(receiptText(key.name, parts.leafIndex, leaf), key, sign),
  });
}

/**
 * Reads a receipt and checks that its parts belong together: salt and statement give the
 * commitment in the entry, the evidence number its loan key, entry and index are what was signed. The signature itself is judged by
 * `verify`, which knows the keys.
 * @throws FormatError RECEIPT_INVALID and the errors of the parts
 */
export function parseReceipt(input: Uint8Array | string): Receipt {
  const read = new FieldReader(parseCanonical(input), 'RECEIPT_INVALID', 'receipt');
  read.constant('v', 1);
  read.constant('type', 'receipt');
  const statementText = read.text('statement', MAX_TEXT);
  const salt = fromHex(read.hash('salt'));
  const entryText = read.text('entry', MAX_TEXT);
  const leafIndex = read.count('leafIndex');
  const noteText = read.text('note', MAX_TEXT);
  read.end();
  const statement = parseStatement(statementText);
  const entry = parseEntry(entryText);
  if (entry.type !== 'deposit') throw read.error('holds an entry that is not a deposit');
  const given = toHex(commitment(salt, new TextEncoder().encode(statementText)));
  const loan = toHex(loanKey(statement.evidenceNo));
  // Without the loan a receipt could name one loan and be logged in another one's history.
  const same = given === entry.commitment && statement.seq === entry.seq && loan === entry.loan;
  if (!same) {
    throw read.error('has a statement that does not belong to its entry');
  }
  const note = parseNote(noteText);
  const leaf = leafHash(encodeEntry(entry));
  const origin = note.text.split('\n')[1] ?? '';
  if (note.text !== receiptText(origin, leafIndex, leaf)) {
    throw read.error('has a signature over another entry');
  }
  return {
    statement,
    statementText,
    salt,
    entry,
    entryText,
    leafIndex,
    leafHash: leaf,
    origin,
    note,
    noteText,
  };
}
