import { type AgreedRow, agreedTable, checkMethod } from './agreed-plan.ts';
import { addMonths, dateParts } from './calendar-date.ts';
import { ClaimError } from './claim-error.ts';
import type { ClaimRules } from './claim-rules.ts';
import { daysBetween, yearDays } from './day-count.ts';
import { dueDates } from './due-dates.ts';
import { type Cents, lesser } from './money.ts';
import { plus, type Rational, rational, roundHalfUp, times, ZERO } from './rational.ts';
import type { ContractTerms } from './records.ts';

/** A stretch of in-term interest (期内利息): principal, rate and days that do not change in it. */
export interface InterestPiece {
  readonly principal: Cents;
  readonly annualRate: Rational;
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** Interest in cents, exact. */
  readonly exact: Rational;
  /** True when the agreed table states the interest, and the rate was not used. */
  readonly byTable: boolean;
}

export interface Instalment {
  readonly no: number;
  readonly dueDate: string;
  readonly principal: Cents;
  readonly interest: Cents;
  readonly fees: Cents;
  readonly pieces: readonly InterestPiece[];
}

/**
 * The part of a loan that is not yet due, walked forward in time. `accrueTo` moves it to a date;
 * `takeDue` lets the next instalment fall due; the others change it on the date it has reached.
 */
export interface Amortiser {
  readonly rules: ClaimRules;
  rate: Rational;
  principal: Cents;
  dues: { no: number; date: string }[];
  readonly table: Map<number, AgreedRow> | null;
  /** Day of the month on which instalments fall due. */
  readonly dueDay: number;
  periodStart: string;
  periodDays: number;
  usedDays: number;
  pieces: InterestPiece[];
  /** The level instalment, or the level share of principal for equal-principal. */
  level: Cents;
  /** Principal, rate and dates are still as the contract states them. */
  asAgreed: boolean;
}

/** Level instalment P·i·(1+i)^n / ((1+i)^n − 1), i the rate of one period; P/n without interest. */
export function annuity(principal: Cents, annualRate: Rational, months: number, n: number): Cents {
  const i = times(annualRate, rational(BigInt(months), 12n));
  if (i.n === 0n) return roundHalfUp(rational(principal, BigInt(n)));
  const grown = (i.n + i.d) ** BigInt(n);
  const one = i.d ** BigInt(n);
  return roundHalfUp(rational(principal * i.n * grown, i.d * (grown - one)));
}

function levelOf(a: Amortiser): Cents {
  const { method, instalmentAmount, months } = a.rules;
  const n = Math.max(1, a.dues.length);
  if (method === 'equal-principal') return roundHalfUp(rational(a.principal, BigInt(n)));
  const stated = method === 'fixed-instalments' || a.asAgreed ? instalmentAmount : null;
  return stated ?? annuity(a.principal, a.rate, months, n);
}

/** Days of a period; in 30/360 a period between two due dates is its months of 30 days. */
function startPeriod(a: Amortiser, from: string): void {
  const next = a.dues[0]?.date ?? from;
  const counted = daysBetween(a.rules.dayCount, from, next);
  const onDueDay = addMonths(from, 0, a.dueDay) === from;
  const whole = onDueDay && addMonths(from, a.rules.months, a.dueDay) === next;
  a.periodStart = from;
  a.periodDays = whole && a.rules.dayCount === '30/360' ? a.rules.months * 30 : counted;
  a.usedDays = 0;
  a.pieces = [];
}

/**
 * The loan as first disbursed. Due dates that had passed by then never fall due.
 * @throws {ClaimError} TERMS_INCOMPLETE or TERMS_INCONSISTENT
 */
export function startAmortiser(
  terms: ContractTerms,
  rules: ClaimRules,
  granted: string,
  principal: Cents,
  rate: Rational,
): Amortiser {
  checkMethod(terms);
  const dues = dueDates(terms, granted)
    .map((date, index) => ({ no: index + 1, date }))
    .filter((due) => due.date > granted);
  if (dues.length === 0) {
    throw new ClaimError(
      'TERMS_INCONSISTENT',
      `the loan was disbursed on ${granted}, when every instalment was already due`,
      'Correct the due dates of the terms or the date of the disbursement.',
    );
  }
  const a: Amortiser = {
    rules,
    rate,
    principal,
    dues,
    table: agreedTable(terms),
    dueDay: terms.dueDay ?? dateParts(dues[0]?.date ?? granted).day,
    periodStart: granted,
    periodDays: 0,
    usedDays: 0,
    pieces: [],
    level: 0n,
    asAgreed: principal === rules.contractPrincipal && rate === rules.annualRate,
  };
  a.level = levelOf(a);
  startPeriod(a, granted);
  return a;
}

