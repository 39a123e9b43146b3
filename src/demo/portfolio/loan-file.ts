import { addDays, addMonths } from '../../claim/calendar-date.ts';
import { formatMoney } from '../../claim/money.ts';
import type { LoanPlan } from './fates.ts';
import { planOf } from './fates.ts';
import type { Instalment } from './instalments.ts';
import { buildInstalments } from './instalments.ts';
import { LENDER, UNCONNECTED_COURT } from './lender.ts';
import type { Person } from './people.ts';
import { createPerson } from './people.ts';
import type { Random } from './random.ts';
import { createRandom } from './random.ts';
import { percentOf, rateUnits } from './rates.ts';

/** All that is settled about a loan before any event is told. */
export interface LoanFile {
  ordinal: number;
  /** The lender's own number of the loan (借据号). */
  loan: string;
  contractNo: string;
  applicationNo: string;
  plan: LoanPlan;
  person: Person;
  /** As the lender's clerk entered it: wrong in one of the trouble cases. */
  enteredIdentityNumber: string;
  purpose: string;
  /** Cents. */
  principal: bigint;
  /** Day of contract and payout, YYYY-MM-DD; instalments fall due on the same day of the month. */
  startDate: string;
  endDate: string;
  rows: Instalment[];
  /** Yearly rate on what is overdue, as a fraction: the contract rate and a half. */
  penaltyRate: string;
  court: string;
  /** The lender's seat, where the agreed court sits; absent when nothing ties the court to it. */
  connected: boolean;
  signingPlace: string;
  asOf: string;
  random: Random;
}

/** What an uplift of one half makes of a contract rate. */
export const PENALTY_UPLIFT = '0.5';
const PURPOSES = ['家居装修', '购买家用电器', '教育培训', '旅游消费', '婚庆消费', '购买数码产品'];
const RATE_PLACES = 4;

/**
 * Draws the file of one loan. Each loan has its own stream, so loan 7 is the same in a portfolio
 * of 10 and of 1,000.
 * @param asOf cut-off day, YYYY-MM-DD
 */
export function createLoanFile(seed: string, ordinal: number, asOf: string): LoanFile {
  const random = createRandom(`${seed}/loan/${ordinal}`);
  const plan = planOf(ordinal);
  const startDate = createStartDate(random.fork('start'), plan, asOf);
  const year = Number(startDate.slice(0, 4));
  const person = createPerson(random.fork('person'), ordinal, year);
  const principal = BigInt(random.fork('principal').integer(80, 620)) * 10_000n;
  const serial = String(ordinal + 1).padStart(6, '0');
  const contractNo = `XHXJ-${year}-${serial}`;
  const rows = buildInstalments({
    contractNo,
    principal: formatMoney(principal),
    method: plan.product.method,
    instalments: plan.product.months,
    annualRate: plan.product.rate,
    startDate,
  });
  return {
    ordinal,
    loan: `XH${startDate.replaceAll('-', '')}${serial}`,
    contractNo,
    applicationNo: `SQ${startDate.replaceAll('-', '')}${serial}`,
    plan,
    person,
    enteredIdentityNumber: enteredNumber(plan, person.identityNumber),
    purpose: random.fork('purpose').pick(PURPOSES),
    principal,
    startDate,
    endDate: rows.at(-1)?.dueDate ?? startDate,
    rows,
    penaltyRate: penaltyRate(plan.product.rate),
    ...agreedCourt(plan),
    signingPlace: '浙江省宁波市鄞州区',
    asOf,
    random,
  };
}

/** The day from which exactly `plan.due` instalments have fallen due by the cut-off. */
function createStartDate(random: Random, plan: LoanPlan, asOf: string): string {
  const day = random.integer(1, 28);
  const late = plan.fate === 'paid-off' ? random.integer(1, 5) : 0;
  const back = plan.due + late + (day > Number(asOf.slice(8)) ? 1 : 0);
  return addMonths(asOf, -back, day);
}

/** A slip of the keyboard: the last character is not the check digit any more. */
function enteredNumber(plan: LoanPlan, right: string): string {
  if (plan.fate !== 'trouble-identity-number') return right;
  const last = right.slice(-1);
  return right.slice(0, -1) + (last === '3' ? '8' : '3');
}

function agreedCourt(plan: LoanPlan): { court: string; connected: boolean } {
  const connected = plan.fate !== 'trouble-court';
  return { court: connected ? LENDER.court : UNCONNECTED_COURT, connected };
}

/** Contract rate and a half; exact, as every contract rate has at most three decimals. */
function penaltyRate(rate: string): string {
  const units = (rateUnits(rate) * 3n) / 2n;
  return `0.${String(units).padStart(RATE_PLACES, '0')}`.replace(/0+$/, '');
}

/** The uplift as papers show it. */
export function upliftText(): string {
  return percentOf(rateUnits(PENALTY_UPLIFT));
}

/** Total of an instalment in cents. */
export function instalmentTotal(row: Instalment): bigint {
  return row.principal + row.interest;
}

/** First day on which the identity card of the borrower is valid: some years before the loan. */
export function cardValidFrom(file: LoanFile): string {
  return addDays(file.startDate, -file.random.fork('card').integer(300, 2400));
}
