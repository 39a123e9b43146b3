import type { CnComplaintData, RateTerm } from '../document-data.ts';
import { clauseName, methodOfForm, penaltyRate } from './calculation-terms.ts';
import {
  type FilableCase,
  isZero,
  marksOfKind,
  plusAll,
  recordsIn,
  sourceOf,
} from './case-facts.ts';
import { defendantsAs, partyName } from './case-parties.ts';
import { printedDate, printedMoney, printedPercent } from './printed-values.ts';

type Facts = CnComplaintData['facts'];

const NO_RATE: RateTerm = { applies: false, rate: '', clause: '' };

/** 事实与理由, elements 1 to 18 of the form. */
export function cnFacts(file: FilableCase): Facts {
  const { claim, terms, matter, context } = file;
  const { status } = claim;
  const borrowers = defendantsAs(matter, 'borrower', 'co-borrower');
  return {
    contract: contractText(file),
    lender: terms.lender ?? partyName(true, matter.profile.plaintiff),
    borrower: borrowers.map((one) => partyName(true, one)).join('、'),
    amount: {
      agreed: `${printedMoney(terms.principal)}元`,
      disbursed: `${printedMoney(claim.disbursed)}元`,
    },
    term: {
      expired: status.matured,
      from: printedDate('cn', terms.startDate ?? ''),
      to: printedDate('cn', terms.endDate ?? status.lastDueDate),
    },
    rates: rates(file),
    disbursements: recordsIn(matter, 'disbursement')
      .filter(({ record }) => record.date <= claim.cutOff)
      .map(({ record }) => ({
        date: printedDate('cn', record.date),
        amount: printedMoney(record.amount),
      })),
    repaymentMethod: methodOfForm(terms),
    repaid: {
      principal: printedMoney(claim.paid.principal),
      interest: printedMoney(claim.paid.interest),
      interestUntil: printedDate('cn', status.interestPaidTo ?? ''),
    },
    overdue: {
      exists: status.overdueSince !== null,
      since: printedDate('cn', status.overdueSince ?? ''),
      duration: `${status.daysOverdue}天（计至${printedDate('cn', claim.cutOff)}）`,
    },
    ...security(file),
    basis: basis(file),
    other: otherFacts(file),
    evidence:
      context.exhibits.map(({ mark, title }) => `${mark} ${title}`).join('；') + evidenceNote(file),
  };
}

function evidenceNote({ matter }: FilableCase): string {
  return `。来源、证明对象、页码及哈希值详见《证据目录》；存证编号${matter.evidenceNo}，详见《存证证明》。`;
}

function contractText({ terms, context }: FilableCase): string {
  const marks = [...marksOfKind(context, 'contract'), sourceOf(context, [terms.seq])];
  const parts = [
    `《${terms.title ?? '借款合同'}》，编号${terms.contractNo}`,
    terms.loanNo === undefined ? '' : `借据号${terms.loanNo}`,
    terms.signedOn === undefined ? '' : `${printedDate('cn', terms.signedOn)}签订`,
    terms.signingPlace === undefined ? '' : `签订地：${terms.signingPlace}`,
  ];
  return `${parts.filter((text) => text !== '').join('，')}；见${marks.join('、')}`;
}

function rates({ terms }: FilableCase): Facts['rates'] {
  const { annualRate, penalty, compound, clauses } = terms;
  const line = (rate: string, clause: string | undefined): RateTerm => ({
    applies: true,
    rate,
    clause: clauseName(true, clause),
  });
  const clause = penalty?.clause ?? clauses?.penalty;
  return {
    interest:
      annualRate === undefined ? NO_RATE : line(printedPercent(annualRate), clauses?.annualRate),
    interestPer: annualRate === undefined ? '' : '年',
    overdueMarkup:
      penalty?.kind === 'uplift'
        ? line(printedPercent(penalty.uplift), clauses?.penaltyUplift ?? clause)
        : NO_RATE,
    compound: compound?.agreed === true ? line('', compound.clause ?? clauses?.compound) : NO_RATE,
    penalty: penalty === undefined || penalty === null ? NO_RATE : line(penaltyRate(terms), clause),
  };
}

type Security = Pick<
  Facts,
  | 'collateralContract'
  | 'collateral'
  | 'maximum'
  | 'registration'
  | 'guarantee'
  | 'guaranteeKind'
  | 'otherSecurity'
>;

