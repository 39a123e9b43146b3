import { dateParts, dayNumber } from './calendar-date.ts';

/** How days become a share of a year: the days counted, over the days that a year is taken for. */
export type DayCount = '30/360' | 'actual/360' | 'actual/365';

/** Which end of a stretch counts: 算头不算尾 or 算尾不算头. */
export type Endpoint = 'count-first-day' | 'count-last-day';

/** The year of the basis, in days (the B of every formula). */
export function yearDays(dayCount: DayCount): 360 | 365 {
  return dayCount === 'actual/365' ? 365 : 360;
}

function ordinal(dayCount: DayCount, date: string): number {
  if (dayCount !== '30/360') return dayNumber(date);
  const { year, month, day } = dateParts(date);
  return year * 360 + month * 30 + Math.min(day, 30);
}

/**
 * Days from one date to a later one, one end counted. It is a difference of ordinals, so that the
 * parts of a stretch always add up to the whole. In 30/360 the 31st counts as the 30th.
 */
export function daysBetween(dayCount: DayCount, from: string, to: string): number {
  return ordinal(dayCount, to) - ordinal(dayCount, from);
}
