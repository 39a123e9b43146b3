import { addMonths } from '../../claim/calendar-date.ts';
import { parseMoney } from '../../claim/money.ts';
import type { ContractTerms } from '../../claim/records.ts';
import { buildSchedule } from '../../claim/schedule.ts';

/** How the principal comes back; the names are those of the contract-terms record. */
export type Method = 'equal-instalment' | 'equal-principal' | 'interest-only';

/** One agreed instalment; amounts in cents. */
export interface Instalment {
  no: number;
  /** YYYY-MM-DD. */
  dueDate: string;
  principal: bigint;
  interest: bigint;
  /** Principal that is left after this instalment. */
  balanceAfter: bigint;
}

/** The terms that a table of repayments follows from. */
export type ScheduleTerms = Pick<
  ContractTerms,
  'contractNo' | 'principal' | 'method' | 'instalments'
> & { annualRate: string; startDate: string };

/**
 * The agreed table, by the same arithmetic as the claim: a month is a twelfth of a year, each
 * instalment falls due on the day of the month of `startDate` (1 to 28).
 */
export function buildInstalments(terms: ScheduleTerms): Instalment[] {
  const dueDay = Number(terms.startDate.slice(8));
  const rows = buildSchedule(
    {
      ...terms,
      currency: 'CNY',
      frequency: 'monthly',
      dayCount: '30/360',
      dueDay,
      firstDueDate: addMonths(terms.startDate, 1, dueDay),
    },
    terms.startDate,
  );
  return rows.map((row) => ({
    no: row.no,
    dueDate: row.dueDate,
    principal: parseMoney(row.principal),
    interest: parseMoney(row.interest),
    balanceAfter: parseMoney(row.balanceAfter ?? '0'),
  }));
}
