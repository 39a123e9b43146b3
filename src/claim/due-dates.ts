import { addMonths, clippedDate, dateParts, dayNumber } from './calendar-date.ts';
import { ClaimError } from './claim-error.ts';
import { MONTHS, type Note } from './claim-rules.ts';
import type { ContractTerms } from './records.ts';

/** How far the last due date by count may lie from the agreed end: one period's irregularity. */
const TOLERANCE_DAYS = 31;

const inconsistent = (message: string): ClaimError =>
  new ClaimError(
    'TERMS_INCONSISTENT',
    message,
    'Correct the terms, or deposit the agreed table as schedule.',
  );

function firstDayAfter(granted: string, dueDay: number): string {
  const { year, month } = dateParts(granted);
  const same = clippedDate(year, month, dueDay);
  return same > granted ? same : addMonths(granted, 1, dueDay);
}

function firstDueDate(terms: ContractTerms, granted: string): string {
  if (terms.firstDueDate !== undefined) return terms.firstDueDate;
  if (terms.instalments === 1 && terms.endDate !== undefined) return terms.endDate;
  if (terms.dueDay !== undefined) return firstDayAfter(granted, terms.dueDay);
  throw new ClaimError(
    'TERMS_INCOMPLETE',
    'neither firstDueDate nor dueDay nor an agreed table says when the first instalment is due',
    'Deposit the terms with firstDueDate.',
  );
}

function checkAscending(dates: readonly string[]): void {
  for (const [index, date] of dates.entries()) {
    const before = dates[index - 1];
    if (before !== undefined && date <= before) {
      throw inconsistent(`instalment ${index + 1} is due on ${date}, not after ${before}`);
    }
  }
}

/**
 * The agreed due dates, ascending. With a table they are the table's. Otherwise they follow
 * firstDueDate by the frequency, on dueDay or the last day of a shorter month, and the last one
 * is endDate where that is agreed.
 * @param granted day of the first disbursement, from which an absent firstDueDate is derived
 * @throws {ClaimError} TERMS_INCOMPLETE or TERMS_INCONSISTENT
 */
export function dueDates(terms: ContractTerms, granted: string): string[] {
  if (terms.schedule !== undefined) {
    const table = terms.schedule.map((row) => row.dueDate);
    checkAscending(table);
    return table;
  }
  const first = firstDueDate(terms, granted);
  const day = terms.dueDay ?? dateParts(first).day;
  const months = MONTHS[terms.frequency ?? 'monthly'];
  const dates = Array.from({ length: terms.instalments }, (_, index) =>
    index === 0 ? first : addMonths(first, index * months, day),
  );
  const last = dates.at(-1) ?? first;
  if (terms.endDate !== undefined && terms.endDate !== last) {
    if (Math.abs(dayNumber(terms.endDate) - dayNumber(last)) > TOLERANCE_DAYS) {
      throw inconsistent(`the last instalment falls on ${last}, the term ends ${terms.endDate}`);
    }
    dates[dates.length - 1] = terms.endDate;
  }
  checkAscending(dates);
  return dates;
}

/** What had to be derived to know the due dates. */
export function dueDateNotes(terms: ContractTerms): Note[] {
  const derived =
    terms.schedule === undefined && terms.firstDueDate === undefined && terms.dueDay !== undefined;
  if (!derived || (terms.instalments === 1 && terms.endDate !== undefined)) return [];
  return [
    {
      code: 'FIRST_DUE_DATE_DERIVED',
      en: `The first instalment is taken to be due on the first day ${terms.dueDay} after disbursement.`,
      zh: `首期还款日按放款后的第一个${terms.dueDay}日推定。`,
    },
  ];
}
