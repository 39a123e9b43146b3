import { ClaimError } from './claim-error.ts';
import type { DayCount, Endpoint } from './day-count.ts';
import { type Cents, parseMoney } from './money.ts';
import { ONE, parseDecimal, plus, type Rational, times, ZERO } from './rational.ts';
import type { ContractTerms } from './records.ts';

export type Method = ContractTerms['method'];
export type Allocation = NonNullable<ContractTerms['allocation']>;

/** Something the reader must know about the calculation; `code` is stable, the words are not. */
export interface Note {
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

/** The terms, ready for arithmetic, with every default that had to be taken named in `notes`. */
export interface ClaimRules {
  readonly method: Method;
  /** Months from one due date to the next. */
  readonly months: number;
  readonly contractPrincipal: Cents;
  readonly annualRate: Rational;
  readonly dayCount: DayCount;
  readonly penaltyDayCount: DayCount;
  readonly endpoint: Endpoint;
  readonly allocation: Allocation;
  readonly instalmentAmount: Cents | null;
  readonly compound: boolean;
  /** Yearly cap, or null when none is applied. */
  readonly cap: Rational | null;
  /** Whether Chinese court fees apply. */
  readonly chinese: boolean;
  /** Rate p.a. on what is overdue, for the contract rate of the day. */
  penaltyRate(contractRate: Rational): Rational;
  readonly notes: readonly Note[];
}

/** Months from one due date to the next. */
export const MONTHS = { monthly: 1, quarterly: 3, 'half-yearly': 6, yearly: 12 } as const;

const isChinese = (terms: ContractTerms): boolean =>
  terms.currency === 'CNY' && (terms.jurisdiction?.country ?? 'cn') === 'cn';

function penaltyRateOf(terms: ContractTerms): (rate: Rational) => Rational {
  const { penalty } = terms;
  if (penalty === undefined || penalty === null) return (rate) => rate;
  if (penalty.kind === 'rate') return () => parseDecimal(penalty.annualRate);
  if (terms.annualRate === undefined) {
    throw new ClaimError(
      'TERMS_INCOMPLETE',
      'the penalty is an uplift on a contract rate that is not given',
      'Deposit the terms with annualRate, or with the penalty as a rate.',
    );
  }
  const factor = plus(ONE, parseDecimal(penalty.uplift));
  return (rate) => times(rate, factor);
}

function capOf(terms: ContractTerms): Rational | null {
  if (terms.feeCap === null) return null;
  if (terms.feeCap !== undefined) return parseDecimal(terms.feeCap);
  return isChinese(terms) ? parseDecimal('0.24') : null;
}

function defaultNotes(terms: ContractTerms): Note[] {
  const bearing = terms.annualRate !== undefined || terms.penalty?.kind === 'rate';
  const notes: Note[] = [];
  const note = (code: string, en: string, zh: string): number => notes.push({ code, en, zh });
  if (bearing && terms.dayCount === undefined) {
    note(
      'DAY_COUNT_ASSUMED',
      'No day-count basis is known: whole months are counted as 1/12 of a year (30/360), arrears by days over 365.',
      '合同未载明计息基础：整月按年利率的十二分之一（30/360）计，逾期按实际天数除以365计。',
    );
  }
  if (bearing && terms.endpoint === undefined) {
    note(
      'ENDPOINT_ASSUMED',
      'No end-point rule is known: the first day is not counted, the last day is.',
      '合同未载明起止日计算规则：按算尾不算头计。',
    );
  }
  if (terms.annualRate !== undefined && (terms.penalty ?? null) === null) {
    note(
      'PENALTY_AT_CONTRACT_RATE',
      'No penalty rate is agreed or known: what is overdue bears the contract rate (逾期利息).',
      '未约定或未提供罚息标准：逾期本金按合同利率计收逾期利息。',
    );
  }
  if (terms.annualRate === undefined) {
    note(
      'NO_INTEREST_KNOWN',
      'No rate of interest is known: no interest is computed beyond what an agreed table states.',
      '未提供利率：除约定还款计划表载明的利息外，不计算利息。',
    );
  }
  if (terms.compound?.agreed && terms.compound.base === 'in-term-and-penalty-interest') {
    note(
      'COMPOUND_ON_PENALTY_NOT_CLAIMED',
      'The contract also compounds penalty interest; it is claimed on in-term interest alone.',
      '合同约定对罚息计收复利；本计算仅以期内利息为基数计收复利。',
    );
  }
  if (terms.feeCap === undefined && isChinese(terms)) {
    note(
      'CAP_BY_GUIDANCE',
      'No other cap is recorded: the total of interest and charges is capped at 24 % a year.',
      '未约定其他上限：利息、罚息、复利及其他费用总计以年利率24%为限。',
    );
  }
  return notes;
}

/**
 * The terms, ready for arithmetic.
 * @throws {ClaimError} TERMS_INCOMPLETE when a penalty is an uplift on nothing.
 */
export function claimRules(terms: ContractTerms): ClaimRules {
  const amount = terms.instalmentAmount;
  return {
    method: terms.method,
    months: MONTHS[terms.frequency ?? 'monthly'],
    contractPrincipal: parseMoney(terms.principal),
    annualRate: terms.annualRate === undefined ? ZERO : parseDecimal(terms.annualRate),
    dayCount: terms.dayCount ?? '30/360',
    penaltyDayCount: terms.penaltyDayCount ?? terms.dayCount ?? 'actual/365',
    endpoint: terms.endpoint ?? 'count-last-day',
    allocation: terms.allocation ?? 'fees-interest-principal',
    instalmentAmount: amount === undefined ? null : parseMoney(amount),
    compound: terms.compound?.agreed === true,
    cap: capOf(terms),
    chinese: isChinese(terms),
    penaltyRate: penaltyRateOf(terms),
    notes: defaultNotes(terms),
  };
}
