import { fromBase64, fromHex, toBase64, toHex, utf8 } from './bytes.ts';
import { commitment } from './commitment.ts';
import { type DepositEntry, encodeEntry, parseEntry } from './entry.ts';
import { loanKey } from './evidence-number.ts';
import { FieldReader } from './fields.ts';
import { canonicalJson, parseCanonical } from './jcs.ts';
import { inclusionProof, leafHash, leavesReader, rangeRoot, rootFromInclusion } from './merkle.ts';
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

/** What a receipt is made of beside the signature. */
export interface ReceiptParts {
  statement: string;
  salt: Uint8Array;
  entry: string;
  leafIndex: number;
}

/** A signed promise for entries that stand one after the other and were committed together. */
export interface ReceiptGroup {
  /** Leaf index of the first entry. */
  first: number;
  /** Leaf hashes in order. */
  leaves: readonly Uint8Array[];
  noteText: string;
}

const HEADER = 'cunzheng/v1/receipt';
const GROUP_HEADER = 'cunzheng/v1/receipts';
const MAX_TEXT = 1 << 20;
/** Levels of the largest group: 2^32 entries are more than anybody commits together. */
const MAX_PATH = 32;

/**
 * The signed text: header, origin, leaf index, leaf hash in base64. The header keeps a receipt from
 * being taken for a checkpoint, whose first line is the origin.
 */
export function receiptText(origin: string, leafIndex: number, leaf: Uint8Array): string {
  return `${HEADER}\n${origin}\n${leafIndex}\n${toBase64(leaf)}\n`;
}

/**
 * The text signed for a group: header, origin, leaf index of the first entry, number of entries,
 * root of the RFC 9162 tree over their leaf hashes in base64.
 */
export function receiptGroupText(
  origin: string,
  first: number,
  count: number,
  root: Uint8Array,
): string {
  return `${GROUP_HEADER}\n${origin}\n${first}\n${count}\n${toBase64(root)}\n`;
}

/**
 * Signs for entries that stand one after the other: one signature, whatever their number.
 * @throws RangeError for an empty group: it would promise nothing
 */
export function signReceiptGroup(
  first: number,
  leaves: readonly Uint8Array[],
  key: VerifierKey,
  sign: Ed25519Sign,
): ReceiptGroup {
  if (leaves.length === 0) throw new RangeError('a group of receipts without an entry');
  const root = rangeRoot(0, leaves.length, leavesReader(leaves));
  const text = receiptGroupText(key.name, first, leaves.length, root);
  return { first, leaves, noteText: signNote(text, key, sign) };
}

/** The receipt file: RFC 8785 JSON. Statement and entry stand in it as texts, so bytes are kept. */
export function encodeReceipt(parts: ReceiptParts, key: VerifierKey, sign: Ed25519Sign): string {
  const leaf = leafHash(utf8(parts.entry));
  const note = signNote(receiptText(key.name, parts.leafIndex, leaf), key, sign);
  return canonicalJson({ ...members(parts), note });
}

/**
 * The receipt of one entry out of a group: it carries the entry's way to the signed root, so that
 * it stands alone.
 * @throws RangeError when the entry is not in the group
 */
export function encodeGroupReceipt(parts: ReceiptParts, group: ReceiptGroup): string {
  const { first, leaves, noteText } = group;
  const tree = leavesReader(leaves);
  const path = inclusionProof(parts.leafIndex - first, leaves.length, tree).map(toBase64);
  return canonicalJson({ ...members(parts), note: noteText, path });
}

function members({ statement, salt, entry, leafIndex }: ReceiptParts) {
  return { v: 1, type: 'receipt', statement, salt: toHex(salt), entry, leafIndex };
}

/**
 * Reads a receipt and checks that its parts belong together: salt and statement give the
 * commitment in the entry, the evidence number its loan key, entry and index are what was signed.
 * The signature itself is judged by `verify`, which knows the keys.
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
  const path = readPath(read);
  read.end();
  const statement = parseStatement(statementText);
  const entry = parseEntry(entryText);
  if (entry.type !== 'deposit') throw read.error('holds an entry that is not a deposit');
  const given = toHex(commitment(salt, utf8(statementText)));
  const loan = toHex(loanKey(statement.evidenceNo));
  // Without the loan a receipt could name one loan and be logged in another one's history.
  const same = given === entry.commitment && statement.seq === entry.seq && loan === entry.loan;
  if (!same) throw read.error('has a statement that does not belong to its entry');
  const note = parseNote(noteText);
  const leaf = leafHash(encodeEntry(entry));
  const origin = note.text.split('\n')[1] ?? '';
  if (note.text !== signedText(note.text, { origin, leafIndex, leaf, path })) {
    throw read.error('has a signature over another entry');
  }
  const file = { statementText, salt, entryText, leafIndex, noteText };
  return { ...file, statement, entry, leafHash: leaf, origin, note };
}

/** The way from the entry to the root of its group; absent in a receipt with its own signature. */
function readPath(read: FieldReader): Uint8Array[] | undefined {
  if (!read.has('path')) return undefined;
  return read.list('path', MAX_PATH).map((value) => {
    const hash = typeof value === 'string' ? fromBase64(value) : undefined;
    if (hash?.length !== 32) throw read.error('has a hash of another length in "path"');
    return hash;
  });
}

/** The text that must have been signed for this entry, or nothing when none can be. */
function signedText(
  given: string,
  entry: { origin: string; leafIndex: number; leaf: Uint8Array; path: Uint8Array[] | undefined },
): string | undefined {
  const { origin, leafIndex, leaf, path } = entry;
  if (path === undefined) return receiptText(origin, leafIndex, leaf);
  const [first, count] = given.split('\n').slice(2, 4).map(Number);
  if (first === undefined || count === undefined || !Number.isSafeInteger(first + count)) return;
  const root = rootFromInclusion(leafIndex - first, count, leaf, path);
  return root && receiptGroupText(origin, first, count, root);
}
