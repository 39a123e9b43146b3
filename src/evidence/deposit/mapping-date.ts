import { isEventTime } from '../../formats/statement.ts';
import { toHalfWidth } from './mapping-decimal.ts';

/** How dates are written in a column. */
export interface DateStyle {
  /**
   * Patterns tried in order, or `iso`, `excel-serial`, `excel-serial-1904`, `unix-s`, `unix-ms`,
   * `days-since:1960-01-01`.
   */
  formats: readonly string[];
  /** The century of a two-digit year: 1900, or by a pivot (50: 49 is 2049, 50 is 1950). */
  century?: number | { pivot: number } | undefined;
  /** Numbers that the source may add to the month, such as 50 for women in Czech birth numbers. */
  monthOffsets?: readonly number[] | undefined;
  /** Offset of a time of day that carries none, such as `+08:00`. */
  timezone?: string | undefined;
}

/** RFC 3339 date or date-time, and the number that had been added to the month. */
export interface ReadDate {
  date: string;
  monthOffset: number;
}

const NAMED = ['iso', 'excel-serial', 'excel-serial-1904', 'unix-s', 'unix-ms'];
const TOKENS: Record<string, string> = {
  YYYY: '(?<year>\\d{4})',
  YY: '(?<shortYear>\\d{2})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{2})',
  D: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
};
const TOKEN = /YYYY|YY|MM|M|DD|D|HH|H|mm|ss|\[[^\]]*\]|./gs;
const DAY_MS = 86_400_000;

const DAYS_SINCE = /^days-since:(\d{4}-\d\d-\d\d)$/;
const isNamed = (format: string) => NAMED.includes(format) || DAYS_SINCE.test(format);

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

