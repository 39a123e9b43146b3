import { addDays, dayNumber } from './calendar-date.ts';
import type { ClaimStatus } from './claim.ts';
import { dueDates } from './due-dates.ts';
import { type DebtItem, type Ledger, total, unpaidInterest, unpaidPrincipal } from './ledger.ts';
import { formatMoney } from './money.ts';

const unpaid = (item: DebtItem): bigint => unpaidPrincipal(item) + unpaidInterest(item);

/** Due date of the last instalment before the first whose interest is not fully paid. */
function interestPaidTo(instalments: readonly DebtItem[]): string | null {
  const firstOpen = instalments.findIndex((item) => unpaidInterest(item) > 0n);
  const paid = firstOpen < 0 ? instalments : instalments.slice(0, firstOpen);
  const bearing = paid.some((item) => item.interest > 0n);
  return bearing ? (paid.at(-1)?.dueDate ?? null) : null;
}

/**
 * Where the loan stands at the end of the cut-off. An instalment is overdue from the day after
 * its due date; one due on the cut-off itself is claimable but not yet overdue.
 */
export function claimStatus(ledger: Ledger): ClaimStatus {
  const { input, cutOff } = ledger;
  const instalments = ledger.items.filter((item) => item.kind === 'instalment');
  const overdue = instalments.filter((item) => item.dueDate < cutOff && unpaid(item) > 0n);
  // Called money is overdue too, when no instalment was: the call itself set the date.
  const open = ledger.items.filter((item) => item.dueDate < cutOff && unpaid(item) > 0n);
  const oldest = open[0]?.dueDate ?? null;
  const granted = input.disbursements.map((record) => record.date).sort()[0] ?? cutOff;
  const dates = dueDates(input.terms, granted);
  const lastDueDate = dates.at(-1) ?? cutOff;
  return {
    overdueAmount: formatMoney(total(overdue, unpaid)),
    oldestUnpaidDueDate: oldest,
    overdueSince: oldest === null ? null : addDays(oldest, 1),
    daysOverdue: oldest === null ? 0 : dayNumber(cutOff) - dayNumber(oldest),
    instalmentsAgreed: dates.length,
    instalmentsDue: instalments.length,
    instalmentsPaidInFull: instalments.filter((item) => unpaid(item) === 0n).length,
    interestPaidTo: interestPaidTo(instalments),
    matured: lastDueDate <= cutOff,
    lastDueDate,
  };
}
