import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { CheckpointRow, EntryRow, LoanRow } from '../../evidence/ports.ts';
import { type DepositEntry, parseEntry } from '../../formats/entry.ts';
import { loanKey } from '../../formats/evidence-number.ts';

/** Rows as the tables hold them. */
export interface StoredLoan {
  id: number;
  evidence_no: string;
  reference: string;
  mac: Buffer;
}

export interface StoredEntry {
  leaf_index: number;
  data: Buffer;
  event_key: Buffer | null;
  object_id: Buffer | null;
  sealed: Buffer | null;
}

export interface StoredCheckpoint {
  size: number;
  note: string;
  published_at: string;
  mac: Buffer;
}

/** HMAC over a row's fields, each with its length, so that no two rows look alike. */
export function rowMac(
  key: Uint8Array,
  table: string,
  fields: (string | number | Uint8Array | null)[],
): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`${table}\n`)];
  for (const field of fields) {
    const bytes = field instanceof Uint8Array ? field : Buffer.from(String(field));
    parts.push(Buffer.from(`${field === null ? 'null' : bytes.length}:`), bytes);
  }
  return createHmac('sha256', keyObject(key)).update(Buffer.concat(parts)).digest();
}

const keyObjects = new WeakMap<Uint8Array, KeyObject>();

/** Node takes a raw key apart anew at every use, for more than the HMAC itself costs. */
function keyObject(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key) ?? createSecretKey(key);
  keyObjects.set(key, known);
  return known;
}

/** Whether the stored HMAC is the one of the fields. */
export function macHolds(stored: Uint8Array, computed: Uint8Array): boolean {
  return stored.length === computed.length && timingSafeEqual(stored, computed);
}

export const loanFields = (row: Omit<StoredLoan, 'mac'>) => [
  row.id,
  row.evidence_no,
  row.reference,
];

export const checkpointFields = (row: Omit<StoredCheckpoint, 'mac'>) => [
  row.size,
  row.note,
  row.published_at,
];

export function toLoanRow(row: StoredLoan): LoanRow {
  return {
    loanKey: hexOf(loanKey(row.evidence_no)),
    evidenceNo: row.evidence_no,
    reference: row.reference,
  };
}

export function toEntryRow(row: StoredEntry): EntryRow {
  const out: EntryRow = { leafIndex: row.leaf_index, data: row.data };
  if (row.event_key === null && row.sealed === null && row.object_id === null) return out;
  // A half-empty row was changed; the check opens what there is and names it.
  const deposit = { eventKey: hexOf(row.event_key ?? empty), sealed: row.sealed ?? empty };
  const objectId = row.object_id === null ? {} : { objectId: hexOf(row.object_id) };
  return { ...out, deposit: { ...deposit, ...objectId } };
}

const empty = Buffer.alloc(0);

/** @param data of the map entry that the checkpoint ends with: it alone states the map's root */
export function toCheckpointRow(
  row: StoredCheckpoint,
  data: Uint8Array | undefined,
): CheckpointRow {
  const { size, note, published_at: publishedAt } = row;
  return { size, note, mapRoot: mapRootOf(data), publishedAt };
}

/** Root that a map entry states; nothing for any other bytes, which the check names. */
function mapRootOf(data: Uint8Array | undefined): string {
  try {
    const entry = data && parseEntry(data);
    return entry?.type === 'map' ? entry.root : '';
  } catch {
    return '';
  }
}

/** The deposit entry in a row's data; undefined for other entries and for damaged ones. */
export function depositEntryOf(data: Uint8Array): DepositEntry | undefined {
  try {
    const entry = parseEntry(data);
    return entry.type === 'deposit' ? entry : undefined;
  } catch {
    return undefined;
  }
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Hex to the bytes a column holds; undefined to NULL. */
export function hexColumn(hex: string | undefined): Buffer | null {
  return hex === undefined ? null : Buffer.from(hex, 'hex');
}
