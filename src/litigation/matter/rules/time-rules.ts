import { addMonths, dateParts } from '../../../claim/calendar-date.ts';
import { parseMoney } from '../../../claim/money.ts';
import type { DemandRecord } from '../../../claim/records.ts';
import type { Matter } from '../matter.ts';
import {
  dayOf,
  daysFrom,
  money,
  type Rule,
  recordsOf,
  ruleText,
  seqsOf,
  timesOf,
} from './matter-facts.ts';

/** A claim stated as of a day further back than this is a reconstruction, not today's claim. */
const STALE_AFTER_DAYS = 366;
/** Warn when limitation ends within so many days. */
const NEAR_DAYS = 60;

const isReconstruction = ({ cutOff, preparedOn }: Matter): boolean =>
  daysFrom(cutOff, preparedOn) > STALE_AFTER_DAYS;

/** The claim is stated as of a day long past. */
export const staleCutOff: Rule = (matter) => {
  if (!isReconstruction(matter)) return [];
  const days = daysFrom(matter.cutOff, matter.preparedOn);
  return [
    {
      code: 'CUT_OFF_LONG_PAST',
      severity: 'review',
      rule: `filing profile ${matter.profile.name}`,
      zh: `计算截止日${matter.cutOff}早于制作日${days}天：金额和时效均按截止日评估。`,
      en: `The cut-off ${matter.cutOff} lies ${days} days before the day of preparation: sums and limitation are assessed as of the cut-off.`,
      cureZh: '如今日起诉，选用近期的截止日。',
      cureEn: 'To file today, choose a recent cut-off.',
      seqs: [],
    },
  ];
};

function yearsAfter(date: string, years: number): string {
  return addMonths(date, years * 12, dateParts(date).day);
}

/** Last day of limitation, and the demand that last interrupted it. */
function limitationEnd(matter: Matter): { end: string; seqs: number[] } | undefined {
  const { claim, profile } = matter;
  if (claim === undefined) return undefined;
  const { limitationYears } = profile.gate;
  // Debt performed in instalments: from the last due date (民法典 189); once called, all is due.
  let end = yearsAfter(claim.accelerated?.date ?? claim.status.lastDueDate, limitationYears);
  const seqs = claim.accelerated === null ? [] : [claim.accelerated.evidence];
  const demands = recordsOf(matter, 'demand')
    .filter(({ record }) => isProven(record) && record.date <= matter.preparedOn)
    .map(({ seq, record }) => ({ seq, day: dayOf(record.deliveredAt ?? record.date) }))
    .sort((a, b) => (a.day < b.day ? -1 : 1));
  for (const { seq, day } of demands) {
    const renewed = yearsAfter(day, limitationYears);
    if (day > end || renewed <= end) continue;
    end = renewed;
    seqs.push(seq);
  }
  return { end, seqs };
}

/** A demand interrupts on arrival (民法典 137, 195): sending alone proves nothing. */
function isProven({ delivered, deliveredAt, deliveryProof }: DemandRecord): boolean {
  if (delivered === false) return false;
  return delivered === true || deliveredAt !== undefined || deliveryProof !== undefined;
}

/** Limitation has run out, or is about to. Interruptions count only when delivery is proven. */
export const limitation: Rule = (matter) => {
  const known = limitationEnd(matter);
  if (known === undefined) return [];
  const day = isReconstruction(matter) ? matter.cutOff : matter.preparedOn;
  const left = daysFrom(day, known.end);
  if (left > NEAR_DAYS) return [];
  const passed = left < 0;
  const years = matter.profile.gate.limitationYears;
  return [
    {
      code: passed ? 'LIMITATION_PASSED' : 'LIMITATION_NEAR',
      severity: passed ? 'block' : 'review',
      rule: ruleText(matter, '民法典第一百八十八条、第一百八十九条、第一百九十五条'),
      zh: `诉讼时效（${years}年）于${known.end}届满，${passed ? '已经过' : `尚余${left}天`}。`,
      en: `Limitation (${years} years) ends on ${known.end}: ${passed ? 'it has passed' : `${left} days are left`}.`,
      cureZh: passed
        ? '存证能够证明送达的催收或债务人同意履行的材料。'
        : '尽快起诉，或先行有效催收并存证。',
      cureEn: passed
        ? 'Deposit a demand with proof of delivery, or an acknowledgement by the debtor.'
        : 'File soon, or demand payment with proof of delivery and deposit it.',
      seqs: known.seqs,
    },
  ];
};

