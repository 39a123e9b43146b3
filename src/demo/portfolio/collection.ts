import { addDays } from '../../claim/calendar-date.ts';
import { formatMoney } from '../../claim/money.ts';
import type { Happening } from './happening.ts';
import type { LoanHistory } from './history.ts';
import type { Journal } from './journal.ts';
import { instant, timeOn } from './journal.ts';
import { accelerationLetter, arrearsOn, demandLetter, smsText } from './letters.ts';
import type { LoanFile } from './loan-file.ts';
import { instalmentTotal } from './loan-file.ts';
import type { Studio } from './studio.ts';
import { CLAUSES } from './terms.ts';

const CARRIER = '示范速递（样本）';

/** Message of the third day in arrears, with the operator's report of delivery. */
export function smsOf(file: LoanFile, dueDate: string, amount: bigint): Happening {
  const date = addDays(dueDate, 3);
  const random = file.random.fork(`sms ${date}`);
  const seconds = random.integer(10 * 3600, 18 * 3600);
  const at = instant(date, seconds);
  const tell = (journal: Journal): void => {
    journal.record({ system: 'collection', at }, 'notice', {
      date,
      channel: 'sms',
      recipient: file.person.name,
      address: file.person.phone,
      serial: `SMS${random.integer(100_000_000, 999_999_999)}`,
      content: smsText(file, amount, dueDate),
      overdueAmount: formatMoney(amount),
      daysOverdue: 3,
      delivered: true,
      deliveredAt: instant(date, seconds + random.integer(2, 9)),
      deliveryProof: '运营商状态报告 DELIVRD',
    });
  };
  return { at, tell };
}

/** Message, demand, call and acceleration of a loan that stays in arrears; none for another. */
export function collectionOf(
  file: LoanFile,
  history: LoanHistory,
  studio: Studio,
  terms: string,
): Happening[] {
  const first = history.missed[0];
  if (first === undefined) return [];
  const total = instalmentTotal(first);
  return [
    smsOf(file, first.dueDate, total),
    demandOf(file, history, studio, addDays(first.dueDate, 36)),
    callOf(file, history, addDays(first.dueDate, 50)),
    ...(history.acceleration ? [accelerationOf(file, history, studio, terms)] : []),
  ];
}

/** Demand by courier: the letter, then the record with the carrier's proof of delivery. */
function demandOf(file: LoanFile, history: LoanHistory, studio: Studio, date: string): Happening {
  const random = file.random.fork(`demand ${date}`);
  const [sentAt, deliveredAt] = [
    timeOn(random, date, 9, 11),
    timeOn(random, addDays(date, 3), 10, 17),
  ];
  const payBy = addDays(date, 15);
  const arrears = arrearsOn(history, date);
  const tell = (journal: Journal): void => {
    const letter = journal.file({ system: 'collection', at: sentAt }, 'demand', {
      name: `逾期贷款催收函_${file.contractNo}.pdf`,
      mediaType: 'application/pdf',
      bytes: studio.paper('letter', demandLetter(file, history, date, payBy)),
    });
    const references = [{ rel: 'delivers', eventId: letter }];
    const title = '催收函寄送与签收记录';
    journal.record({ system: 'collection', at: deliveredAt, title, references }, 'demand', {
      date,
      channel: 'courier',
      recipient: file.person.name,
      address: file.person.currentAddress,
      serial: `XS${random.integer(1_000_000_000, 1_999_999_999)}`,
      content: '逾期贷款催收函',
      overdueAmount: formatMoney(arrears.total),
      daysOverdue: arrears.days,
      delivered: true,
      deliveredAt,
      deliveryProof: `${CARRIER}签收回执：本人签收`,
      payBy,
    });
  };
  return { at: sentAt, tell };
}

/** A call that was recorded; the borrower acknowledges the debt, which interrupts limitation. */
function callOf(file: LoanFile, history: LoanHistory, date: string): Happening {
  const random = file.random.fork(`call ${date}`);
  const seconds = random.integer(9 * 3600, 19 * 3600);
  const at = instant(date, seconds);
  const arrears = arrearsOn(history, date);
  const tell = (journal: Journal): void => {
    const operator = `催收员 C${random.integer(101, 140)}`;
    journal.record({ system: 'collection', at, operator, title: '电话催收记录' }, 'demand', {
      date,
      channel: 'phone',
      recipient: file.person.name,
      address: file.person.phone,
      serial: `CALL${random.integer(10_000_000, 99_999_999)}`,
      content: '告知逾期期数、金额及后果；借款人确认欠款事实，称资金周转困难，承诺尽快归还。',
      overdueAmount: formatMoney(arrears.total),
      daysOverdue: arrears.days,
      delivered: true,
      deliveredAt: instant(date, seconds + random.integer(70, 240)),
      deliveryProof: '通话录音（已留存）',
    });
  };
  return { at, tell };
}

/** Letter, carrier's slip, and the record that the calculation uses. */
function accelerationOf(
  file: LoanFile,
  history: LoanHistory,
  studio: Studio,
  terms: string,
): Happening {
  const acceleration = history.acceleration as NonNullable<LoanHistory['acceleration']>;
  const random = file.random.fork('acceleration');
  const at = timeOn(random, acceleration.sentOn, 9, 12);
  const deliveredAt = timeOn(random, acceleration.deliveredOn, 9, 17);
  const waybill = `XS${random.integer(1_000_000_000, 1_999_999_999)}`;
  const tell = (journal: Journal): void => {
    const letter = journal.file({ system: 'collection', at }, 'acceleration', {
      name: `借款提前到期通知书_${file.contractNo}.pdf`,
      mediaType: 'application/pdf',
      bytes: studio.paper('letter', accelerationLetter(file, history, acceleration)),
    });
    const slip = tellSlip(file, journal, studio, {
      at: deliveredAt,
      waybill,
      letter,
      acceleration,
    });
    const references = [
      { rel: 'delivers', eventId: letter },
      { rel: 'refers-to', eventId: slip },
      { rel: 'under-contract', eventId: terms },
    ];
    const title = '提前到期通知送达记录';
    journal.record({ system: 'collection', at: deliveredAt, title, references }, 'acceleration', {
      date: acceleration.date,
      principal: formatMoney(acceleration.principal),
      clause: CLAUSES.acceleration,
      channel: CARRIER,
      serial: waybill,
      delivered: true,
      deliveredAt,
      deliveryProof: '邮件签收回执：本人签收',
      content: '借款提前到期通知书',
    });
  };
  return { at, tell };
}

function tellSlip(
  file: LoanFile,
  journal: Journal,
  studio: Studio,
  slip: {
    at: string;
    waybill: string;
    letter: string;
    acceleration: NonNullable<LoanHistory['acceleration']>;
  },
): string {
  const bytes = studio.deliverySlip(file.random.fork('scan'), {
    waybill: slip.waybill,
    document: '《借款提前到期通知书》',
    person: file.person,
    sentOn: slip.acceleration.sentOn,
    deliveredOn: slip.acceleration.deliveredOn,
  });
  const references = [{ rel: 'delivers', eventId: slip.letter }];
  const title = '邮件签收回执（扫描件）';
  return journal.file({ system: 'collection', at: slip.at, title, references }, 'acceleration', {
    name: `签收回执_${slip.waybill}.jpg`,
    mediaType: 'image/jpeg',
    bytes,
  });
}
