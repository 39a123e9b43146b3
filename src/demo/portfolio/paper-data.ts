import { formatMoneyGrouped, moneyInWords } from '../../claim/money.ts';
import type { Json } from '../../formats/jcs.ts';
import { methodName } from './fates.ts';
import { LENDER } from './lender.ts';
import type { LoanFile } from './loan-file.ts';
import { instalmentTotal, upliftText } from './loan-file.ts';
import { percent } from './rates.ts';
import { chineseDate } from './signed-page.ts';
import { ACCELERATION_AFTER_DAYS, CLAUSES } from './terms.ts';

type Data = { [key: string]: Json };

/** What a certificate of a signature shows beside it. */
export type SignatureFacts = [string, string][];

/** 330101********0013: enough to recognise, not enough to misuse. */
export function maskedIdentity(number: string): string {
  return `${number.slice(0, 6)}********${number.slice(-4)}`;
}

/** Members that every paper needs: lender, borrower, date for the document's metadata. */
export function commonData(file: LoanFile, date: string): Data {
  const { person } = file;
  const [year, month, day] = date.split('-').map(Number);
  return {
    lender: { ...LENDER, account: { ...LENDER.account } },
    date: { year: year ?? 0, month: month ?? 0, day: day ?? 0 },
    contractNo: file.contractNo,
    applicationNo: file.applicationNo,
    borrower: {
      name: person.name,
      sex: person.sex,
      nation: `${person.nation}族`,
      identityNumber: file.enteredIdentityNumber,
      identityMasked: maskedIdentity(file.enteredIdentityNumber),
      registeredAddress: person.registeredAddress,
      currentAddress: person.currentAddress,
      phone: person.phone,
      email: person.email,
      bank: person.bank,
      card: person.card.replace(/(\d{4})(?=\d)/g, '$1 '),
    },
  };
}

export interface ContractSignatures {
  lender: SignatureFacts;
  borrower: SignatureFacts;
  readingSeconds: number;
}

/** Data of `loan-contract.typ`. */
export function contractData(file: LoanFile, signatures: ContractSignatures): Data {
  const sum = (pick: (row: LoanFile['rows'][number]) => bigint): string =>
    formatMoneyGrouped(file.rows.reduce((total, row) => total + pick(row), 0n));
  return {
    ...commonData(file, file.startDate),
    clauses: CLAUSES,
    reading: { seconds: signatures.readingSeconds },
    loan: loanData(file),
    signatures: { lender: signatures.lender, borrower: signatures.borrower },
    schedule: file.rows.map((row) => ({
      number: String(row.no),
      due: row.dueDate,
      principal: formatMoneyGrouped(row.principal),
      interest: formatMoneyGrouped(row.interest),
      total: formatMoneyGrouped(instalmentTotal(row)),
      left: formatMoneyGrouped(row.balanceAfter),
    })),
    scheduleInset: file.rows.length > 24 ? 3.2 : 5,
    totals: {
      principal: sum((row) => row.principal),
      interest: sum((row) => row.interest),
      total: sum(instalmentTotal),
    },
  };
}

function loanData(file: LoanFile): Data {
  const { product } = file.plan;
  return {
    principal: formatMoneyGrouped(file.principal),
    principalWords: moneyInWords(file.principal),
    months: product.months,
    startText: chineseDate(file.startDate),
    endText: chineseDate(file.endDate),
    signedText: chineseDate(file.startDate),
    rate: percent(product.rate),
    penaltyRate: percent(file.penaltyRate),
    uplift: upliftText(),
    method: methodName(product.method),
    dueDayText: `每月 ${Number(file.startDate.slice(8))} 日，首期 ${chineseDate(file.rows[0]?.dueDate ?? '')}`,
    purpose: file.purpose,
    place: file.signingPlace,
    dayBasis: '360',
    interestRule:
      '期内利息按月计收，每月按 30 日、每年按 360 日计算；罚息、复利按实际天数计算，每年按 360 日计算。',
    compoundClause: compoundClause(file),
    accelerationDays: ACCELERATION_AFTER_DAYS,
    court: file.court,
    courtReason: file.connected ? '甲方住所地有管辖权的人民法院，即' : '',
  };
}

function compoundClause(file: LoanFile): Json {
  return `乙方未按期支付期内利息的，甲方对该期内利息自其到期日（含）起至清偿之日（不含）止，按罚息年利率 ${percent(file.penaltyRate)} 计收复利；对罚息不计收复利。`;
}

/** Data of `credit-authorisation.typ`. */
export function authorisationData(file: LoanFile, number: string, facts: SignatureFacts): Data {
  return {
    ...commonData(file, file.startDate),
    number,
    signature: facts,
    signedText: chineseDate(file.startDate),
  };
}

export interface DisclosureFacts {
  number: string;
  confirmedAt: string;
  seconds: number;
}

/** Since this day every personal loan needs the statement that the borrower confirms. */
const STATEMENT_SINCE = '2026-08-01';

/** The statement's title and ground on the day of the loan. */
export function disclosureTitle(date: string): { title: string; basis: string } {
  return date >= STATEMENT_SINCE
    ? { title: '个人贷款综合融资成本明示表', basis: '签署借款合同前由借款人确认' }
    : { title: '贷款年化利率与综合融资成本明示表', basis: '依据中国人民银行公告〔2021〕第3号' };
}

/** Data of `cost-disclosure.typ`. */
export function disclosureData(file: LoanFile, facts: DisclosureFacts): Data {
  const { product } = file.plan;
  return {
    ...commonData(file, file.startDate),
    ...disclosureTitle(file.startDate),
    number: facts.number,
    principal: formatMoneyGrouped(file.principal),
    months: product.months,
    method: methodName(product.method),
    rate: percent(product.rate),
    annualCost: percent(product.rate),
    interest: formatMoneyGrouped(file.rows.reduce((total, row) => total + row.interest, 0n)),
    penaltyRate: percent(file.penaltyRate),
    compoundText: `对逾期的期内利息按年利率 ${percent(file.penaltyRate)} 计收`,
    seconds: facts.seconds,
    confirmedAt: facts.confirmedAt,
    pageVersion: 'COST-DISC v3.2',
  };
}

export interface VoucherFacts {
  receiptNo: string;
  serial: string;
  channel: string;
  paidAt: string;
  verification: string;
}

/** Data of `disbursement-voucher.typ`. */
export function voucherData(file: LoanFile, facts: VoucherFacts): Data {
  const common = commonData(file, file.startDate);
  return {
    ...common,
    ...facts,
    payerBank: '东海示范银行',
    payer: { ...LENDER.account },
    payee: {
      name: file.person.name,
      number: file.person.card.replace(/(\d{4})(?=\d)/g, '$1 '),
      bank: file.person.bank,
    },
    amount: formatMoneyGrouped(file.principal),
    amountWords: moneyInWords(file.principal),
  };
}
