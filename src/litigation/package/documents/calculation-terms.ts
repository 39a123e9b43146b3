import { claimRules } from '../../../claim/claim-rules.ts';
import { parseDecimal } from '../../../claim/rational.ts';
import type { CalculationData } from '../document-data.ts';
import { type FilableCase, sourceOf, type Terms } from './case-facts.ts';
import { printedDate, printedMoney, printedPercent } from './printed-values.ts';

type TermLine = CalculationData['terms'][number];

const METHODS: Record<Terms['method'], { cn: string; en: string }> = {
  'equal-instalment': { cn: '等额本息', en: 'level instalments of principal and interest' },
  'equal-principal': { cn: '等额本金', en: 'equal parts of principal, with interest' },
  'interest-only': {
    cn: '按期付息、到期一次性还本',
    en: 'interest by period, principal at the end',
  },
  bullet: { cn: '到期一次性还本付息', en: 'principal and interest at the end' },
  'fixed-instalments': { cn: '每期固定还款额', en: 'fixed instalments' },
};

const FREQUENCIES = {
  monthly: { cn: '按月', en: 'monthly' },
  quarterly: { cn: '按季', en: 'quarterly' },
  'half-yearly': { cn: '按半年', en: 'half-yearly' },
  yearly: { cn: '按年', en: 'yearly' },
} as const;

/** Repayment method as the six boxes of the official form name it, else in own words. */
export function methodOfForm(terms: Terms): string {
  const { method, frequency = 'monthly' } = terms;
  const periods = { monthly: '月', quarterly: '季', yearly: '年' } as const;
  if (method === 'interest-only' && frequency !== 'half-yearly') {
    return `按${periods[frequency]}计息、到期一次性还本`;
  }
  return METHODS[method].cn;
}

/** Penalty rate a year under the terms, as printed; empty when there is no rate at all. */
export function penaltyRate(terms: Terms): string {
  if (terms.annualRate === undefined && terms.penalty?.kind !== 'rate') return '';
  const rate = claimRules(terms).penaltyRate(parseDecimal(terms.annualRate ?? '0'));
  return printedPercent(rate);
}

/** `第8.1条` or `clause 8.1`; empty when no clause is known. */
export function clauseName(isCn: boolean, clause: string | undefined): string {
  if (clause === undefined || clause === '') return '';
  return isCn ? `第${clause.replace(/^第|条$/g, '')}条` : `clause ${clause}`;
}

/** What the calculation rests on, one line a term; terms that are not known are left out. */
export function calculationTerms(file: FilableCase): TermLine[] {
  const { terms, context, jurisdiction } = file;
  const isCn = jurisdiction === 'cn';
  const source = sourceOf(context, [terms.seq]);
  const lines: [string, string, string, string | undefined][] = [
    ...amountLines(file),
    ...interestLines(terms, isCn),
    ...countingLines(terms, isCn),
  ];
  return lines.map(([cn, en, value, clause]) => ({
    name: isCn ? cn : en,
    value,
    clause: clauseName(isCn, clause),
    source,
  }));
}

type RawLine = [string, string, string, string | undefined];

function amountLines({ terms, claim, jurisdiction }: FilableCase): RawLine[] {
  const isCn = jurisdiction === 'cn';
  const { clauses, frequency = 'monthly', instalments } = terms;
  const every = FREQUENCIES[frequency][jurisdiction];
  const from = printedDate(jurisdiction, terms.startDate ?? '');
  const to = printedDate(jurisdiction, terms.endDate ?? claim.status.lastDueDate);
  const count = isCn ? `${every}，共${instalments}期` : `${instalments} instalments, ${every}`;
  const method = `${METHODS[terms.method][jurisdiction]}${isCn ? '，' : ', '}${count}`;
  const lines: RawLine[] = [
    ['借款本金', 'Principal', printedMoney(terms.principal), clauses?.principal],
    ['借款期限', 'Term', from === '' ? to : `${from} – ${to}`, clauses?.term],
    ['还款方式', 'Repayment', method, clauses?.repaymentMethod],
  ];
  if (terms.instalmentAmount !== undefined) {
    lines.push([
      '每期还款额',
      'Instalment',
      printedMoney(terms.instalmentAmount),
      clauses?.repaymentMethod,
    ]);
  }
  if (terms.firstDueDate !== undefined) {
    const day = printedDate(jurisdiction, terms.firstDueDate);
    const due =
      terms.dueDay === undefined
        ? ''
        : isCn
          ? `，每期${terms.dueDay}日`
          : `, then on day ${terms.dueDay}`;
    lines.push(['首期还款日', 'First due date', `${day}${due}`, clauses?.repaymentMethod]);
  }
  return lines;
}

