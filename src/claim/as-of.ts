import { FormatError } from '../formats/errors.ts';
import { isCalendarDate } from './calendar-date.ts';

/** A moment of the law: what was asked, and the first millisecond since 1970 that satisfies it. */
export interface AsOf {
  /** As it was asked: a date or an RFC 3339 time. */
  text: string;
  instant: number;
}

const DAY = 86_400_000;
/** One legal time for the whole country: UTC+8, without summer time. */
const BEIJING = 8 * 3_600_000;
const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Reads a moment. A plain date means the end of that day, 24:00 by Beijing time (民法典 Art. 203:
 * 期间的最后一日的截止时间为二十四时): what was done on the day is within it. A time must name its
 * offset, since one without would mean another moment to every reader.
 * @throws FormatError DATE_INVALID
 */
export function parseAsOf(text: string): AsOf {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && isCalendarDate(text)) {
    return { text, instant: Date.parse(`${text}T00:00:00Z`) + DAY - BEIJING };
  }
  const date = RFC3339.exec(text)?.[1];
  if (date !== undefined && isCalendarDate(date)) return { text, instant: Date.parse(text) };
  const remedy =
    'Write a date as 2026-05-01, or a time with its offset as 2026-05-01T09:30:00+08:00.';
  throw new FormatError(
    'DATE_INVALID',
    `${/^[\d:.+TZ-]{1,40}$/.test(text) ? JSON.stringify(text) : 'this'} is no date`,
    remedy,
  );
}

/** The moment in words: the date and the rule that makes a moment of it. */
export function describeAsOf({ text, instant }: AsOf): string {
  const utc = new Date(instant).toISOString().replace('.000Z', 'Z');
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text} 24:00 (UTC+8) = ${utc}` : `${text} = ${utc}`;
}
