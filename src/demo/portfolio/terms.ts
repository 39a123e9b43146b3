import { formatMoney } from '../../claim/money.ts';
import type { ContractTerms, RecordOf } from '../../claim/records.ts';
import { LENDER } from './lender.ts';
import type { LoanFile } from './loan-file.ts';
import { PENALTY_UPLIFT } from './loan-file.ts';

/** Clauses of `loan-contract.typ`; the template refuses to compile when its numbering departs. */
export const CLAUSES = {
  principal: '2.1',
  term: '2.1',
  annualRate: '3.1',
  repaymentMethod: '5.1',
  allocation: '6.1',
  penalty: '8.1',
  penaltyUplift: '8.1',
  compound: '9.1',
  acceleration: '10.1',
  fees: '11.1',
  liability: '11.1',
  service: '14.1',
  jurisdiction: '15.1',
} as const;

/** Days in arrears from which clause 10.1 lets the lender call in the whole debt. */
export const ACCELERATION_AFTER_DAYS = 60;

type ScheduleRows = RecordOf<'repayment-schedule'>['rows'];

/** The agreed table as a record shows it. */
export function scheduleRows(file: LoanFile): ScheduleRows {
  return file.rows.map((row) => ({
    no: row.no,
    dueDate: row.dueDate,
    principal: formatMoney(row.principal),
    interest: formatMoney(row.interest),
    balanceAfter: formatMoney(row.balanceAfter),
  }));
}

/** The contract's elements as data; every clause number is the one printed in the contract. */
export function contractTerms(file: LoanFile): ContractTerms {
  const { product } = file.plan;
  return {
    contractNo: file.contractNo,
    title: '个人消费借款合同',
    loanNo: file.loan,
    product: product.name,
    purpose: file.purpose,
    currency: 'CNY',
    lender: LENDER.name,
    borrower: file.person.name,
    principal: formatMoney(file.principal),
    signedOn: file.startDate,
    signingPlace: file.signingPlace,
    startDate: file.startDate,
    endDate: file.endDate,
    annualRate: product.rate,
    method: product.method,
    frequency: 'monthly',
    instalments: product.months,
    firstDueDate: file.rows[0]?.dueDate ?? file.endDate,
    dueDay: Number(file.startDate.slice(8)),
    schedule: scheduleRows(file),
    dayCount: '30/360',
    penaltyDayCount: 'actual/360',
    endpoint: 'count-first-day',
    penalty: { kind: 'uplift', uplift: PENALTY_UPLIFT, clause: CLAUSES.penalty },
    compound: { agreed: true, base: 'in-term-interest', clause: CLAUSES.compound },
    allocation: 'fees-interest-principal',
    fees: [{ name: '律师费', kind: 'lawyer', clause: CLAUSES.fees }],
    clauses: { ...CLAUSES },
    jurisdiction: jurisdiction(file),
    serviceClause: {
      agreed: true,
      electronic: true,
      clause: CLAUSES.service,
      text: '乙方确认合同载明的地址为人民法院送达诉讼文书的地址，并同意电子送达。',
    },
    acceleration: {
      agreed: true,
      clause: CLAUSES.acceleration,
      text: `任何一期应还款项逾期超过${ACCELERATION_AFTER_DAYS}日的，甲方有权宣布借款提前到期。`,
      afterDaysOverdue: ACCELERATION_AFTER_DAYS,
    },
    secured: false,
  };
}

function jurisdiction(file: LoanFile): NonNullable<ContractTerms['jurisdiction']> {
  const reason = file.connected ? '甲方住所地有管辖权的人民法院，即' : '';
  return {
    country: 'cn',
    agreedCourt: file.court,
    clause: CLAUSES.jurisdiction,
    text: `因本合同发生的争议，由${reason}${file.court}管辖。`,
    ...(file.connected ? { connection: 'plaintiff-domicile' as const } : {}),
  };
}
