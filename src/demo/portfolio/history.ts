import { addDays, dayNumber } from '../../claim/calendar-date.ts';
import type { Fate } from './fates.ts';
import type { Instalment } from './instalments.ts';
import type { LoanFile } from './loan-file.ts';
import { instalmentTotal } from './loan-file.ts';
import { rateUnits, scaled } from './rates.ts';

export interface Payment {
  /** YYYY-MM-DD. */
  date: string;
  /** Cents. */
  amount: bigint;
  channel: 'deduction' | 'transfer';
  instalmentNo?: number;
  remark?: string;
  /** Not entered in the lender's own ledger. */
  unbooked?: true;
}

export interface FailedDeduction {
  date: string;
  amount: bigint;
  instalmentNo: number;
}

/** The lender's declaration that the whole debt is due. */
export interface Acceleration {
  sentOn: string;
  deliveredOn: string;
  /** The day on which the whole debt falls due. */
  date: string;
  /** Principal that was not paid back, cents. */
  principal: bigint;
}

/** How a loan was served up to its cut-off day (and, in one case, a little beyond). */
export interface LoanHistory {
  payments: Payment[];
  failures: FailedDeduction[];
  /** The first instalment that was not paid, and all later ones that fell due. */
  missed: Instalment[];
  /** An instalment that was paid late, with penalty and compound interest. */
  cured?: { row: Instalment; paidOn: string };
  acceleration?: Acceleration;
}

/** Days after the first missed due date. */
const ACCELERATION = { sent: 66, delivered: 69 };
/** Fewer than the days to the next due date, whose payment would go to the older arrears. */
const CURE_DAYS = 21;
const RETRY_DAYS = 3;

/** Tells the loan's life from its plan; deterministic, no random draw. */
export function createHistory(file: LoanFile): LoanHistory {
  const { plan, rows } = file;
  const paid = rows.slice(0, Math.min(plan.due, rows.length) - plan.missed);
  const missed = rows.slice(paid.length, Math.min(plan.due, rows.length));
  const cured = plan.fate === 'cured' ? curedInstalment(paid) : undefined;
  const acceleration = accelerate(file, missed);
  const failures = [
    ...missedDeductions(missed, acceleration?.date),
    ...(cured ? failuresOf(cured.row, addDays(cured.row.dueDate, RETRY_DAYS)) : []),
  ];
  return {
    payments: [...paid.map((row) => payOf(file, row, cured)), ...extraPayments(file, missed)],
    failures,
    missed,
    ...(cured ? { cured } : {}),
    ...(acceleration ? { acceleration } : {}),
  };
}

function curedInstalment(paid: Instalment[]): { row: Instalment; paidOn: string } | undefined {
  const row = paid.at(-4);
  return row && { row, paidOn: addDays(row.dueDate, CURE_DAYS) };
}

function payOf(file: LoanFile, row: Instalment, cured: LoanHistory['cured']): Payment {
  if (cured?.row === row) {
    return {
      date: cured.paidOn,
      amount: instalmentTotal(row) + lateCharge(file, row, CURE_DAYS),
      channel: 'transfer',
      instalmentNo: row.no,
      remark: '补缴逾期款项（含罚息、复利）',
    };
  }
  const unbooked = file.plan.fate === 'trouble-ledger' && row.no === 4;
  return {
    date: row.dueDate,
    amount: instalmentTotal(row),
    channel: unbooked ? 'transfer' : 'deduction',
    instalmentNo: row.no,
    ...(unbooked ? { unbooked } : {}),
  };
}

/** Penalty on the principal and compound interest on the interest, actual days over 360. */
function lateCharge(file: LoanFile, row: Instalment, days: number): bigint {
  const units = rateUnits(file.penaltyRate) * BigInt(days);
  const year = 10_000n * 360n;
  return scaled(row.principal, units, year) + scaled(row.interest, units, year);
}

/** Part payments after default, an instalment paid twice, a payment after the cut-off. */
function extraPayments(file: LoanFile, missed: Instalment[]): Payment[] {
  const first = missed[0]?.dueDate ?? file.endDate;
  const transfer = (date: string, yuan: bigint, remark: string): Payment => ({
    date,
    amount: yuan * 100n,
    channel: 'transfer',
    remark,
  });
  const extras: Partial<Record<Fate, () => Payment[]>> = {
    'default-part-paid': () => [
      transfer(addDays(first, 85), 300n, '部分还款'),
      transfer(addDays(first, 101), 600n, '部分还款'),
      transfer(addDays(first, 118), 1000n, '部分还款'),
    ],
    'default-paid-after-cut-off': () => [transfer(addDays(file.asOf, 5), 1500n, '部分还款')],
    overpaid: () => [
      {
        date: file.endDate,
        amount: instalmentTotal(file.rows.at(-1) as Instalment),
        channel: 'transfer',
        remark: '借款人主动转账，与当日代扣重复',
      },
    ],
  };
  return extras[file.plan.fate]?.() ?? [];
}

/** A loan past its term needs no acceleration: everything is due. */
function accelerate(file: LoanFile, missed: Instalment[]): Acceleration | undefined {
  const first = missed[0];
  if (first === undefined || file.plan.fate === 'default-matured') return undefined;
  // Clause 10.2: the notice takes effect, and the whole debt falls due, on the day of delivery.
  const deliveredOn = addDays(first.dueDate, ACCELERATION.delivered);
  return {
    sentOn: addDays(first.dueDate, ACCELERATION.sent),
    deliveredOn,
    date: deliveredOn,
    principal: first.principal + first.balanceAfter,
  };
}

/** On each due date and once more some days later, until the debt is accelerated. */
function missedDeductions(missed: Instalment[], until: string | undefined): FailedDeduction[] {
  return missed
    .flatMap((row) => failuresOf(row, addDays(row.dueDate, RETRY_DAYS)))
    .filter((failure) => until === undefined || failure.date < until);
}

function failuresOf(row: Instalment, retry: string): FailedDeduction[] {
  return [row.dueDate, retry].map((date) => ({
    date,
    amount: instalmentTotal(row),
    instalmentNo: row.no,
  }));
}

/** Nights between two dates. */
export function daysLate(from: string, to: string): number {
  return Math.max(0, dayNumber(to) - dayNumber(from));
}
