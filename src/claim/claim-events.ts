import { addDays } from './calendar-date.ts';
import type { ClaimInput } from './claim-input.ts';
import { flushRunning, type Ledger, passTo } from './ledger.ts';
import {
  applyAcceleration,
  applyDisbursement,
  applyDue,
  applyFailedDeduction,
  applyFee,
  applyRateChange,
  applyRepayment,
} from './ledger-events.ts';
import { parseMoney } from './money.ts';

/**
 * Order of what happens on one day, after the instalment that falls due on it: a payment made on
 * the due date must find its instalment due; money lent that day is no part of it; what the
 * borrower paid on the day on which the loan is called was paid before the call.
 */
const RANKS = {
  fee: 0,
  disbursement: 1,
  repayment: 2,
  'deduction-failed': 3,
  acceleration: 4,
  'rate-change': 5,
} as const;

interface ClaimEvent {
  /** Day after whose instalment the event takes effect. */
  readonly date: string;
  /** Day by which it counts as before or after the cut-off. */
  readonly happened: string;
  readonly rank: number;
  readonly seq: number;
  readonly apply: (ledger: Ledger) => void;
}

function lenderEvents(input: ClaimInput): ClaimEvent[] {
  const { acceleration } = input;
  const called = acceleration === undefined ? [] : [acceleration];
  return [
    ...input.disbursements.map((record) => ({
      date: record.date,
      happened: record.date,
      rank: RANKS.disbursement,
      seq: record.seq,
      apply: (ledger: Ledger) => applyDisbursement(ledger, record),
    })),
    ...called
      .filter((record) => record.delivered !== false)
      .map((record) => ({
        date: record.date,
        happened: record.date,
        rank: RANKS.acceleration,
        seq: record.seq,
        apply: (ledger: Ledger) => applyAcceleration(ledger, record),
      })),
    ...(input.costs ?? []).map((cost) => ({
      date: cost.date,
      happened: cost.date,
      rank: RANKS.fee,
      seq: cost.seq,
      apply: (ledger: Ledger) => {
        const { name, seq, amount } = cost;
        const fee = { name, seq, amount: parseMoney(amount), underCap: false };
        applyFee(ledger, cost.date, fee);
      },
    })),
  ];
}

/**
 * The new rate counts from its first day on. If of each stretch the last day counts, the day of
 * the change belongs to the stretch before it unless that one ends a day earlier.
 */
function rateChangeEvents(input: ClaimInput, countsLastDay: boolean): ClaimEvent[] {
  return input.rateChanges.map((record) => {
    const date = countsLastDay ? addDays(record.effectiveOn, -1) : record.effectiveOn;
    const apply = (ledger: Ledger) => applyRateChange(ledger, date, record);
    const { seq, effectiveOn } = record;
    return { date, happened: effectiveOn, rank: RANKS['rate-change'], seq, apply };
  });
}

function borrowerEvents(input: ClaimInput): ClaimEvent[] {
  return [
    ...input.repayments.map((record) => ({
      date: record.date,
      happened: record.date,
      rank: RANKS.repayment,
      seq: record.seq,
      apply: (ledger: Ledger) => applyRepayment(ledger, record),
    })),
    ...input.failedDeductions.map((record) => ({
      date: record.date,
      happened: record.date,
      rank: RANKS['deduction-failed'],
      seq: record.seq,
      apply: (ledger: Ledger) => applyFailedDeduction(ledger, record),
    })),
  ];
}

function agreedFees(input: ClaimInput, cutOff: string): ClaimEvent[] {
  const { seq, fees } = input.terms;
  return (fees ?? []).flatMap((fee) => {
    const { amount, name, kind } = fee;
    if (amount === undefined) return [];
    // 实现债权的费用 are caused by the default; they are no price of the credit.
    const underCap = kind !== 'lawyer' && kind !== 'enforcement';
    const item = { name, seq, amount: parseMoney(amount), underCap };
    // A fee without a day is owed by the cut-off, after everything that was paid until then.
    const date = fee.dueOn ?? cutOff;
    const rank = fee.dueOn === undefined ? RANKS['rate-change'] + 1 : RANKS.fee;
    const apply = (ledger: Ledger) => applyFee(ledger, date, item);
    return [{ date, happened: date, rank, seq, apply }];
  });
}

const before = (a: ClaimEvent, b: ClaimEvent): number =>
  a.date < b.date ? -1 : a.date > b.date ? 1 : a.rank - b.rank || a.seq - b.seq;

function duesUntil(ledger: Ledger, date: string): void {
  for (let guard = 0; guard <= 1200; guard += 1) {
    const next = ledger.notDue?.dues[0]?.date;
    if (next === undefined || next > date) return;
    applyDue(ledger, next);
  }
}

/**
 * Walks everything up to the cut-off and computes the interest until it.
 * @returns how many events lie after the cut-off and were left out
 */
export function runEvents(ledger: Ledger): number {
  const { input, rules, cutOff } = ledger;
  const countsLastDay = rules.endpoint === 'count-last-day';
  const events = [
    ...lenderEvents(input),
    ...rateChangeEvents(input, countsLastDay),
    ...borrowerEvents(input),
    ...agreedFees(input, cutOff),
  ].sort(before);
  const now = events.filter((event) => event.happened <= cutOff);
  for (const event of now) {
    duesUntil(ledger, event.date);
    event.apply(ledger);
  }
  duesUntil(ledger, cutOff);
  const end = countsLastDay ? cutOff : addDays(cutOff, 1);
  passTo(ledger, end);
  flushRunning(ledger, end);
  return events.length - now.length;
}
