import type { Kind } from '../formats/taxonomy.ts';

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
]);
