import type { Claim } from '../../../claim/claim.ts';
import { claimRules } from '../../../claim/claim-rules.ts';
import type { CalculationData } from '../document-data.ts';
import type { FilableCase } from './case-facts.ts';
import { printedMoney, printedPercent, printedSentence, withoutHan } from './printed-values.ts';

/** How the sums were computed, for somebody who redoes them; the notes of the claim follow. */
export function conventionsCn({ claim, terms }: FilableCase): string[] {
  const { allocation, endpoint, dayCount, penaltyDayCount } = claimRules(terms);
  const order = {
    'fees-interest-principal': '实现债权的费用、利息（期内利息、罚息、复利）、本金',
    'principal-first': '本金、期内利息、罚息、复利、费用',
    'instalment-by-instalment': '费用后逐期抵充，每期为期内利息、罚息、复利、本金',
  }[allocation];
  return [
    `本计算止于${printedSentence('cn', claim.cutOff)}终了；其后的还款未计入，金额自次日起继续计算。`,
    `利息 = 基数 × 年利率 × 天数 ÷ 全年天数；期内按${dayCount}，逾期按${penaltyDayCount}；${endpoint === 'count-first-day' ? '算头不算尾' : '算尾不算头'}。`,
    '罚息以各期到期未还本金为基数，自该期到期日起算；复利仅以欠付的期内利息为基数，罚息、复利不再计收复利。',
    `还款的抵充顺序：${order}；同类中先到期的先抵充。未到期时多付的款项留待抵充下一到期款项。`,
    '金额精确计算，仅在所示每一步四舍五入至分一次；罚息、复利每行入账的是累计精确值舍入后的差额，与该行算式可差0.01元。',
    ...claim.notes.map(({ zh }) => printedSentence('cn', zh)),
    ...courtFeeLine(claim),
    '本计算可由随附数据文件（proof/calculation.json）和存证记录重新算出：cunzheng verify 会逐项复算并比对。',
  ];
}

function courtFeeLine({ courtFees }: Claim): string[] {
  if (courtFees === null) return [];
  const [full, half, keep] = [
    courtFees.acceptance,
    courtFees.acceptanceHalved,
    courtFees.preservation,
  ].map(printedMoney);
  return [
    `供参考：以请求总额为标的，案件受理费${full}元，适用简易程序减半为${half}元；如申请保全，保全申请费${keep}元（诉讼费用交纳办法第十三、十四、十六条）。以法院核定为准，未计入请求总额。`,
  ];
}

/** The same for the English set; it states no law of any country. */
export function conventionsEn({ claim, terms }: FilableCase): string[] {
  const { allocation, endpoint, dayCount, penaltyDayCount } = claimRules(terms);
  const order = {
    'fees-interest-principal': 'fees, interest (in term, default, compound), principal',
    'principal-first': 'principal, interest in term, default interest, compound interest, fees',
    'instalment-by-instalment': 'fees, then the oldest instalment whole, then the next',
  }[allocation];
  const bearing = terms.annualRate !== undefined || terms.penalty?.kind === 'rate';
  const interest = [
    `Interest = base × yearly rate × days / days of the year; in term ${dayCount}, in arrears ${penaltyDayCount}; ${endpoint === 'count-first-day' ? 'the first day counts, the last does not' : 'the last day counts, the first does not'}.`,
    'Default interest runs on the unpaid principal of each instalment from its due date; compound interest runs on unpaid in-term interest alone.',
  ];
  return [
    `The account ends with ${printedSentence('en', claim.cutOff)}; what was paid later is not in it.`,
    ...(bearing ? interest : []),
    `Payments are credited in this order: ${order}; within each, what fell due earlier first. Money paid before anything was due is held and set against what falls due next.`,
    'Sums are exact and rounded once a step, half up to the cent.',
    ...claim.notes.map(({ en }) => printedSentence('en', withoutHan(en))),
    'The account can be recalculated from the data file enclosed (proof/calculation.json) and the deposited records: cunzheng verify redoes it and compares every figure.',
  ];
}

/** Law that the Chinese calculation rests on; only what this claim makes use of. */
export function legalBasesCn(claim: Claim): CalculationData['bases'] {
  const cap = claim.cap === null ? '' : printedPercent(claim.cap.annualRate);
  const bases: [boolean, string, string][] = [
    [true, '民法典第六百七十条', '利息不得预先在本金中扣除；按照实际借款数额返还借款并计算利息。'],
    [true, '民法典第六百七十四条、第六百七十五条', '借款人应当按照约定的期限支付利息、返还借款。'],
    [
      true,
      '民法典第六百七十六条',
      '未按照约定的期限返还借款的，应当按照约定或者国家有关规定支付逾期利息。',
    ],
    [
      true,
      '民法典第五百六十条、第五百六十一条',
      '清偿抵充：除另有约定外，依次为实现债权的有关费用、利息、主债务；同类中先到期的优先。',
    ],
    [claim.accelerated !== null, '民法典第一百三十七条', '提前到期的通知到达对方时生效。'],
    [
      claim.cap !== null,
      '法发〔2017〕22号第二条',
      `利息、复利、罚息和其他费用总计超过年利率${cap}的部分，原告已自行调减。`,
    ],
    [
      claim.courtFees !== null,
      '诉讼费用交纳办法第十三条、第十四条、第十六条',
      '案件受理费、保全申请费的计算。',
    ],
  ];
  return bases.filter(([applies]) => applies).map(([, rule, text]) => ({ rule, text }));
}

/** The English set rests on the agreement; which law governs is for counsel to plead. */
export function legalBasesEn(): CalculationData['bases'] {
  return [
    {
      rule: 'The agreement.',
      text: 'Every sum follows from the terms listed above and the payments in evidence. No statute is relied on for any figure.',
    },
  ];
}