/** Deposits long after their event: the deposit time then says little of how things were. */
export const lateDeposit: Rule = (matter) => {
  const late = timesOf(matter).filter(({ times }) => times.state === 'late');
  const [first] = late;
  if (first === undefined) return [];
  const worst = late.reduce((a, b) => (b.times.days > a.times.days ? b : a), first);
  const all = matter.artifacts.length;
  const [{ days }, { seq }] = [worst.times, worst];
  return [
    {
      code: 'LATE_DEPOSIT',
      severity: 'review',
      rule: ruleText(matter, '在线诉讼规则第十八条'),
      zh: `${all}件存证中有${late.length}件迟于事件存证，超过各类材料的期限，最长${days}天（序号${seq}）。迟存不等于不真实：区块链只证明存证之后未被改动，此前的真实性须另行证明。`,
      en: `${late.length} of ${all} deposits came later after their event than the limit of their kind, the latest ${days} days (no. ${seq}). Late is not false: the log shows that they have not changed since; what was before must be shown otherwise.`,
      cureZh: '说明上链前的来源、生成和保存过程，并提供关联印证；今后随事件存证。',
      cureEn:
        'Explain source, making and keeping before deposit, with evidence that corroborates it; from now on deposit as things happen.',
      seqs: seqsOf(late),
    },
  ];
};

/** The clock of the service was set back between two deposits of the loan. */
export const clockSteppedBack: Rule = (matter) => {
  const back = timesOf(matter).filter(({ times }) => times.clockSteppedBack);
  if (back.length === 0) return [];
  return [
    {
      code: 'DEPOSIT_CLOCK_STEPPED_BACK',
      severity: 'review',
      rule: ruleText(matter, '在线诉讼规则第十七条、民事诉讼证据规定第九十三条'),
      zh: `有${back.length}件存证的存证时间早于前一序号，存证服务的时钟曾被回调。先后次序由日志证明，不受影响。`,
      en: `${back.length} deposits bear an earlier time than the one before them: the clock of the service was set back. Their order is proven by the log and stands.`,
      cureZh: '查明时钟被调整的原因并作说明；存证时间以锚定的区块时间或者可信时间戳为准。',
      cureEn:
        'Find out why the clock was changed and say so; rely on the time of the anchor or the time stamp.',
      seqs: seqsOf(back),
    },
  ];
};

/** Money came in after the cut-off: the claim is no longer what is owed. */
export const repaymentAfterCutOff: Rule = (matter) => {
  const late = recordsOf(matter, 'repayment').filter(({ record }) => record.date > matter.cutOff);
  if (late.length === 0) return [];
  const sum = late.reduce((total, { record }) => total + parseMoney(record.amount), 0n);
  const amount = money(matter, sum);
  return [
    {
      code: 'REPAYMENT_AFTER_CUTOFF',
      severity: 'review',
      rule: ruleText(matter, '民法典第五百五十七条：债务已经履行的，债权债务终止'),
      zh: `截止日${matter.cutOff}之后有${late.length}笔还款，共${amount}：请求金额已过时。`,
      en: `${late.length} repayments, ${amount} together, came after the cut-off ${matter.cutOff}: the claim is out of date.`,
      cureZh: '选用更晚的截止日重新计算。',
      cureEn: 'Calculate again with a later cut-off.',
      seqs: seqsOf(late),
    },
  ];
};

/** Events that had not happened yet when they were deposited. */
export const eventsFromTheFuture: Rule = (matter) => {
  const ahead = timesOf(matter).filter(({ times }) => times.state === 'event-after-deposit');
  if (ahead.length === 0) return [];
  return [
    {
      code: 'EVENTS_FROM_THE_FUTURE',
      severity: 'review',
      rule: ruleText(matter, '在线诉讼规则第十八条'),
      zh: `有${ahead.length}件存证所载的事件时间晚于其存证时间。`,
      en: `${ahead.length} deposits tell of events that lie after the deposit itself.`,
      cureZh: '核对来源系统的时间，存证更正。',
      cureEn: "Check the source system's clock and deposit a correction.",
      seqs: seqsOf(ahead),
    },
  ];
};
