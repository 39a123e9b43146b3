import { parseMoney } from '../../../claim/money.ts';
import type { Finding, Matter } from '../matter.ts';
import { ledgerExplanation } from './ledger-rules.ts';
import {
  amountDue,
  beginning,
  isChinese,
  money,
  type Rule,
  recordsOf,
  ruleText,
  seqsOf,
} from './matter-facts.ts';

/** The loan did not exist yet on the day as of which the claim is stated. */
export const notYetGranted: Rule = (matter) => {
  const start = beginning(matter);
  const { cutOff } = matter;
  if (start === undefined || start.date <= cutOff) return [];
  return [
    {
      code: 'NOT_YET_GRANTED',
      severity: 'block',
      rule: ruleText(matter, '民法典第六百七十条、第六百七十五条：按实际发放返还借款'),
      zh: `借款于${start.date}发放，晚于计算截止日${cutOff}：截止日尚无债权。`,
      en: `The loan was granted on ${start.date}, after the cut-off ${cutOff}: nothing was owed then.`,
      cureZh: '选用晚于放款日的截止日。',
      cureEn: 'Choose a cut-off after the loan was granted.',
      seqs: start.seqs,
    },
  ];
};

/** Nothing is overdue on the cut-off; says what was paid against what was due. */
export const notInArrears: Rule = (matter) => {
  const { claim, cutOff } = matter;
  if (claim === undefined || claim.status.oldestUnpaidDueDate !== null) return [];
  const [paid, due] = [money(matter, claim.paid.total), money(matter, amountDue(matter))];
  const ledger = ledgerExplanation(matter);
  return [
    {
      code: 'NOT_IN_ARREARS',
      severity: 'block',
      rule: ruleText(matter, '民法典第六百七十五条、第六百七十六条'),
      zh: `截至${cutOff}应付${due}，已付${paid}：没有逾期。${ledger.zh}`,
      en: `By ${cutOff} ${due} had fallen due and ${paid} was paid: nothing is overdue.${ledger.en}`,
      cureZh: '不起诉；如仍认为逾期，补存缺少的合同要素或更正还款记录。',
      cureEn:
        'Do not file. If the loan is thought to be overdue, deposit what the evidence lacks: altered terms or a corrected record.',
      seqs: [...seqsOf(recordsOf(matter, 'repayment')), ...ledger.seqs],
    },
  ];
};

/** Arrears so small that a person should look before a court is troubled. */
export const trivialArrears: Rule = (matter) => {
  const { claim, profile } = matter;
  if (claim === undefined || claim.status.oldestUnpaidDueDate === null) return [];
  const arrears = claim.accelerated === null ? claim.status.overdueAmount : claim.lines.total;
  const limit = profile.gate.trivialBelow;
  if (parseMoney(arrears) >= parseMoney(limit)) return [];
  const cause = shortOrder(matter);
  const [amount, bound] = [money(matter, arrears), money(matter, limit)];
  return [
    {
      code: 'TRIVIAL_ARREARS',
      severity: 'review',
      rule: `filing profile ${profile.name}: gate.trivialBelow`,
      zh: `逾期金额仅${amount}，低于${bound}。${cause.zh}`,
      en: `Only ${amount} is overdue, below ${bound}.${cause.en}`,
      cureZh: '由人工判断是否值得起诉；如系扣款金额设置有误，先更正并补扣。',
      cureEn:
        'Let a person decide whether this is worth a claim; where the standing order is short, have it corrected first.',
      seqs: [...(matter.terms === undefined ? [] : [matter.terms.seq]), ...cause.seqs],
    },
  ];
};

/** Compares the standing order with the instalment: rounding there explains trifles. */
function shortOrder(matter: Matter): { zh: string; en: string; seqs: number[] } {
  const { terms, claim } = matter;
  const order = recordsOf(matter, 'standing-order').at(-1);
  const nothing = { zh: '', en: '', seqs: [] };
  if (order?.record.amount === undefined || terms?.instalmentAmount === undefined) return nothing;
  const short = parseMoney(terms.instalmentAmount) - parseMoney(order.record.amount);
  if (short <= 0n) return nothing;
  const payments = recordsOf(matter, 'repayment').filter(
    ({ record }) => record.date <= matter.cutOff,
  );
  const ofOrder = payments.filter(({ record }) => record.amount === order.record.amount);
  const sum = money(matter, short * BigInt(ofOrder.length));
  const [amount, instalment] = [
    money(matter, order.record.amount),
    money(matter, terms.instalmentAmount),
  ];
  const overdue = money(matter, claim?.status.overdueAmount ?? '0');
  const [n, each] = [ofOrder.length, money(matter, short)];
  return {
    zh: `代扣金额${amount}比每期应还${instalment}少${each}；按此付款${n}次，合计少付${sum}，逾期${overdue}。`,
    en: ` The standing order pays ${amount}, the instalment is ${instalment}: ${each} short; ${n} payments of that amount are ${sum} short together, of ${overdue} overdue.`,
    seqs: [order.seq, ...seqsOf(ofOrder)],
  };
}

const PROBLEMS: Record<string, string> = {
  TERMS_MISSING: '没有存证的借款合同要素',
  TERMS_AMBIGUOUS: '存有互相矛盾的合同要素',
  TERMS_ALTERED: '借款已展期，展期后未存证变更后的合同要素',
  TERMS_INCOMPLETE: '合同要素不完整',
  TERMS_INCONSISTENT: '合同要素自相矛盾',
  CURRENCY_MIXED: '存证记录币种与合同不一致',
  DISBURSEMENT_MISSING: '截止日前没有放款记录',
  RECORD_INVALID: '有一条计算所需的记录不合格式',
  RECORD_CONFLICT: '同一流水号存有内容不同的记录',
  CUT_OFF_INVALID: '截止日不是有效日期',
  CLAIM_TOO_LARGE: '计算过程过于庞大',
  MONEY_INVALID: '有一项金额无法读取',
};

/** The claim could not be calculated; the reason stands in the calculator's own words. */
export const claimProblem: Rule = (matter) => {
  const problem = matter.claimProblem;
  if (problem === undefined) return [];
  const finding: Finding = {
    code: problem.code,
    severity: 'block',
    rule: isChinese(matter)
      ? '证据规定第一条：起诉应当附有符合起诉条件的相应证据'
      : 'a claim is calculated from deposited evidence alone',
    zh: `无法计算债权：${PROBLEMS[problem.code] ?? problem.code}。`,
    en: `The claim cannot be calculated: ${problem.message}.`,
    cureZh: '补存或更正所列记录后重新评估。',
    cureEn: 'Deposit or correct what is named, then assess again.',
    seqs: [...problem.message.matchAll(/\bdeposits? (\d+)(?: and (\d+))?/g)].flatMap(
      ([, first, second]) =>
        [first, second].flatMap((no) => (no === undefined ? [] : [Number(no)])),
    ),
  };
  return [finding];
};
