import { moneyInWords, parseMoney } from '../../../claim/money.ts';
import type { CnComplaintData } from '../document-data.ts';
import { clauseName } from './calculation-terms.ts';
import { type FilableCase, isZero, less, plusAll, rowsOf, sourceOf, sumOf } from './case-facts.ts';
import { defendantsAs, formParty, partyName } from './case-parties.ts';
import { cnFacts, cnFactsText } from './cn-complaint-facts.ts';
import { printedDate, printedMoney, printedPercent, printedSentence } from './printed-values.ts';

const BENEFITS = 5;

/**
 * 民事起诉状, the elements form of 法〔2025〕82号: its elements, in its order. A choice that nothing
 * in evidence decides is left open.
 */
export function cnComplaint(file: FilableCase): CnComplaintData {
  const { matter } = file;
  const { profile } = matter;
  const willing = profile.requests.mediation;
  // Whoever asks for mediation has read what it means; for others the boxes are left to them.
  const known = willing === 'yes' ? true : null;
  return {
    cause: profile.cause,
    plaintiffs: [formParty(profile.plaintiff)],
    agents: profile.agents.map(({ name, firm, position, phone, authority }) => ({
      name,
      firm,
      position: position ?? '',
      phone: phone ?? '',
      authority: authority ?? '',
    })),
    defendants: defendantsAs(matter, 'borrower', 'co-borrower', 'guarantor').map(formParty),
    thirdParties: defendantsAs(matter, 'third-party').map(formParty),
    claimsText: claimsText(file),
    claims: claims(file),
    agreement: {
      forum: forum(file),
      preservation: { done: false, court: '', date: '', caseNumber: '' },
    },
    factsText: cnFactsText(file),
    facts: cnFacts(file),
    mediation: {
      understands: known,
      benefits: Array.from({ length: BENEFITS }, () => known),
      willing,
    },
    signature: {
      name: partyName(true, profile.plaintiff),
      date: printedDate('cn', matter.preparedOn),
    },
  };
}

/** Interest, compound interest and penalty together, before the reduction. */
function interestTotal({ claim }: FilableCase): string {
  const { interest, compound, penalty } = claim.lines;
  return plusAll(interest, compound, penalty);
}

function reductionText(file: FilableCase): string {
  const { claim } = file;
  const { capReduction } = claim.lines;
  if (isZero(capReduction) || claim.cap === null) return '';
  const net = printedMoney(less(interestTotal(file), capReduction));
  const rate = printedPercent(claim.cap.annualRate);
  return `上列利息、复利、罚息按年利率${rate}自愿调减${printedMoney(capReduction)}元，调减后主张${net}元`;
}

function claims(file: FilableCase): CnComplaintData['claims'] {
  const { claim, matter } = file;
  const { lines } = claim;
  const asOf = printedDate('cn', claim.cutOff);
  const guarantors = defendantsAs(matter, 'guarantor').map((one) => partyName(true, one));
  return {
    principal: { asOf, amount: `${foreign(file)}${printedMoney(lines.principal)}` },
    interest: {
      asOf,
      total: printedMoney(interestTotal(file)),
      ordinary: printedMoney(lines.interest),
      compound: printedMoney(lines.compound),
      penalty: printedMoney(lines.penalty),
      method: method(file),
      untilPaid: claim.continuing !== null,
    },
    acceleration: {
      claimed: claim.accelerated !== null,
      prepayment: claim.accelerated !== null,
      rescission: false,
    },
    security: {
      claimed: guarantors.length > 0,
      content:
        guarantors.length === 0
          ? ''
          : `请求${guarantors.join('、')}依保证合同对上述债务承担保证责任`,
    },
    costs: {
      claimed: !isZero(lines.fees),
      details: isZero(lines.fees) ? '' : feeDetails(file),
    },
    courtFees: matter.profile.requests.courtFees,
    other: '',
    total: totalText(file),
  };
}