function interestOf(a: Amortiser, days: number): Rational {
  const no = a.dues[0]?.no;
  const row = no === undefined ? undefined : a.table?.get(no);
  if (row === undefined) {
    const share = rational(BigInt(days), BigInt(yearDays(a.rules.dayCount)));
    return times(times(rational(a.principal), a.rate), share);
  }
  if (row.before === 0n || a.periodDays === 0) return ZERO;
  const share = rational(BigInt(days), BigInt(a.periodDays));
  return times(rational(row.interest * a.principal, row.before), share);
}

/** Moves to `date` (not past the next due date) and returns the piece of interest on the way. */
export function accrueTo(a: Amortiser, date: string): InterestPiece | null {
  const reached = Math.min(
    a.dues[0]?.date === date
      ? a.periodDays
      : Math.max(0, daysBetween(a.rules.dayCount, a.periodStart, date)),
    a.periodDays,
  );
  const days = reached - a.usedDays;
  if (a.dues.length === 0 || days <= 0) return null;
  const from = a.pieces.at(-1)?.to ?? a.periodStart;
  a.usedDays = reached;
  const piece = {
    principal: a.principal,
    annualRate: a.rate,
    from,
    to: date,
    days,
    exact: interestOf(a, days),
    byTable: a.table !== null,
  };
  keepPiece(a, piece);
  return piece;
}

/** Time that passes without a change of principal or rate stays one line of the working. */
function keepPiece(a: Amortiser, piece: InterestPiece): void {
  const last = a.pieces.at(-1);
  if (last?.principal !== piece.principal || last.annualRate !== piece.annualRate) {
    a.pieces.push(piece);
    return;
  }
  const { from, days, exact } = last;
  a.pieces[a.pieces.length - 1] = {
    ...piece,
    from,
    days: days + piece.days,
    exact: plus(exact, piece.exact),
  };
}

/** In-term interest of the running period so far, in cents, exact. */
export function accrued(a: Amortiser): Rational {
  return a.pieces.reduce((sum, piece) => plus(sum, piece.exact), ZERO);
}

function principalShare(a: Amortiser, no: number, interest: Cents): Cents {
  if (a.dues.length === 1) return a.principal;
  const row = a.table?.get(no);
  const share = row?.principal ?? methodShare(a, interest);
  if (share < 0n) return 0n;
  return lesser(share, a.principal);
}

function methodShare(a: Amortiser, interest: Cents): Cents {
  switch (a.rules.method) {
    case 'interest-only':
    case 'bullet':
      return 0n;
    case 'equal-principal':
      return a.level;
    case 'equal-instalment':
    case 'fixed-instalments':
      return a.level - interest;
  }
}

/**
 * Lets the next instalment fall due. Its interest is rounded to the cent here, once; the last
 * instalment takes whatever principal is left, and with it every rounding.
 */
export function takeDue(a: Amortiser): Instalment | null {
  const due = a.dues[0];
  if (due === undefined) return null;
  accrueTo(a, due.date);
  const interest = roundHalfUp(accrued(a));
  const principal = principalShare(a, due.no, interest);
  const pieces = a.pieces;
  a.principal -= principal;
  a.dues = a.principal === 0n ? [] : a.dues.slice(1);
  startPeriod(a, due.date);
  const fees = a.table?.get(due.no)?.fees ?? 0n;
  return { no: due.no, dueDate: due.date, principal, interest, fees, pieces };
}

/** More principal is disbursed on the date reached; the instalments still to come are re-made. */
export function addPrincipal(a: Amortiser, amount: Cents): void {
  a.principal += amount;
  a.asAgreed =
    a.principal === a.rules.contractPrincipal && a.rate === a.rules.annualRate && isUntouched(a);
  a.level = levelOf(a);
}

const isUntouched = (a: Amortiser): boolean => a.dues[0]?.no === 1;

/** Principal is repaid before it is due; the instalments still to come are re-made. */
export function prepay(a: Amortiser, amount: Cents): void {
  a.principal -= amount;
  a.asAgreed = false;
  if (a.principal === 0n && accrued(a).n === 0n) a.dues = [];
  a.level = levelOf(a);
}

/** Another rate from the date reached on; the instalments still to come are re-made. */
export function changeRate(a: Amortiser, rate: Rational): void {
  a.rate = rate;
  a.asAgreed = false;
  a.level = levelOf(a);
}

/** Everything falls due on the date reached: the remaining principal and the interest so far. */
export function callAll(a: Amortiser): {
  principal: Cents;
  interest: Cents;
  pieces: InterestPiece[];
} {
  const called = { principal: a.principal, interest: roundHalfUp(accrued(a)), pieces: a.pieces };
  a.principal = 0n;
  a.dues = [];
  startPeriod(a, a.periodStart);
  return called;
}
