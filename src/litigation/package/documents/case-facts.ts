import type { Claim, WorkingEvent, WorkingRow } from '../../../claim/claim.ts';
import { type Cents, formatMoney, parseMoney } from '../../../claim/money.ts';
import { parseRecord, type RecordKind, type RecordOf } from '../../../claim/records.ts';
import { LitigationError } from '../../errors.ts';
import type { Matter } from '../../matter/matter.ts';
import type { Jurisdiction } from '../../ports.ts';
import type { CaseContext } from '../case-context.ts';
import { printedNumbers } from './printed-values.ts';

export type Terms = NonNullable<Matter['terms']>;

/** A case with everything that its documents need. */
export interface FilableCase {
  context: CaseContext;
  matter: Matter;
  claim: Claim;
  terms: Terms;
  jurisdiction: Jurisdiction;
}

/**
 * The case, once it is sure that there is a claim to write about.
 * @throws LitigationError MATTER_NOT_READY
 */
export function filable(context: CaseContext): FilableCase {
  const { matter } = context;
  const { claim, terms, claimProblem } = matter;
  if (claim !== undefined && terms !== undefined) {
    return { context, matter, claim, terms, jurisdiction: matter.profile.jurisdiction };
  }
  const why = claimProblem?.message ?? 'no claim was calculated';
  throw new LitigationError(
    'MATTER_NOT_READY',
    `case ${matter.caseId} has no claim to file: ${why}`,
    'Cure what the readiness report names; documents are written from the claim alone.',
  );
}

/** Records of a kind that fit their schema, in the order of deposit. */
export function recordsIn<K extends RecordKind>(
  { artifacts }: Matter,
  kind: K,
): { seq: number; record: RecordOf<K> }[] {
  return artifacts.flatMap(({ seq, statement, record }) => {
    if (statement.kind !== kind || record === undefined) return [];
    try {
      return [{ seq, record: parseRecord(kind, record) }];
    } catch {
      // The gate names malformed records; a document states only what could be read.
      return [];
    }
  });
}

/**
 * Where figures come from, for a reader: the exhibits that hold the deposits, and their numbers:
 * `证据8（存证序号12、14–16）`, `Exhibit 8 (deposits 12, 14–16)`.
 */
export function sourceOf(context: CaseContext, seqs: readonly number[]): string {
  if (seqs.length === 0) return '';
  const isCn = context.matter.profile.jurisdiction === 'cn';
  const marks = marksOf(context, seqs).join(isCn ? '、' : ', ');
  const numbers = printedNumbers(seqs, isCn ? '、' : ', ');
  if (isCn) return marks === '' ? `存证序号${numbers}` : `${marks}（存证序号${numbers}）`;
  const word = seqs.length === 1 ? 'deposit' : 'deposits';
  return marks === '' ? `${word} ${numbers}` : `${marks} (${word} ${numbers})`;
}

/** The marks of the exhibits that hold any of these deposits, in their order. */
export function marksOf({ exhibits }: CaseContext, seqs: readonly number[]): string[] {
  const wanted = new Set(seqs);
  return exhibits
    .filter(({ files }) => files.some(({ artifact }) => wanted.has(artifact.seq)))
    .map(({ mark }) => mark);
}

/** Marks of the exhibits of one kind of deposit. */
export function marksOfKind(context: CaseContext, ...kinds: string[]): string[] {
  return context.exhibits
    .filter(({ files }) => files.some(({ artifact }) => kinds.includes(artifact.statement.kind)))
    .map(({ mark }) => mark);
}

export const rowsOf = (claim: Claim, ...events: WorkingEvent[]): WorkingRow[] =>
  claim.working.filter(({ event }) => events.includes(event));

export const evidenceOf = (rows: readonly WorkingRow[]): number[] => [
  ...new Set(rows.flatMap(({ evidence }) => evidence)),
];

/** Sum of a money field over rows, as exact text. */
export function sumOf(
  rows: readonly WorkingRow[],
  field: 'amount' | 'principal' | 'interest',
): string {
  return formatMoney(rows.reduce((sum, row) => sum + parseMoney(row[field] ?? '0'), 0n));
}

/** Difference of two amounts as exact text. */
export function less(a: string, b: string): string {
  return formatMoney(parseMoney(a) - parseMoney(b));
}

export function plusAll(...amounts: string[]): string {
  return formatMoney(amounts.reduce((sum: Cents, amount) => sum + parseMoney(amount), 0n));
}

export const isZero = (amount: string): boolean => parseMoney(amount) === 0n;
