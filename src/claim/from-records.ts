import type { Json } from '../formats/jcs.ts';
import type { Kind } from '../formats/taxonomy.ts';
import { ClaimError } from './claim-error.ts';
import type { ClaimInput, Evidenced } from './claim-input.ts';
import { parseRecord, type RecordKind, type RecordOf } from './records.ts';

/** A structured record as deposited. `occurredAt` is the statement's; it decides nothing here. */
export interface DepositedRecord {
  readonly seq: number;
  readonly kind: Kind;
  readonly record: Json;
  readonly occurredAt: string;
}

function sameJson(a: Json, b: Json): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== others.length) return false;
  const [left, right] = [a as { [key: string]: Json }, b as { [key: string]: Json }];
  return keys.every((key) => {
    const [x, y] = [left[key], right[key]];
    return x !== undefined && y !== undefined && sameJson(x, y);
  });
}

function parseDeposit<K extends RecordKind>(kind: K, entry: DepositedRecord): RecordOf<K> {
  try {
    return parseRecord(kind, entry.record);
  } catch (error) {
    if (!(error instanceof ClaimError)) throw error;
    throw new ClaimError(error.code, `deposit ${entry.seq}: ${error.message}`, error.remedy);
  }
}

function parsed<K extends RecordKind>(
  records: readonly DepositedRecord[],
  kind: K,
): Evidenced<RecordOf<K>>[] {
  return records
    .filter((entry) => entry.kind === kind)
    .map((entry) => ({ ...parseDeposit(kind, entry), seq: entry.seq }));
}

/**
 * The terms in force: those deposited after the last extension (展期), which must state the whole
 * schedule as altered. Terms from before it would put instalments in default that were put off.
 */
function findTerms(records: readonly DepositedRecord[]): ClaimInput['terms'] {
  const altered = records.findLast((entry) => entry.kind === 'extension')?.seq ?? -1;
  const all = records.filter((entry) => entry.kind === 'contract-terms');
  const deposits = all.filter((entry) => entry.seq > altered);
  const first = deposits[0];
  if (first === undefined && all.length > 0) {
    throw new ClaimError(
      'TERMS_ALTERED',
      `deposit ${altered} extends the loan, and no terms are deposited after it`,
      'Deposit the terms as altered, with the whole agreed table as schedule.',
    );
  }
  if (first === undefined) {
    throw new ClaimError(
      'TERMS_MISSING',
      'no terms of the contract are deposited for this loan',
      'Deposit a contract-terms record.',
    );
  }
  const other = deposits.find((entry) => !sameJson(entry.record, first.record));
  if (other !== undefined) {
    throw new ClaimError(
      'TERMS_AMBIGUOUS',
      `deposits ${first.seq} and ${other.seq} state different terms for the same loan`,
      'Choose the terms that were agreed and leave the other deposit out of the calculation.',
    );
  }
  return { ...parseDeposit('contract-terms', first), seq: first.seq };
}

/**
 * One bank transaction is one event, however often it was deposited: of equal records with the
 * same serial the first counts. A loan paid out twice on paper would double the debt.
 */
function once<K extends 'disbursement' | 'repayment' | 'deduction-failed' | 'cost'>(
  records: readonly DepositedRecord[],
  kind: K,
): Evidenced<RecordOf<K>>[] {
  const bySerial = new Map<string, DepositedRecord>();
  const counted = records.filter((entry) => {
    if (entry.kind !== kind) return false;
    const { serial } = parseDeposit(kind, entry);
    if (serial === undefined) return true;
    const first = bySerial.get(serial);
    if (first === undefined) return bySerial.set(serial, entry).size > 0;
    if (sameJson(first.record, entry.record)) return false;
    throw new ClaimError(
      'RECORD_CONFLICT',
      `deposits ${first.seq} and ${entry.seq} state different facts for one serial of ${kind}`,
      'Leave the wrong deposit out of the calculation and say why in the matter.',
    );
  });
  return parsed(counted, kind);
}

/** Costs of enforcement that were incurred; absent when there are none. */
function costsOf(records: readonly DepositedRecord[]): Pick<ClaimInput, 'costs'> {
  const costs = once(records, 'cost').map(({ seq, name, amount, date, clause }) => ({
    seq,
    name,
    amount,
    date,
    ...(clause === undefined ? {} : { clause }),
  }));
  return costs.length === 0 ? {} : { costs };
}

/**
 * The input of a claim from a loan's deposits; kinds that the arithmetic does not read are passed
 * over (an `extension` may be given with a null record when it is a document), and a notice of
 * acceleration that is a document rather than a record is too. Of several notices of acceleration the earliest delivered one counts. A lender's ledger figures are never
 * read here: they are for comparison.
 * @throws {ClaimError} TERMS_MISSING, TERMS_AMBIGUOUS, TERMS_ALTERED, RECORD_INVALID,
 * RECORD_CONFLICT
 */
export function fromRecords(records: readonly DepositedRecord[]): ClaimInput {
  const ordered = [...records].sort((a, b) => a.seq - b.seq);
  const terms = findTerms(ordered);
  const calls = parsed(ordered, 'acceleration').sort((a, b) => (a.date < b.date ? -1 : 1));
  const acceleration = calls.find((call) => call.delivered !== false) ?? calls[0];
  return {
    terms,
    disbursements: once(ordered, 'disbursement'),
    repayments: once(ordered, 'repayment'),
    failedDeductions: once(ordered, 'deduction-failed'),
    rateChanges: parsed(ordered, 'rate-change'),
    ...(acceleration === undefined ? {} : { acceleration }),
    ...costsOf(ordered),
  };
}
