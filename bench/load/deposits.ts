import type { DepositCommand } from '../../src/evidence/ports.ts';

/** Deposits of one loan in a run: of a day's events each loan has its own, in between the others'. */
export const ENTRIES_PER_LOAN = 10;

/** Some 1 KB as it is sent, members not in the order in which they are hashed. */
const remark = 'x'.repeat(640);

/** Deposit `n` of `total`, loans interleaved: event n of loan n mod (total / 10). */
export function benchDepositOf(n: number, total: number) {
  const loans = Math.max(1, Math.floor(total / ENTRIES_PER_LOAN));
  return {
    loan: `L-2026-${n % loans}`,
    kind: 'repayment',
    occurredAt: '2026-03-31T09:30:00+08:00',
    source: { system: 'core-bank', eventId: `pay-${n}`, generator: 'core', version: '5.2' },
    record: { date: '2026-03-31', amount: '453.71', currency: 'CNY', extra: { number: n, remark } },
  } as const;
}

/** The same as a command of the evidence side. */
export function benchCommandOf(n: number, total: number): DepositCommand {
  const { record, ...rest } = benchDepositOf(n, total);
  return { ...rest, content: { form: 'record', record } };
}