function interestLines(terms: Terms, isCn: boolean): RawLine[] {
  const { clauses, penalty, compound, annualRate } = terms;
  const lines: RawLine[] = [];
  if (annualRate !== undefined) {
    lines.push([
      '利率',
      'Rate of interest',
      `${printedPercent(annualRate)}${isCn ? '/年' : ' a year'}`,
      clauses?.annualRate,
    ]);
  }
  if (penalty?.kind === 'uplift') {
    const up = printedPercent(penalty.uplift);
    const rate = penaltyRate(terms);
    const value = isCn ? `利率上浮${up}，即${rate}/年` : `rate raised by ${up}: ${rate} a year`;
    lines.push(['罚息利率', 'Default rate', value, penalty.clause ?? clauses?.penalty]);
  }
  if (penalty?.kind === 'rate') {
    const rate = printedPercent(penalty.annualRate);
    lines.push([
      '罚息利率',
      'Default rate',
      isCn ? `${rate}/年` : `${rate} a year`,
      penalty.clause ?? clauses?.penalty,
    ]);
  }
  if (compound?.agreed === true) {
    const value = isCn
      ? '对欠付的期内利息按罚息利率计收'
      : 'on unpaid in-term interest, at the default rate';
    lines.push(['复利', 'Compound interest', value, compound.clause ?? clauses?.compound]);
  }
  return lines;
}

const DAY_COUNTS = {
  '30/360': { cn: '每月30日、每年360日', en: '30/360' },
  'actual/360': { cn: '实际天数、每年360日', en: 'actual/360' },
  'actual/365': { cn: '实际天数、每年365日', en: 'actual/365' },
} as const;

function countingLines(terms: Terms, isCn: boolean): RawLine[] {
  const key = isCn ? 'cn' : 'en';
  const lines: RawLine[] = [];
  const { clauses } = terms;
  if (terms.dayCount !== undefined) {
    const late = terms.penaltyDayCount ?? terms.dayCount;
    const [inTerm, overdue] = [DAY_COUNTS[terms.dayCount][key], DAY_COUNTS[late][key]];
    const value = isCn
      ? `期内${inTerm}；逾期${overdue}`
      : `in term ${inTerm}; in arrears ${overdue}`;
    lines.push(['计息天数', 'Day count', value, undefined]);
  }
  if (terms.endpoint !== undefined) {
    const first = terms.endpoint === 'count-first-day';
    const value = isCn
      ? first
        ? '算头不算尾'
        : '算尾不算头'
      : first
        ? 'the first day counts, the last does not'
        : 'the last day counts, the first does not';
    lines.push(['起止日', 'End points', value, undefined]);
  }
  if (terms.acceleration?.agreed === true) {
    const { text } = terms.acceleration;
    const value = isCn ? (text ?? '约定可宣布提前到期') : (text ?? 'the lender may call the loan');
    lines.push([
      '提前到期',
      'Acceleration',
      value,
      terms.acceleration.clause ?? clauses?.acceleration,
    ]);
  }
  return [...lines, ...allocationLine(terms, key)];
}

const ALLOCATIONS = {
  'fees-interest-principal': { cn: '费用、利息、本金', en: 'fees, interest, principal' },
  'principal-first': { cn: '先本金后利息', en: 'principal first' },
  'instalment-by-instalment': { cn: '逐期抵充', en: 'instalment by instalment' },
} as const;

function allocationLine(terms: Terms, key: 'cn' | 'en'): RawLine[] {
  const { allocation, clauses } = terms;
  if (allocation === undefined) return [];
  return [['抵充顺序', 'Allocation', ALLOCATIONS[allocation][key], clauses?.allocation]];
}