/** The form is in yuan; another currency must be named (如外币需特别注明). */
function foreign({ claim }: FilableCase): string {
  return claim.currency === 'CNY' ? '' : `${claim.currency} `;
}

function method(file: FilableCase): string {
  const { claim } = file;
  const parts = [
    '基数 × 年利率 × 天数 ÷ 全年天数，逐笔计算过程见《债权计算书》',
    reductionText(file),
    claim.continuing === null ? '' : printedSentence('cn', claim.continuing.zh).replace(/。$/, ''),
  ];
  return `${parts.filter((text) => text !== '').join('；')}。`;
}

function feeDetails({ claim, context }: FilableCase): string {
  const rows = rowsOf(claim, 'fee');
  const items = rows.map(
    ({ remark, amount, evidence }) =>
      `${remark ?? '费用'}${printedMoney(amount)}元（${sourceOf(context, evidence)}）`,
  );
  const paid = less(sumOf(rows, 'amount'), claim.lines.fees);
  const left = isZero(paid)
    ? ''
    : `；已付${printedMoney(paid)}元，尚欠${printedMoney(claim.lines.fees)}元`;
  return `${items.join('、')}${left}`;
}

/** Total in figures and in words, with the sum that makes it up. */
function totalText(file: FilableCase): string {
  const { claim } = file;
  const { lines } = claim;
  const parts: [string, string][] = [
    ['本金', lines.principal],
    ['期内利息', lines.interest],
    ['罚息', lines.penalty],
    ['复利', lines.compound],
    ['实现债权的费用', lines.fees],
  ];
  const sum = parts
    .filter(([, amount]) => !isZero(amount))
    .map(([name, amount]) => `${name}${printedMoney(amount)}`)
    .join(' + ');
  const taken = isZero(lines.capReduction) ? '' : ` − 调减${printedMoney(lines.capReduction)}`;
  return `${foreign(file)}${printedMoney(lines.total)}元（大写：${inWords(file)}）= ${sum}${taken}，暂计至${printedDate('cn', claim.cutOff)}`;
}

function inWords({ claim }: FilableCase): string {
  const prefix = claim.currency === 'CNY' ? '人民币' : claim.currency;
  return `${prefix}${moneyInWords(parseMoney(claim.lines.total))}`;
}

function forum({ terms, context }: FilableCase): CnComplaintData['agreement']['forum'] {
  const { agreedCourt, clause, text } = terms.jurisdiction ?? {};
  if (agreedCourt === undefined && text === undefined) return { exists: false, content: '' };
  const at = clauseName(true, clause ?? terms.clauses?.jurisdiction);
  const words = text ?? `由${agreedCourt}管辖`;
  return {
    exists: true,
    content: `借款合同${at}：${words.replace(/。$/, '')}；见${sourceOf(context, [terms.seq])}`,
  };
}

/** The claims in full sentences, as the form allows above its elements. */
function claimsText(file: FilableCase): string {
  const { claim, matter } = file;
  const { lines } = claim;
  const who = matter.defendants.length > 1 ? '各被告' : '被告';
  const day = printedDate('cn', claim.cutOff);
  const reduced = reductionText(file);
  const orders = [
    `判令${who}向原告偿还借款本金${printedMoney(lines.principal)}元`,
    ...(isZero(interestTotal(file))
      ? []
      : [
          `判令${who}支付截至${day}的期内利息${printedMoney(lines.interest)}元、罚息${printedMoney(lines.penalty)}元、复利${printedMoney(lines.compound)}元${reduced === '' ? '' : `（${reduced}）`}`,
        ]),
    ...(claim.continuing === null
      ? []
      : [`判令${who}支付${printedSentence('cn', claim.continuing.zh).replace(/。$/, '')}`]),
    ...(isZero(lines.fees)
      ? []
      : [`判令${who}承担原告实现债权的费用${printedMoney(lines.fees)}元`]),
    ...(matter.profile.requests.courtFees ? [`本案诉讼费用由${who}承担`] : []),
  ];
  return orders.map((order, at) => `${at + 1}. ${order}。`).join('\n');
}
