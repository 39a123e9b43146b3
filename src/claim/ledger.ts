import { type Amortiser, accrueTo, type InterestPiece } from './amortiser.ts';
import type { AccrualLine, AllocationLine, Balance, WorkingRow } from './claim.ts';
import { ClaimError } from './claim-error.ts';
import type { ClaimInput } from './claim-input.ts';
import type { ClaimRules, Note } from './claim-rules.ts';
import { daysBetween, yearDays } from './day-count.ts';
import { type Cents, formatMoney } from './money.ts';
import { plus, type Rational, rational, roundHalfUp, times, toFixed, ZERO } from './rational.ts';

/** Interest that runs on an unpaid base: exact so far, booked in cents, and paid. */
export interface Running {
  exact: Rational;
  booked: Cents;
  paid: Cents;
  /** Date up to which `exact` is computed. */
  from: string;
}

/** A part of the loan that has fallen due: an instalment, or the rest when it was called. */
export interface DebtItem {
  readonly kind: 'instalment' | 'accelerated';
  readonly no: number;
  readonly dueDate: string;
  readonly principal: Cents;
  readonly interest: Cents;
  principalPaid: Cents;
  interestPaid: Cents;
  readonly penalty: Running;
  readonly compound: Running;
}

export interface FeeItem {
  readonly name: string;
  readonly amount: Cents;
  readonly seq: number;
  /** Whether it is a price of the credit, which the yearly cap limits. */
  readonly underCap: boolean;
  paid: Cents;
}

/** A stretch in which no balance changed: what it cost, and what the cap would allow. */
export interface Segment {
  readonly from: string;
  readonly to: string;
  readonly charged: Rational;
  readonly allowed: Rational;
}

/** The whole state of the debt while the events are walked through. */
export interface Ledger {
  readonly input: ClaimInput;
  readonly rules: ClaimRules;
  readonly cutOff: string;
  readonly items: DebtItem[];
  readonly fees: FeeItem[];
  readonly segments: Segment[];
  readonly rows: WorkingRow[];
  readonly notes: Note[];
  credits: { seq: number; amount: Cents }[];
  /** Deposit that the contract rate now rests on. */
  rateSeq: number;
  rate: Rational;
  notDue: Amortiser | null;
  disbursed: Cents;
  prepaid: Cents;
  reached: string | null;
  called: { date: string; evidence: number } | null;
  /** Items looked at so far; see `MAX_STEPS`. */
  steps: number;
}

export const unpaidPrincipal = (item: DebtItem): Cents => item.principal - item.principalPaid;
export const unpaidInterest = (item: DebtItem): Cents => item.interest - item.interestPaid;
export const unpaidRunning = (running: Running): Cents => running.booked - running.paid;

/** Sum of cents over a list. */
export function total<T>(list: readonly T[], amount: (entry: T) => Cents): Cents {
  return list.reduce((sum, entry) => sum + amount(entry), 0n);
}

export const creditOf = (ledger: Ledger): Cents => total(ledger.credits, (c) => c.amount);

/** 0.216 -> "21.6%", without loss: agreed rates are finite decimals. */
export function percent(rate: Rational): string {
  return `${toFixed(times(rate, rational(100n)), 10).replace(/\.?0+$/, '')}%`;
}

/** A rate as a plain decimal, "0.216". */
export function decimal(rate: Rational): string {
  const text = toFixed(rate, 12).replace(/0+$/, '');
  return text.endsWith('.') ? text.slice(0, -1) : text;
}

/** An exact number of cents as currency units with 6 decimals. */
export function exactAmount(cents: Rational): string {
  return toFixed(times(cents, rational(1n, 100n)), 6);
}

export function balanceOf(ledger: Ledger): Balance {
  let [principal, interest, penalty, compound] = [0n, 0n, 0n, 0n];
  // One pass: this runs for every line of the working.
  for (const item of ledger.items) {
    principal += unpaidPrincipal(item);
    interest += unpaidInterest(item);
    penalty += unpaidRunning(item.penalty);
    compound += unpaidRunning(item.compound);
  }
  return {
    notDue: formatMoney(ledger.notDue?.principal ?? 0n),
    principal: formatMoney(principal),
    interest: formatMoney(interest),
    penalty: formatMoney(penalty),
    compound: formatMoney(compound),
    fees: formatMoney(total(ledger.fees, (fee) => fee.amount - fee.paid)),
    credit: formatMoney(creditOf(ledger)),
  };
}

/**
 * Items that one calculation may look at, a fraction of a second's work: 1,200 instalments that are
 * all paid take under half of it. Events times overdue items grow without bound in a file that is
 * meant to keep a court's machine busy.
 */
const MAX_STEPS = 2_500_000;

/** @throws {ClaimError} CLAIM_TOO_LARGE */
function spend(ledger: Ledger, steps: number): void {
  ledger.steps += steps;
  if (ledger.steps <= MAX_STEPS) return;
  throw new ClaimError(
    'CLAIM_TOO_LARGE',
    `${ledger.items.length} due items and ${ledger.rows.length} lines of working are too many for one calculation`,
    'Look for a wrong date or amount; else claim a part of the loan by itself, or call it due.',
  );
}

