import { dateParts, isCalendarDate } from '../../../claim/calendar-date.ts';
import { formatMoneyGrouped, parseMoney } from '../../../claim/money.ts';
import { parseDecimal, type Rational, rational, times, toFixed } from '../../../claim/rational.ts';
import type { Jurisdiction } from '../../ports.ts';

/** How values look on paper. Money and rates come in as the exact decimal text of the record. */

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `2026年3月31日` or `31 March 2026`; anything but a calendar date as it stands. */
export function printedDate(jurisdiction: Jurisdiction, date: string): string {
  if (!isCalendarDate(date)) return date;
  const { year, month, day } = dateParts(date);
  return jurisdiction === 'cn'
    ? `${year}年${month}月${day}日`
    : `${day} ${MONTHS[month - 1]} ${year}`;
}

/** A date, or a date-time as it was written, with its offset. */
export function printedTime(time: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (match === null) return time;
  return `${match[1]} ${match[2]} ${match[3] === 'Z' ? 'UTC' : `UTC${match[3]}`}`;
}

/** Money with thousands separators. */
export function printedMoney(amount: string): string {
  return formatMoneyGrouped(parseMoney(amount));
}

/** `0.144` or its rational -> `14.4%`. */
export function printedPercent(rate: string | Rational): string {
  const value = typeof rate === 'string' ? parseDecimal(rate) : rate;
  return `${toFixed(times(value, rational(100n)), 10).replace(/\.?0+$/, '')}%`;
}

/** Bytes with thousands separators. */
export function printedCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 3, 5, 6, 7 -> `3, 5–7`. */
export function printedNumbers(numbers: readonly number[], separator: string): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const number of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : `${a}–${b}`)).join(separator);
}

/**
 * Makes a sentence of the calculation readable: dates and amounts as the document prints them. The
 * figures themselves are not touched.
 */
export function printedSentence(jurisdiction: Jurisdiction, text: string): string {
  return text
    .replace(/\b\d{4}-\d{2}-\d{2}\b/g, (date) => printedDate(jurisdiction, date))
    .replace(/(?<![\d.,])\d{4,}\.\d{2}(?!\d)/g, (amount) => printedMoney(amount));
}

/** A parenthesis in the other language's terms has no place in an English paper. */
export function withoutHan(text: string): string {
  return text.replace(/\s*[(（][^()（）]*\p{Script=Han}[^()（）]*[)）]/gu, '');
}
