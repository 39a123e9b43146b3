import { formatMoney, formatMoneyGrouped } from '../../claim/money.ts';
import type { Json } from '../../formats/jcs.ts';
import type { Acceleration, LoanHistory } from './history.ts';
import { daysLate } from './history.ts';
import type { LoanFile } from './loan-file.ts';
import { instalmentTotal } from './loan-file.ts';
import { commonData } from './paper-data.ts';
import { percent } from './rates.ts';
import { chineseDate } from './signed-page.ts';
import { ACCELERATION_AFTER_DAYS, CLAUSES } from './terms.ts';

/** What is in arrears on a day, without penalty and compound interest. Cents. */
export interface Arrears {
  count: number;
  days: number;
  principal: bigint;
  interest: bigint;
  total: bigint;
}

/** Instalments that were due before `date` and not paid. */
export function arrearsOn(history: LoanHistory, date: string): Arrears {
  const rows = history.missed.filter((row) => row.dueDate < date);
  const sum = (pick: (row: (typeof rows)[number]) => bigint): bigint =>
    rows.reduce((total, row) => total + pick(row), 0n);
  return {
    count: rows.length,
    days: daysLate(rows[0]?.dueDate ?? date, date),
    principal: sum((row) => row.principal),
    interest: sum((row) => row.interest),
    total: sum(instalmentTotal),
  };
}

/** Short message of the first days. */
export function smsText(file: LoanFile, amount: bigint, dueDate: string): string {
  return `【星河消费金融】尊敬的客户：您合同尾号${file.contractNo.slice(-6)}的借款于${chineseDate(dueDate)}应还的${formatMoney(amount)}元尚未足额扣收，请尽快通过App还款，以免产生罚息并影响您的信用记录。如已还款请忽略。`;
}

/** Data of `letter.typ` for a demand sent on `date`. */
export function demandLetter(
  file: LoanFile,
  history: LoanHistory,
  date: string,
  payBy: string,
): Json {
  const arrears = arrearsOn(history, date);
  return {
    ...commonData(file, date),
    title: '逾期贷款催收函',
    number: `催〔${date.slice(0, 4)}〕${file.contractNo.slice(-6)}号`,
    dateText: chineseDate(date),
    sealPurpose: '贷后管理专用章',
    paragraphs: [
      `您与我公司于${chineseDate(file.startDate)}签订的《个人消费借款合同》（合同编号：${file.contractNo}）项下借款本金${formatMoneyGrouped(file.principal)}元，已由我公司于当日足额发放。`,
      `截至${chineseDate(date)}，您已有${arrears.count}期应还款项未按约定归还，逾期${arrears.days}日，具体如下（单位：人民币元）：`,
    ],
    figures: figureTable(arrears),
    figuresNote: penaltyNote(file),
    closing: [
      `请您于${chineseDate(payBy)}前还清上述款项。逾期未还的，我公司将依照合同第${CLAUSES.acceleration}条宣布借款提前到期，并依法提起诉讼，由此产生的律师费、保全费等费用由您承担（合同第${CLAUSES.fees}条）。`,
    ],
  };
}

/** Data of `letter.typ` for the notice of acceleration. */
export function accelerationLetter(
  file: LoanFile,
  history: LoanHistory,
  acceleration: Acceleration,
): Json {
  const arrears = arrearsOn(history, acceleration.sentOn);
  const rest = acceleration.principal - arrears.principal;
  return {
    ...commonData(file, acceleration.sentOn),
    title: '借款提前到期通知书',
    number: `到期〔${acceleration.sentOn.slice(0, 4)}〕${file.contractNo.slice(-6)}号`,
    dateText: chineseDate(acceleration.sentOn),
    sealPurpose: '合同专用章',
    paragraphs: [
      `您与我公司于${chineseDate(file.startDate)}签订的《个人消费借款合同》（合同编号：${file.contractNo}），自${chineseDate(history.missed[0]?.dueDate ?? file.endDate)}起未按约定还款，逾期已超过${ACCELERATION_AFTER_DAYS}日，经催收仍未清偿。`,
      `根据合同第${CLAUSES.acceleration}条，我公司通知您：上述合同项下的全部借款自本通知送达之日提前到期。您应于收到本通知后立即清偿以下款项（单位：人民币元）：`,
    ],
    figures: [
      ['已到期本金', '已到期利息', '提前到期本金', '本金合计'],
      [arrears.principal, arrears.interest, rest, acceleration.principal].map(formatMoneyGrouped),
    ],
    figuresNote: `已到期款项截至${chineseDate(acceleration.sentOn)}；此后至提前到期日的期内利息按合同计算。${penaltyNote(file)}`,
    closing: [
      `如您收到本通知后仍未清偿，我公司将依法向${file.court}提起诉讼，要求您偿还全部本金、利息、罚息、复利，并承担实现债权的费用。`,
    ],
  };
}

function figureTable(arrears: Arrears): string[][] {
  return [
    ['逾期期数', '逾期本金', '逾期利息', '合计'],
    [
      String(arrears.count),
      ...[arrears.principal, arrears.interest, arrears.total].map(formatMoneyGrouped),
    ],
  ];
}

function penaltyNote(file: LoanFile): string {
  return `罚息、复利按年利率${percent(file.penaltyRate)}（合同第${CLAUSES.penalty}条、第${CLAUSES.compound}条）另行计算至实际清偿之日。`;
}
