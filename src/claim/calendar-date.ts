/**
 * Days of the proleptic Gregorian calendar as text (YYYY-MM-DD) and as a day number. No `Date`:
 * it reads some impossible days as other days and drags a time zone in.
 */

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

export interface DateParts {
  year: number;
  month: number;
  day: number;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Number of days in a month (1 to 12). */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Whether `text` is a day that exists, written YYYY-MM-DD, from year 1 on. */
export function isCalendarDate(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/**
 * Whether `text` is a day on which a loan can live: a calendar date from 1800 to 2999. The bounds
 * keep every date that is derived from a record (a due date, the day after) writable in 4 digits.
 */
export function isLoanDate(text: string): boolean {
  return isCalendarDate(text) && text >= '1800-01-01' && text <= '2999-12-31';
}

/** Year, month and day of a date that `isCalendarDate` accepts; RangeError for another. */
export function dateParts(text: string): DateParts {
  const match = DATE.exec(text);
  if (match === null || !isCalendarDate(text)) throw new RangeError(`not a date: ${text}`);
  return { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** The date of year, month and day; a day beyond the month's end becomes the month's last. */
export function clippedDate(year: number, month: number, day: number): string {
  const last = daysInMonth(year, month);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(Math.min(day, last), 2)}`;
}

/** Days since 0000-03-01; differences are the number of nights between two dates. */
export function dayNumber(text: string): number {
  const { year, month, day } = dateParts(text);
  const y = month <= 2 ? year - 1 : year;
  const shifted = (month + 9) % 12;
  const days = Math.floor((153 * shifted + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + days;
}

/** The date `days` (small, may be negative) after `text`. */
export function addDays(text: string, days: number): string {
  let { year, month, day } = dateParts(text);
  day += days;
  while (day < 1) {
    month = month === 1 ? 12 : month - 1;
    if (month === 12) year -= 1;
    day += daysInMonth(year, month);
  }
  while (day > daysInMonth(year, month)) {
    day -= daysInMonth(year, month);
    month = month === 12 ? 1 : month + 1;
    if (month === 1) year += 1;
  }
  return clippedDate(year, month, day);
}

/** The date `months` later, on `dueDay` or on the month's last day if the month is shorter. */
export function addMonths(text: string, months: number, dueDay: number): string {
  const { year, month } = dateParts(text);
  const index = year * 12 + (month - 1) + months;
  return clippedDate(Math.floor(index / 12), (index % 12) + 1, dueDay);
}
