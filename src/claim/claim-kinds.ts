import { type Json, parseCanonical } from '../formats/jcs.ts';
import type { Statement } from '../formats/statement.ts';
import type { Kind } from '../formats/taxonomy.ts';
import type { DepositedRecord } from './from-records.ts';

/**
 * The kinds of deposits that a claim is calculated from. A package must hold every deposit of
 * these kinds that the loan has: leaving out a repayment would raise the debt.
 */
export const CLAIM_KINDS: ReadonlySet<Kind> = new Set<Kind>([
  'contract-terms',
  'disbursement',
  'repayment',
  'deduction-failed',
  'rate-change',
  'acceleration',
  'extension',
  'cost',
]);

/**
 * The record a deposit holds, for the arithmetic; undefined when it is a document (a notice of
 * acceleration may be one). Structured records are stored as canonical JSON, so anything else is
 * not a record. An extension counts even as a document: `fromRecords` must not overlook that the
 * terms were altered.
 */
export function depositedRecord(
  statement: Statement,
  bytes: Uint8Array,
): DepositedRecord | undefined {
  const { seq, kind, occurredAt, file } = statement;
  const record = file.mediaType === 'application/json' ? canonicalOrNull(bytes) : null;
  if (record === null && kind !== 'extension') return undefined;
  return { seq, kind, occurredAt, record };
}

function canonicalOrNull(bytes: Uint8Array): Json {
  try {
    return parseCanonical(bytes);
  } catch {
    // A JSON file that somebody uploaded as a document: it stays an exhibit, not an event.
    return null;
  }
}
