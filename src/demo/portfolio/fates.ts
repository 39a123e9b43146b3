import type { Method } from './instalments.ts';

/** What becomes of a loan by the cut-off day. */
export type Fate =
  | 'current'
  | 'paid-off'
  | 'cured'
  | 'overpaid'
  | 'default'
  | 'default-part-paid'
  | 'default-never-paid'
  | 'default-matured'
  | 'default-paid-after-cut-off'
  | 'trouble-contract-missing'
  | 'trouble-identity-number'
  | 'trouble-court'
  | 'trouble-ledger';

export interface Product {
  code: string;
  name: string;
  method: Method;
  months: 12 | 24 | 36;
  /** Yearly rate as a fraction. */
  rate: '0.144' | '0.18' | '0.239';
}

/** One loan of the plan. */
export interface LoanPlan {
  fate: Fate;
  product: Product;
  /** Instalments that have fallen due by the cut-off day. */
  due: number;
  /** How many of them were not paid: the last ones. */
  missed: number;
}

const METHOD_NAMES: Record<Method, string> = {
  'equal-instalment': '等额本息',
  'equal-principal': '等额本金',
  'interest-only': '按月付息、到期还本',
};

const METHOD_CODES: Record<string, Method> = {
  EI: 'equal-instalment',
  EP: 'equal-principal',
  IO: 'interest-only',
};

/** The name that contracts give to a way of repayment. */
export function methodName(method: Method): string {
  return METHOD_NAMES[method];
}

/** Product, fate, instalments due, instalments missed; the first loans are the most diverse. */
const PLAN: readonly [string, Fate, number, number][] = [
  ['EI-12-0.18', 'current', 5, 0],
  ['EI-24-0.239', 'default', 14, 6],
  ['EI-12-0.144', 'paid-off', 12, 0],
  ['IO-12-0.144', 'default-matured', 14, 6],
  ['EI-36-0.18', 'current', 17, 0],
  ['EP-24-0.18', 'default', 13, 5],
  ['EI-12-0.18', 'trouble-contract-missing', 10, 5],
  ['EI-24-0.18', 'cured', 9, 0],
  ['EI-36-0.239', 'current', 8, 0],
  ['EI-12-0.239', 'default-part-paid', 10, 6],
  ['EI-12-0.18', 'overpaid', 12, 0],
  ['EI-24-0.144', 'trouble-identity-number', 11, 5],
  ['IO-12-0.18', 'current', 6, 0],
  ['EI-24-0.144', 'default-never-paid', 6, 6],
  ['EP-24-0.144', 'current', 10, 0],
  ['EI-36-0.18', 'trouble-court', 13, 6],
  ['EI-24-0.239', 'current', 7, 0],
  ['EI-36-0.144', 'default', 19, 5],
  ['EI-12-0.239', 'paid-off', 12, 0],
  ['EI-36-0.18', 'default-paid-after-cut-off', 15, 5],
  ['EI-12-0.144', 'current', 3, 0],
  ['EI-24-0.18', 'trouble-ledger', 12, 5],
  ['EI-36-0.144', 'current', 21, 0],
  ['EP-24-0.18', 'cured', 8, 0],
  ['IO-12-0.18', 'paid-off', 12, 0],
  ['EI-12-0.18', 'default', 9, 5],
  ['EI-24-0.18', 'current', 12, 0],
  ['EI-12-0.18', 'paid-off', 12, 0],
  ['EI-36-0.18', 'current', 4, 0],
  ['EI-12-0.239', 'current', 2, 0],
];

/** Number of loans after which the plan begins again with other people and sums. */
export const PLAN_LENGTH = PLAN.length;

/** @param ordinal position of the loan in the portfolio, from 0 */
export function planOf(ordinal: number): LoanPlan {
  const row = PLAN[ordinal % PLAN.length];
  if (row === undefined) throw new RangeError(`no plan for loan ${ordinal}`);
  const [code, fate, due, missed] = row;
  return { fate, product: productOf(code), due, missed };
}

function productOf(code: string): Product {
  const [method, months, rate] = code.split('-');
  const kind = METHOD_CODES[method ?? ''] ?? 'equal-instalment';
  return {
    code: `XH-${code}`,
    name: `星河易享贷（${METHOD_NAMES[kind]}${months}期）`,
    method: kind,
    months: Number(months) as Product['months'],
    rate: rate as Product['rate'],
  };
}

/** Whether the lender would sue: several instalments are overdue on the cut-off day. */
export function isInDefault(fate: Fate): boolean {
  return fate.startsWith('default') || fate.startsWith('trouble');
}

/** What a readiness check must find before filing; `undefined` for a loan without an obstacle. */
export function obstacleOf(fate: Fate): string | undefined {
  return OBSTACLES[fate];
}

const OBSTACLES: Partial<Record<Fate, string>> = {
  'trouble-contract-missing': 'the signed contract was never deposited',
  'trouble-identity-number': 'the identity number has a wrong check digit',
  'trouble-court': 'the agreed court has no connection with the dispute',
  'trouble-ledger': "the lender's ledger does not know one of the repayments",
};