type NewRow = Omit<WorkingRow, 'no' | 'balance' | 'amount'> & { amount: Cents };

/** Writes a line of the working with the balance as it is now. */
export function writeRow(ledger: Ledger, row: NewRow): void {
  spend(ledger, ledger.items.length + ledger.fees.length);
  ledger.rows.push({
    ...row,
    no: ledger.rows.length + 1,
    amount: formatMoney(row.amount),
    balance: balanceOf(ledger),
  });
}

/** The instalment's number as a field of a row; the accelerated rest has none. */
export function instalmentField(item: DebtItem): Pick<AllocationLine, 'instalment'> {
  return item.kind === 'instalment' ? { instalment: item.no } : {};
}

/** A piece of in-term interest as the working shows it. */
export function pieceLine(ledger: Ledger, piece: InterestPiece): AccrualLine {
  const days = yearDays(ledger.rules.dayCount);
  const base = formatMoney(piece.principal);
  const exact = exactAmount(piece.exact);
  const formula = piece.byTable
    ? `agreed table, ${piece.days} days = ${exact}`
    : `${base} × ${percent(piece.annualRate)} × ${piece.days} / ${days} = ${exact}`;
  const annualRate = decimal(piece.annualRate);
  const { from, to } = piece;
  return { base, annualRate, from, to, days: piece.days, yearDays: days, exact, formula };
}

function flushOne(
  ledger: Ledger,
  item: DebtItem,
  event: 'penalty' | 'compound',
  base: Cents,
  date: string,
): void {
  const { penaltyDayCount } = ledger.rules;
  const running = item[event];
  const { from } = running;
  const days = daysBetween(penaltyDayCount, from, date);
  if (date > from) running.from = date;
  const rate = ledger.rules.penaltyRate(ledger.rate);
  if (base <= 0n || days <= 0 || rate.n === 0n) return;
  const year = yearDays(penaltyDayCount);
  const share = rational(BigInt(days), BigInt(year));
  const added = times(times(rational(base), rate), share);
  running.exact = plus(running.exact, added);
  const booked = roundHalfUp(running.exact);
  const amount = booked - running.booked;
  running.booked = booked;
  const text = formatMoney(base);
  const exact = exactAmount(added);
  const formula = `${text} × ${percent(rate)} × ${days} / ${year} = ${exact}`;
  const annualRate = decimal(rate);
  const cumulative = exactAmount(running.exact);
  const stretch = { base: text, annualRate, from, to: date, days, yearDays: year };
  const line = { ...stretch, exact, formula, cumulative };
  const evidence = [...new Set([ledger.input.terms.seq, ledger.rateSeq])];
  // With the first day counted, the stretch ends on the day after the cut-off; its row does not.
  const day = date > ledger.cutOff ? ledger.cutOff : date;
  const fields = { date: day, event, amount, evidence, accruals: [line] };
  writeRow(ledger, { ...fields, ...instalmentField(item) });
}

/**
 * Computes penalty and compound interest on every item up to `date`. Called before anything that
 * changes a base or the rate; what is booked is the running exact sum rounded once, so cutting a
 * stretch in two cannot change a cent.
 */
export function flushRunning(ledger: Ledger, date: string): void {
  spend(ledger, ledger.items.length);
  for (const item of ledger.items) {
    flushOne(ledger, item, 'penalty', unpaidPrincipal(item), date);
    const base = ledger.rules.compound ? unpaidInterest(item) : 0n;
    flushOne(ledger, item, 'compound', base, date);
  }
}

function overdueCost(ledger: Ledger, days: number): { charged: Rational; allowed: Rational } {
  const { rules, items } = ledger;
  const share = rational(BigInt(days), BigInt(yearDays(rules.penaltyDayCount)));
  const principal = total(items, unpaidPrincipal);
  const base = principal + (rules.compound ? total(items, unpaidInterest) : 0n);
  const rate = rules.penaltyRate(ledger.rate);
  return {
    charged: times(times(rational(base), rate), share),
    allowed: times(times(rational(principal), rules.cap ?? ZERO), share),
  };
}

/** Lets time pass to `date`, nothing else changing, and notes what the stretch cost. */
export function passTo(ledger: Ledger, date: string): void {
  const from = ledger.reached;
  if (from !== null && date <= from) return;
  ledger.reached = date;
  if (from === null) return;
  const { rules } = ledger;
  const piece = ledger.notDue === null ? null : accrueTo(ledger.notDue, date);
  const overdue = overdueCost(ledger, daysBetween(rules.penaltyDayCount, from, date));
  const year = BigInt(yearDays(rules.dayCount));
  const share = rational(BigInt(piece?.days ?? 0), year);
  const capped = times(times(rational(piece?.principal ?? 0n), rules.cap ?? ZERO), share);
  ledger.segments.push({
    from,
    to: date,
    charged: plus(piece?.exact ?? ZERO, overdue.charged),
    allowed: plus(capped, overdue.allowed),
  });
}
