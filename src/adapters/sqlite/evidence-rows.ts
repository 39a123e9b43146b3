import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { CheckpointRow, EntryRow, LoanRow } from '../../evidence/ports.ts';
import { fromHex, toHex } from '../../formats/bytes.ts';

/** Rows as the tables hold them. */
export interface StoredLoan {
  loan_key: Buffer;
  evidence_no: string;
  reference: string;
  mac: Buffer;
}

export interface StoredEntry {
  leaf_index: number;
  leaf_hash: Buffer;
  data: Buffer;
  loan_key: Buffer | null;
  seq: number | null;
  event_key: Buffer | null;
  sealed_statement: Buffer | null;
  sealed_content: Buffer | null;
  object_id: Buffer | null;
  mac: Buffer | null;
}

export interface StoredCheckpoint {
  size: number;
  note: string;
  map_root: Buffer;
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
  row.loan_key,
  row.evidence_no,
  row.reference,
];

export const depositFields = (
  row: Pick<
    StoredEntry,
    'leaf_index' | 'event_key' | 'sealed_statement' | 'sealed_content' | 'object_id'
  >,
) => [row.leaf_index, row.event_key, row.sealed_statement, row.sealed_content, row.object_id];

export const checkpointFields = (row: Omit<StoredCheckpoint, 'mac'>) => [
  row.size,
  row.note,
  row.map_root,
  row.published_at,
];

export function toLoanRow(row: StoredLoan): LoanRow {
  return {
    loanKey: toHex(row.loan_key),
    evidenceNo: row.evidence_no,
    reference: row.reference,
  };
}

export function toEntryRow(row: StoredEntry): EntryRow {
  const out: EntryRow = { leafIndex: row.leaf_index, leafHash: row.leaf_hash, data: row.data };
  if (row.loan_key !== null) out.loanKey = toHex(row.loan_key);
  if (row.seq !== null) out.seq = row.seq;
  if (row.event_key !== null && row.sealed_statement !== null) {
    out.deposit = { eventKey: toHex(row.event_key), sealedStatement: row.sealed_statement };
    if (row.sealed_content !== null) out.deposit.sealedContent = row.sealed_content;
    if (row.object_id !== null) out.deposit.objectId = toHex(row.object_id);
  }
  return out;
}

export function toCheckpointRow(row: StoredCheckpoint): CheckpointRow {
  return {
    size: row.size,
    note: row.note,
    mapRoot: toHex(row.map_root),
    publishedAt: row.published_at,
  };
}

/** Hex to the bytes a column holds; undefined to NULL. */
export function hexColumn(hex: string | undefined): Buffer | null {
  return hex === undefined ? null : Buffer.from(fromHex(hex));
}