/** Whether there is security: known from the terms; of guarantors, from the parties. */
function security({ terms, matter, context }: FilableCase): Security {
  const guarantors = defendantsAs(matter, 'guarantor').map((one) => partyName(true, one));
  const marks = marksOfKind(context, 'guarantee').join('、');
  const isGuaranteed = guarantors.length > 0;
  // The terms say that there is none, or nothing is known and the boxes stay open.
  const none = terms.secured === false ? false : null;
  return {
    collateralContract: { exists: none, signedAt: '' },
    collateral: { guarantor: guarantors.join('、'), object: '' },
    maximum: { exists: none, determinedAt: '', limit: '' },
    registration: { exists: none, formal: false, notice: false },
    guarantee: {
      exists: isGuaranteed ? true : none,
      signedAt: '',
      guarantor: guarantors.join('、'),
      content: marks === '' ? '' : `见${marks}`,
    },
    guaranteeKind: '',
    otherSecurity: { exists: none, form: '', signedAt: '' },
  };
}

function basis({ terms, claim }: FilableCase): Facts['basis'] {
  const { clauses, penalty, compound, acceleration } = terms;
  const used: [string, string | undefined][] = [
    ['借款金额', clauses?.principal],
    ['利率', clauses?.annualRate],
    ['还款方式', clauses?.repaymentMethod],
    ['罚息', penalty?.clause ?? clauses?.penalty],
    ['复利', compound?.clause ?? clauses?.compound],
    [
      '提前到期',
      claim.accelerated === null ? undefined : (acceleration?.clause ?? clauses?.acceleration),
    ],
    ['费用承担', isZero(claim.lines.fees) ? undefined : clauses?.fees],
    ['违约责任', clauses?.liability],
  ];
  const named = used.flatMap(([name, clause]) =>
    clause === undefined ? [] : [`${clauseName(true, clause)}（${name}）`],
  );
  return {
    contract: named.length === 0 ? '见借款合同' : `借款合同${named.join('、')}`,
    law: '《中华人民共和国民法典》第五百零九条、第五百六十一条、第五百七十七条、第六百七十条、第六百七十四条、第六百七十五条、第六百七十六条',
  };
}

function otherFacts(file: FilableCase): string {
  const { claim } = file;
  const late = plusAll(claim.paid.penalty, claim.paid.compound);
  const parts = [
    isZero(late)
      ? ''
      : `被告另已付罚息${printedMoney(claim.paid.penalty)}元、复利${printedMoney(claim.paid.compound)}元。`,
    isZero(claim.paid.fees) ? '' : `被告另已付费用${printedMoney(claim.paid.fees)}元。`,
    claim.notClaimed.instalments.length === 0
      ? ''
      : `尚有未到期本金${printedMoney(claim.notClaimed.principal)}元，本案未主张。`,
    isZero(claim.lines.capReduction)
      ? ''
      : `原告已自愿调减${printedMoney(claim.lines.capReduction)}元，过程见《债权计算书》。`,
    '全部电子证据均已存证，核验方法见《存证证明》。',
  ];
  return parts.filter((text) => text !== '').join('');
}

/** The story in sentences, as the form allows above its elements. */
export function cnFactsText(file: FilableCase): string {
  const { claim, terms, matter, context } = file;
  const { status } = claim;
  const paidOut = recordsIn(matter, 'disbursement').filter(
    ({ record }) => record.date <= claim.cutOff,
  );
  const repaid = recordsIn(matter, 'repayment').filter(({ record }) => record.date <= claim.cutOff);
  const signed = terms.signedOn === undefined ? '' : `${printedDate('cn', terms.signedOn)}，`;
  const disbursed = paidOut
    .map(({ record }) => `${printedDate('cn', record.date)}发放${printedMoney(record.amount)}元`)
    .join('，');
  const seqs = (list: readonly { seq: number }[]) =>
    sourceOf(
      context,
      list.map(({ seq }) => seq),
    );
  const sentences = [
    `${signed}原、被告订立借款合同，约定被告向原告借款${printedMoney(terms.principal)}元，${methodOfForm(terms)}，分${terms.instalments}期。`,
    `原告于${disbursed}（${seqs(paidOut)}）。`,
    repaid.length === 0
      ? '被告未曾还款。'
      : `截至${printedDate('cn', claim.cutOff)}，被告还款${repaid.length}次，共${printedMoney(claim.paid.total)}元（${seqs(repaid)}）。`,
    status.overdueSince === null
      ? ''
      : `自${printedDate('cn', status.overdueSince)}起逾期，已到期${status.instalmentsDue}期中付清${status.instalmentsPaidInFull}期。`,
    claim.accelerated === null
      ? ''
      : `原告依约宣布借款于${printedDate('cn', claim.accelerated.date)}提前到期（${sourceOf(context, [claim.accelerated.evidence])}）。`,
    `被告尚欠${printedMoney(claim.lines.total)}元（计至${printedDate('cn', claim.cutOff)}），逐项见《债权计算书》。`,
  ];
  return sentences.join('');
}
