import { startAmortiser, takeDue } from './amortiser.ts';
import { claimRules } from './claim-rules.ts';
import { type Cents, formatMoney, parseMoney } from './money.ts';
import type { ContractTerms, ScheduleRow } from './records.ts';

/**
 * The schedule of a loan disbursed whole on one day, as rows with the balance after each. It is
 * the same arithmetic as the claim's.
 * @throws {ClaimError} TERMS_INCOMPLETE or TERMS_INCONSISTENT
 */
export function buildSchedule(
  terms: ContractTerms,
  granted: string,
  principal: Cents = parseMoney(terms.principal),
): Required<ScheduleRow>[] {
  const rules = claimRules(terms);
  const a = startAmortiser(terms, rules, granted, principal, rules.annualRate);
  const rows: Required<ScheduleRow>[] = [];
  for (let due = takeDue(a); due !== null; due = takeDue(a)) {
    rows.push({
      no: due.no,
      dueDate: due.dueDate,
      principal: formatMoney(due.principal),
      interest: formatMoney(due.interest),
      fees: formatMoney(due.fees),
      balanceAfter: formatMoney(a.principal),
    });
  }
  return rows;
}