function compilePattern(format: string): RegExp {
  const parts = (format.match(TOKEN) ?? []).map((part) => {
    if (part.length > 2 && part.startsWith('[')) return literal(part.slice(1, -1));
    return TOKENS[part] ?? literal(part);
  });
  return new RegExp(`^${parts.join('')}$`);
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** The reason why `format` describes no date, or undefined when it does. */
export function dateFormatProblem(format: string, style: DateStyle): string | undefined {
  const [, epoch] = DAYS_SINCE.exec(format) ?? [];
  if (epoch !== undefined && !isEventTime(epoch)) return 'counts from a day that does not exist';
  if (isNamed(format)) return undefined;
  const tokens = (format.match(TOKEN) ?? []).filter((part) => part in TOKENS);
  const roles = tokens.map((token) => token.slice(0, 1));
  if (new Set(roles).size !== roles.length) return 'names a part of the date twice';
  if (!['Y', 'M', 'D'].every((role) => roles.includes(role))) return 'needs year, month and day';
  if (tokens.includes('YY') && style.century === undefined) {
    return 'has a two-digit year: say which century ("century": 1900 or {"pivot": 50})';
  }
  const time = roles.some((role) => 'Hms'.includes(role));
  if (time && !(roles.includes('H') && roles.includes('m'))) return 'needs hour and minute';
  if (time && style.timezone === undefined) {
    return 'has a time of day: say its "timezone", such as "+08:00", here or for the profile';
  }
  return undefined;
}

/** A calendar day as RFC 3339, or undefined when there is no such day. */
function dayText(year: number, month: number, day: number): string | undefined {
  if (year < 1 || year > 9999) return undefined;
  const text = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
  return isEventTime(text) ? text : undefined;
}

function fullYear(groups: Record<string, string | undefined>, style: DateStyle): number {
  if (groups.year !== undefined) return Number(groups.year);
  const short = Number(groups.shortYear);
  if (typeof style.century === 'object') return short + (short < style.century.pivot ? 2000 : 1900);
  return (style.century ?? 1900) + short;
}

function fromGroups(
  groups: Record<string, string | undefined>,
  style: DateStyle,
): ReadDate | undefined {
  const written = Number(groups.month);
  const offsets = style.monthOffsets ?? [0];
  const monthOffset = offsets.find((offset) => written - offset >= 1 && written - offset <= 12);
  if (monthOffset === undefined) return undefined;
  const day = dayText(fullYear(groups, style), written - monthOffset, Number(groups.day));
  if (day === undefined) return undefined;
  if (groups.hour === undefined) return { date: day, monthOffset };
  const time = `${pad(Number(groups.hour))}:${groups.minute}:${groups.second ?? '00'}`;
  const date = `${day}T${time}${style.timezone ?? ''}`;
  return isEventTime(date) ? { date, monthOffset } : undefined;
}

function fromEpochDays(days: number, seconds: number, timezone?: string): string | undefined {
  const at = new Date(days * DAY_MS + seconds * 1000);
  if (Number.isNaN(at.valueOf()) || at.getUTCFullYear() < 1 || at.getUTCFullYear() > 9999) {
    return undefined;
  }
  const text = at.toISOString();
  if (seconds === 0) return text.slice(0, 10);
  return timezone === undefined ? undefined : `${text.slice(0, 19)}${timezone}`;
}

/**
 * A spreadsheet's day number: day 1 is 1900-01-01, and 60 is the 29 February 1900 that never was
 * (ECMA-376 part 1, 18.17.4.1); in the 1904 system day 0 is 1904-01-01. The fraction is the time.
 */
function fromExcelSerial(text: string, system1904: boolean, style: DateStyle): string | undefined {
  if (!/^\d{1,7}(\.\d{1,15})?$/.test(text)) return undefined;
  const serial = Number(text.split('.')[0]);
  if (!system1904 && (serial === 60 || serial === 0)) return undefined;
  const epoch = system1904 ? -24_107 : serial < 60 ? -25_568 : -25_569;
  const seconds = Math.round(Number(`0.${text.split('.')[1] ?? '0'}`) * 86_400);
  return fromEpochDays(serial + epoch, seconds, style.timezone);
}

/** A plain count of days, as statistics programs write it (SAS counts from 1960-01-01). */
function fromDayCount(format: string, text: string): string | undefined {
  const epoch = Date.parse(`${DAYS_SINCE.exec(format)?.[1]}T00:00:00Z`) / DAY_MS;
  return /^-?\d{1,7}$/.test(text) ? fromEpochDays(epoch + Number(text), 0) : undefined;
}

function fromUnix(text: string, unit: number): string | undefined {
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  const at = new Date(Number(text) * unit);
  if (Number.isNaN(at.valueOf())) return undefined;
  const date = at.toISOString();
  return isEventTime(date) ? date : undefined;
}

function fromIso(text: string, style: DateStyle): string | undefined {
  const spaced = text.replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  if (isEventTime(spaced)) return spaced;
  const zoned = `${spaced}${style.timezone ?? ''}`;
  return isEventTime(zoned) ? zoned : undefined;
}

function readNamed(format: string, text: string, style: DateStyle): ReadDate | undefined {
  const read = () => {
    if (format === 'iso') return fromIso(text, style);
    if (format === 'unix-s') return fromUnix(text, 1000);
    if (format === 'unix-ms') return fromUnix(text, 1);
    if (format.startsWith('days-since:')) return fromDayCount(format, text);
    return fromExcelSerial(text, format === 'excel-serial-1904', style);
  };
  const date = read();
  return date === undefined ? undefined : { date, monthOffset: 0 };
}

/**
 * Makes a reader of dates; the calendar is checked. It answers undefined for any other text.
 * A date without a time of day stays a date: no midnight is invented.
 */
export function dateReader(style: DateStyle): (text: string) => ReadDate | undefined {
  const readers = style.formats.map((format) => {
    if (isNamed(format)) return (text: string) => readNamed(format, text, style);
    const pattern = compilePattern(format);
    return (text: string) => {
      const groups = pattern.exec(text)?.groups;
      return groups === undefined ? undefined : fromGroups(groups, style);
    };
  });
  return (text) => {
    const plain = toHalfWidth(text).trim();
    for (const read of readers) {
      const date = read(plain);
      if (date !== undefined) return date;
    }
    return undefined;
  };
}

/** The first day of month number `day` strictly after `date` (its time of day is ignored). */
export function dayOfMonthAfter(date: string, day: number): string {
  const [year = 0, month = 0, from = 0] = date.slice(0, 10).split('-').map(Number);
  const months = year * 12 + (month - 1) + (clampDay(year, month, day) > from ? 0 : 1);
  return inMonth(months, day);
}

/** The same day `count` months later; the last day of the month where it has no such day. */
export function addMonths(date: string, count: number): string {
  const [year = 0, month = 0, day = 0] = date.slice(0, 10).split('-').map(Number);
  return inMonth(year * 12 + (month - 1) + count, day);
}

function inMonth(months: number, day: number): string {
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  return `${pad(year, 4)}-${pad(month)}-${pad(clampDay(year, month, day))}`;
}

function clampDay(year: number, month: number, day: number): number {
  return Math.min(day, new Date(Date.UTC(year, month, 0)).getUTCDate());
}
