import type { CourtDecision } from '../../verify/court-receipt.ts';
import type { VerificationReport } from '../../verify/report.ts';

/**
 * What a court does with a package whose verdict stays open. `return`: sent back with the reasons.
 * `receive`: taken in, the open points noted as reservations. `wait`: like `return`, but while the
 * court's own chain connection is silent nothing is decided and the sender is asked to come back.
 */
export type IndeterminateRule = 'return' | 'receive' | 'wait';

/**
 * The rule of the intake: passed is received, failed is returned, open as the court has set.
 * @returns undefined: nothing is decided yet
 */
export function decideFiling(
  { verdict, checks }: VerificationReport,
  chainSilent: boolean,
  rule: IndeterminateRule,
): CourtDecision | undefined {
  if (verdict === 'passed') return 'received';
  if (verdict === 'failed') return 'returned';
  if (rule === 'receive') return 'received';
  const open = checks.filter((check) => check.verdict === 'indeterminate');
  const onlyChain = open.every(({ id }) => id === 'checkpoint.anchor');
  return rule === 'wait' && chainSilent && onlyChain ? undefined : 'returned';
}

const PROVES_CASE = ['container.form', 'container.manifest', 'case.form'];

/**
 * Whether the package is as its maker sealed it, so that it takes the place of the case it names.
 * Of a damaged copy not even the case number can be believed.
 */
export function holdsItsCase({ checks }: VerificationReport): boolean {
  const sound = (id: string) =>
    checks.some((check) => check.id === id && check.verdict === 'passed') &&
    !checks.some((check) => check.id === id && check.verdict === 'failed');
  const signed = checks.some((c) => c.id === 'container.signature' && c.verdict !== 'failed');
  return signed && PROVES_CASE.every(sound);
}
