import { type DepositEntry, parseEntry } from '../../formats/entry.ts';
import { EvidenceError } from '../errors.ts';
import type { EntryRow } from '../ports.ts';

/** Text form of entry bytes, for receipts and proofs. */
export function entryText(row: EntryRow): string {
  return new TextDecoder().decode(row.data);
}

/**
 * Loan, number and chain of a deposit's row.
 * @throws EvidenceError ENTRY_UNKNOWN when it is no deposit; FormatError when it is damaged
 */
export function depositEntryOf(row: EntryRow): DepositEntry {
  const entry = parseEntry(row.data);
  if (entry.type === 'deposit') return entry;
  const what = `entry ${row.leafIndex} is not a deposit`;
  throw new EvidenceError('ENTRY_UNKNOWN', what, 'Ask for an entry of the loan.');
}
