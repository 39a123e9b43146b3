import { formatMoney } from '../../claim/money.ts';
import { collectionOf, smsOf } from './collection.ts';
import type { Desk } from './desk.ts';
import type { Happening } from './happening.ts';
import type { FailedDeduction, LoanHistory, Payment } from './history.ts';
import { createHistory } from './history.ts';
import type { Journal } from './journal.ts';
import { clockText, timeOn } from './journal.ts';
import { LENDER } from './lender.ts';
import type { LoanFile } from './loan-file.ts';
import { instalmentTotal } from './loan-file.ts';
import { voucherData } from './paper-data.ts';
import { scheduleRows } from './terms.ts';

/** Payout, its voucher and the table of repayments, on the day of the contract. */
export function tellDisbursement(desk: Desk, terms: string): string {
  const { file, journal, studio, random } = desk;
  const paid = desk.event('payment', { references: [{ rel: 'under-contract', eventId: terms }] });
  const serial = `FK${file.startDate.replaceAll('-', '')}${random.integer(10_000_000, 99_999_999)}`;
  const channel = '示范清算网络（样本）';
  const payout = journal.record(paid, 'disbursement', {
    amount: formatMoney(file.principal),
    date: file.startDate,
    currency: 'CNY',
    payer: LENDER.name,
    payerAccount: LENDER.account.number,
    payee: file.person.name,
    payeeAccount: file.person.card,
    payeeBank: file.person.bank,
    channel,
    serial,
    remark: '个人消费借款放款',
  });
  const references = [{ rel: 'evidences', eventId: payout }];
  const facts = {
    receiptNo: `HD${random.integer(100_000_000, 999_999_999)}`,
    serial,
    channel,
    paidAt: clockText(paid.at),
    verification: `${random.integer(1000, 9999)} ${random.integer(1000, 9999)} ${random.integer(1000, 9999)}`,
  };
  const bytes = studio.paper('disbursement-voucher', voucherData(file, facts));
  journal.file(desk.event('payment', { references }), 'disbursement-voucher', {
    name: `放款电子回单_${serial}.pdf`,
    mediaType: 'application/pdf',
    bytes,
  });
  tellSchedule(desk, terms);
  return payout;
}

function tellSchedule(desk: Desk, terms: string): void {
  const { file, journal } = desk;
  const event = desk.event('ledger', { references: [{ rel: 'under-contract', eventId: terms }] });
  journal.record(event, 'repayment-schedule', {
    currency: 'CNY',
    asOf: file.startDate,
    contractNo: file.contractNo,
    rows: scheduleRows(file),
    total: formatMoney(file.rows.reduce((total, row) => total + instalmentTotal(row), 0n)),
  });
}

/** Everything from the first due date to the cut-off, in order of time. */
export function tellService(desk: Desk, terms: string): LoanHistory {
  const { file, journal, studio } = desk;
  const history = createHistory(file);
  const happenings = [
    ...history.payments.map((payment) => paymentOf(file, payment, terms)),
    ...history.failures.map((failure) => failureOf(file, failure, terms)),
    ...(history.cured
      ? [smsOf(file, history.cured.row.dueDate, instalmentTotal(history.cured.row))]
      : []),
    ...collectionOf(file, history, studio, terms),
  ];
  happenings.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  for (const happening of happenings) happening.tell(journal);
  return history;
}

function paymentOf(file: LoanFile, payment: Payment, terms: string): Happening {
  const random = file.random.fork(`payment ${payment.date} ${payment.channel}`);
  const deducted = payment.channel === 'deduction';
  const at = deducted ? timeOn(random, payment.date, 6, 9) : timeOn(random, payment.date, 9, 22);
  const references = [{ rel: 'repays', eventId: terms }];
  const tell = (journal: Journal): void => {
    journal.record({ system: 'payment', at, references }, 'repayment', {
      amount: formatMoney(payment.amount),
      date: payment.date,
      currency: 'CNY',
      payer: file.person.name,
      payerAccount: file.person.card,
      payeeAccount: LENDER.account.number,
      channel: deducted ? '银行卡代扣' : '银行转账',
      serial: `HK${payment.date.replaceAll('-', '')}${random.integer(10_000_000, 99_999_999)}`,
      ...(payment.instalmentNo === undefined ? {} : { instalmentNo: payment.instalmentNo }),
      ...(payment.remark === undefined ? {} : { remark: payment.remark }),
    });
  };
  return { at, tell };
}

function failureOf(file: LoanFile, failure: FailedDeduction, terms: string): Happening {
  const random = file.random.fork(`failure ${failure.date}`);
  const at = timeOn(random, failure.date, 6, 9);
  const references = [{ rel: 'under-contract', eventId: terms }];
  const tell = (journal: Journal): void => {
    journal.record({ system: 'payment', at, references }, 'deduction-failed', {
      date: failure.date,
      amount: formatMoney(failure.amount),
      currency: 'CNY',
      account: file.person.card,
      channel: '银行卡代扣',
      serial: `DK${failure.date.replaceAll('-', '')}${random.integer(10_000_000, 99_999_999)}`,
      reasonCode: 'E1051',
      reason: '账户余额不足',
      instalmentNo: failure.instalmentNo,
    });
  };
  return { at, tell };
}
