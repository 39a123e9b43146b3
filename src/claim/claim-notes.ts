import type { Note } from './claim-rules.ts';
import { dueDateNotes } from './due-dates.ts';
import { creditOf, type Ledger } from './ledger.ts';
import { formatMoney } from './money.ts';

function disbursementNotes({ disbursed, rules }: Ledger): Note[] {
  const agreed = rules.contractPrincipal;
  if (disbursed === agreed) return [];
  const [a, b] = [formatMoney(agreed), formatMoney(disbursed)];
  return [
    {
      code: 'DISBURSED_OTHER_THAN_AGREED',
      en: `Agreed were ${a}, disbursed ${b}: principal and interest are computed from what was disbursed.`,
      zh: `约定借款${a}，实际发放${b}：按实际发放数额计算本金及利息（民法典第六百七十条）。`,
    },
  ];
}

function accelerationNotes({ input, called, cutOff }: Ledger): Note[] {
  const record = input.acceleration;
  if (record === undefined || record.date > cutOff) return [];
  if (record.delivered === false) {
    return [
      {
        code: 'ACCELERATION_NOT_DELIVERED',
        en: 'The notice of acceleration was not delivered: it has no effect and is not used.',
        zh: '提前到期通知未送达，不发生效力，未予采用。',
      },
    ];
  }
  if (called === null || input.terms.acceleration?.agreed === true) return [];
  return [
    {
      code: 'ACCELERATION_CLAUSE_UNKNOWN',
      en: 'The loan was called, but no acceleration clause is in the deposited terms.',
      zh: '已宣布提前到期，但所存合同要素中未见加速到期条款。',
    },
  ];
}

function tableNotes({ input }: Ledger): Note[] {
  if (input.terms.schedule === undefined || input.rateChanges.length === 0) return [];
  return [
    {
      code: 'TABLE_KEEPS_INTEREST',
      en: 'The agreed table states the in-term interest: a change of rate alters the penalty only.',
      zh: '期内利息以约定还款计划表为准，利率调整仅影响罚息。',
    },
  ];
}

function costNotes({ fees, rules }: Ledger): Note[] {
  if (rules.cap === null || fees.every((fee) => fee.underCap)) return [];
  return [
    {
      code: 'ENFORCEMENT_COSTS_OUTSIDE_CAP',
      en: 'Costs of enforcing the claim are no price of the credit: the yearly cap does not count them.',
      zh: '实现债权的费用不属于融资成本，未计入年利率上限。',
    },
  ];
}

function creditNotes(ledger: Ledger): Note[] {
  const credit = creditOf(ledger);
  if (credit === 0n) return [];
  const amount = formatMoney(credit);
  return [
    {
      code: 'OVERPAID',
      en: `${amount} was paid beyond everything due and stands to the borrower's credit.`,
      zh: `借款人多付${amount}，留存抵充后续应付款项。`,
    },
  ];
}

/** All notes of a finished calculation, the defaults first. */
export function claimNotes(ledger: Ledger): Note[] {
  return [
    ...ledger.notes,
    ...dueDateNotes(ledger.input.terms),
    ...disbursementNotes(ledger),
    ...accelerationNotes(ledger),
    ...tableNotes(ledger),
    ...costNotes(ledger),
    ...creditNotes(ledger),
  ];
}
