import type { Json } from '../formats/jcs.ts';
import type { Part } from './allocate.ts';
import type { Note } from './claim-rules.ts';
import type { CourtFees } from './court-fee.ts';

/** One stretch of interest as a judge redoes it: base × rate × days / year. Money is text. */
export interface AccrualLine {
  readonly base: string;
  readonly annualRate: string;
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly yearDays: number;
  /** Unrounded result, shown to 6 decimals. */
  readonly exact: string;
  readonly formula: string;
  /** Penalty and compound: the unrounded sum for the item so far, of which the cents are booked. */
  readonly cumulative?: string;
}

/** What is owed after an event; penalty and compound as last computed, `notDue` not yet due. */
export interface Balance {
  readonly notDue: string;
  readonly principal: string;
  readonly interest: string;
  readonly penalty: string;
  readonly compound: string;
  readonly fees: string;
  /** Money received that nothing due has taken up yet. */
  readonly credit: string;
}

export interface AllocationLine {
  readonly part: Part | 'prepayment' | 'credit';
  readonly amount: string;
  /** Number of the instalment; absent for fees, credit, and the accelerated rest. */
  readonly instalment?: number;
}

export type WorkingEvent =
  | 'disbursement'
  | 'due'
  | 'fee'
  | 'repayment'
  | 'credit-applied'
  | 'deduction-failed'
  | 'acceleration'
  | 'rate-change'
  | 'penalty'
  | 'compound';

/** One line of the working, with the deposits (`seq`) that it rests on. */
export interface WorkingRow {
  readonly no: number;
  readonly date: string;
  readonly event: WorkingEvent;
  readonly amount: string;
  readonly evidence: readonly number[];
  readonly instalment?: number;
  /** For `due` and `acceleration`: how much of the amount is what. */
  readonly principal?: string;
  readonly interest?: string;
  readonly allocation?: readonly AllocationLine[];
  readonly accruals?: readonly AccrualLine[];
  readonly remark?: string;
  readonly balance: Balance;
}

export interface ClaimLines {
  /** Everything of the principal that is unpaid, due or not. */
  readonly principalOutstanding: string;
  /** Not yet due and therefore not claimed. */
  readonly principalNotDue: string;
  /** Claimed principal: overdue plus accelerated. */
  readonly principal: string;
  readonly overduePrincipal: string;
  readonly acceleratedPrincipal: string;
  /** 期内利息 */
  readonly interest: string;
  /** 罚息 */
  readonly penalty: string;
  /** 复利 */
  readonly compound: string;
  readonly fees: string;
  /** Taken off under the yearly cap; the total has it subtracted. */
  readonly capReduction: string;
  readonly total: string;
}

export interface ClaimStatus {
  /** Principal and interest of instalments due before the cut-off and unpaid. */
  readonly overdueAmount: string;
  /** Due date of the oldest instalment with anything unpaid; null when nothing is overdue. */
  readonly oldestUnpaidDueDate: string | null;
  /** First day of default, the day after that due date. */
  readonly overdueSince: string | null;
  readonly daysOverdue: number;
  readonly instalmentsAgreed: number;
  readonly instalmentsDue: number;
  readonly instalmentsPaidInFull: number;
  /** Due date up to which in-term interest is paid without a gap (还息至). */
  readonly interestPaidTo: string | null;
  /** Whether the agreed term has ended by the cut-off. */
  readonly matured: boolean;
  readonly lastDueDate: string;
}

export interface CapSegment {
  readonly from: string;
  readonly to: string;
  /** Interest, penalty and compound interest of the stretch, unrounded, 6 decimals. */
  readonly charged: string;
  readonly allowed: string;
  readonly excess: string;
}

/** The working of the yearly cap; see docs/claim.md, "The cap". */
export interface CapWorking {
  readonly annualRate: string;
  readonly charged: string;
  readonly allowed: string;
  /** Fees that count under the cap: costs of enforcement do not. */
  readonly fees: string;
  /** Stretches that cost more than the cap. */
  readonly segments: readonly CapSegment[];
  readonly excessOfSegments: string;
  readonly excessWithFees: string;
  readonly reduction: string;
}

/** What goes on accruing after the cut-off. */
export interface Continuing {
  readonly from: string;
  readonly perDayPenalty: string;
  readonly perDayCompound: string;
  /** After the cap; unrounded amounts a day, 6 decimals. */
  readonly perDay: string;
  readonly capped: boolean;
  readonly formula: string;
  readonly en: string;
  readonly zh: string;
}

export interface Claim {
  readonly schema: 'cunzheng/claim/v1';
  readonly contractNo: string;
  readonly currency: string;
  readonly cutOff: string;
  readonly disbursed: string;
  readonly lines: ClaimLines;
  /** What was paid by the cut-off, as allocated here. */
  readonly paid: {
    readonly total: string;
    readonly principal: string;
    readonly interest: string;
    readonly penalty: string;
    readonly compound: string;
    readonly fees: string;
  };
  /** Overpaid and not taken up by anything due. */
  readonly credit: string;
  readonly status: ClaimStatus;
  readonly accelerated: { readonly date: string; readonly evidence: number } | null;
  /** Instalments that are not due and not claimed. */
  readonly notClaimed: { readonly principal: string; readonly instalments: readonly number[] };
  readonly continuing: Continuing | null;
  readonly cap: CapWorking | null;
  /** Only for a claim in CNY before a court in China. */
  readonly courtFees: CourtFees | null;
  readonly working: readonly WorkingRow[];
  readonly notes: readonly Note[];
  /** Every deposit that was read, ascending. */
  readonly evidence: readonly number[];
  readonly eventsAfterCutOff: number;
}

function toJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map(toJson);
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter(([, field]) => field !== undefined).map(([key, field]) => [key, toJson(field)]),
  );
}

/**
 * The claim as JSON: money and rates as decimal strings, counts and deposit numbers as whole
 * numbers. The same input gives the same value, so its canonical bytes can be compared.
 */
export function claimToJson(claim: Claim): Json {
  return toJson(claim);
}
