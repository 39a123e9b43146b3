import type { Statement } from '../formats/statement.ts';
import type { Kind } from '../formats/taxonomy.ts';

/**
 * What the times of a deposit say of its weight: the event (the depositor's word), the deposit (the
 * clock of the service), and the first anchor or time stamp that covers it (在线诉讼规则 Art. 16–18).
 * Late does not mean false: the log then proves nothing of the time before the deposit, and what was
 * true until then must be shown by other means (Art. 18). No deposit is refused for its times.
 */
export interface Lateness {
  state: 'in-time' | 'late' | 'event-after-deposit';
  /** Days of the calendar (UTC+8) between event and deposit; 0 when the event lies ahead. */
  days: number;
  /** More days than this are late. */
  limitDays: number;
  /** The deposit bears an earlier time than the one before it: the clock was set back. */
  clockSteppedBack: boolean;
  /** When others can see it fixed; null: not anchored yet; absent: nobody looked. */
  fixed?: { at: string; by: string; days: number } | null;
}

/** From how many days on a deposit is late. */
export interface LatenessLimits {
  /** For every kind. A kind whose weight lies in immediacy has a stricter limit of its own. */
  days: number;
  /** Said for a kind, this goes before both. */
  byKind?: Readonly<Record<string, number>> | undefined;
}

export type TimedStatement = Pick<Statement, 'kind' | 'occurredAt' | 'receivedAt'>;

/** The limit where nobody says otherwise: a month, the rhythm in which a loan is kept. */
export const DEFAULT_LIMITS: LatenessLimits = { days: 30 };

interface Immediacy {
  days: number;
  kinds: readonly Kind[];
  why: { zh: string; en: string };
}

/** Kinds that a court believes for being recorded as they happen; docs/readiness.md prints this. */
export const IMMEDIATE: readonly Immediacy[] = [
  {
    days: 1,
    kinds: [
      'face-check',
      'identity-verification',
      'signature-record',
      'signing-certificate',
      'reading-record',
      'contract',
      'consent',
      'credit-authorisation',
    ],
    why: {
      zh: '由系统在签约当时自动形成；隔日补存，不能排除事后制作',
      en: 'made by a system at the moment of signing; later it could have been made afterwards',
    },
  },
  {
    days: 3,
    kinds: ['disbursement', 'repayment', 'deduction-failed', 'account-movement'],
    why: {
      zh: '资金流水于次一工作日对账即可存证',
      en: 'known from the settlement of the next working day',
    },
  },
  {
    days: 7,
    kinds: ['notice', 'demand', 'acceleration', 'delivery', 'call-recording', 'assignment-notice'],
    why: {
      zh: '发出、送达的时间本身有法律效果（时效中断、提前到期）',
      en: 'the day it was sent or arrived has legal effect of itself (limitation, acceleration)',
    },
  },
];

const DAY = 86_400_000;
/** One legal time for the whole country: UTC+8 (the same as in `parseAsOf`). */
const BEIJING = 8 * 3_600_000;
/** Clocks of two systems that are both kept differ by less. */
const CLOCK_TOLERANCE = 5 * 60_000;

const STRICTER = new Map(IMMEDIATE.flatMap(({ days, kinds }) => kinds.map((kind) => [kind, days])));

/** Days after its event from which a deposit of a kind is late. */
export function limitDaysOf(kind: Kind, { days, byKind = {} }: LatenessLimits): number {
  if (Object.hasOwn(byKind, kind)) return byKind[kind] ?? days;
  return Math.min(days, STRICTER.get(kind) ?? days);
}

/** The day of a time in UTC+8, ISO; a date stands as it is. @param time as a statement holds it */
export function legalDay(time: string): string {
  if (time.length === 10) return time;
  return new Date(Date.parse(time) + BEIJING).toISOString().slice(0, -14);
}

/** First millisecond of an event: of a date, 00:00 in UTC+8. */
function beginOf(time: string): number {
  return time.length === 10 ? Date.parse(`${time}T00:00:00Z`) - BEIJING : Date.parse(time);
}

function daysBetween(from: string, to: string): number {
  const at = (time: string) => Date.parse(`${legalDay(time)}T00:00:00Z`);
  return Math.max(0, Math.round((at(to) - at(from)) / DAY));
}

/**
 * Compares the times of a deposit.
 * @param statement kind, event and deposit, in the forms that `parseStatement` accepts
 * @param around the deposit time of the entry before; the time that fixed this one, if one looked
 */
export function lateness(
  { kind, occurredAt, receivedAt }: TimedStatement,
  limits: LatenessLimits,
  around: { before?: string | undefined; fixed?: { at: string; by: string } | null } = {},
): Lateness {
  const limitDays = limitDaysOf(kind, limits);
  const days = daysBetween(occurredAt, receivedAt);
  const isAhead = beginOf(occurredAt) - Date.parse(receivedAt) > CLOCK_TOLERANCE;
  const { before, fixed } = around;
  const out: Lateness = {
    state: isAhead ? 'event-after-deposit' : days > limitDays ? 'late' : 'in-time',
    days,
    limitDays,
    clockSteppedBack: before !== undefined && Date.parse(receivedAt) < Date.parse(before),
  };
  if (fixed === undefined) return out;
  if (fixed === null) return { ...out, fixed };
  return { ...out, fixed: { ...fixed, days: daysBetween(occurredAt, fixed.at) } };
}

/** The same for deposits of one loan in the order of their numbers, each after the one before. */
export function latenessInOrder(
  statements: readonly TimedStatement[],
  limits: LatenessLimits,
  fixed?: readonly ({ at: string; by: string } | null)[],
): Lateness[] {
  return statements.map((statement, at) =>
    lateness(statement, limits, {
      before: statements[at - 1]?.receivedAt,
      ...(fixed === undefined ? {} : { fixed: fixed[at] ?? null }),
    }),
  );
}

/** What stands out, in words for a lawyer; empty when nothing does. */
export function describeLateness(
  { state, days, limitDays, clockSteppedBack, fixed }: Lateness,
  language: 'zh' | 'en',
): string[] {
  const isZh = language === 'zh';
  const out: string[] = [];
  if (state === 'late') {
    out.push(
      isZh
        ? `事件后${days}天存证（超过${limitDays}天）`
        : `deposited ${days} days after the event (limit ${limitDays})`,
    );
  }
  if (state === 'event-after-deposit') {
    out.push(isZh ? '所载事件时间晚于存证时间' : 'the event is dated after its deposit');
  }
  if (clockSteppedBack) {
    out.push(
      isZh
        ? '存证时间早于前一序号（时钟曾被回调）'
        : 'earlier than the deposit before it: clock set back',
    );
  }
  if (fixed === null) out.push(isZh ? '尚未锚定' : 'not anchored yet');
  return out;
}
