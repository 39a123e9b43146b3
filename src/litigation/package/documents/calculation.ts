import type { Claim } from '../../../claim/claim.ts';
import type { CalculationData } from '../document-data.ts';
import { conventionsCn, conventionsEn, legalBasesCn, legalBasesEn } from './calculation-rules.ts';
import { calculationTerms, penaltyRate } from './calculation-terms.ts';
import { workingTables } from './calculation-working.ts';
import {
  evidenceOf,
  type FilableCase,
  isZero,
  less,
  marksOfKind,
  plusAll,
  rowsOf,
  sourceOf,
  sumOf,
} from './case-facts.ts';
import { caseTitle, idNumber, idTypeName, partyName } from './case-parties.ts';
import {
  printedDate,
  printedMoney,
  printedPercent,
  printedSentence,
  withoutHan,
} from './printed-values.ts';

type SummaryLine = CalculationData['summary'][number];

/** 债权计算书 / statement of account: every figure of the claim with derivation and source. */
export function calculation(file: FilableCase): CalculationData {
  const { matter, claim, terms, context, jurisdiction } = file;
  const isCn = jurisdiction === 'cn';
  const { profile } = matter;
  const roles = isCn
    ? { plaintiff: '原告', defendant: '被告' }
    : { plaintiff: 'Claimant', defendant: 'Defendant' };
  const identities = [
    { role: roles.plaintiff, identity: profile.plaintiff },
    ...matter.defendants.map(({ identity }) => ({ role: roles.defendant, identity })),
  ];
  const marks = marksOfKind(context, 'contract');
  return {
    caseTitle: caseTitle(matter),
    parties: identities.map(({ role, identity }) => ({
      role,
      name: partyName(isCn, identity),
      identity: [idTypeName(isCn, identity), idNumber(identity)]
        .filter((text) => text !== '')
        .join(' '),
    })),
    contract: {
      name: terms.title ?? (isCn ? '借款合同' : 'Loan agreement'),
      number: `${isCn ? '编号' : 'no. '}${terms.contractNo}`,
      date: printedDate(jurisdiction, terms.signedOn ?? terms.startDate ?? ''),
      source: [...marks, sourceOf(context, [terms.seq])].join(isCn ? '、' : ', '),
    },
    asOf: printedDate(jurisdiction, claim.cutOff),
    currency: isCn && claim.currency === 'CNY' ? '人民币' : claim.currency,
    terms: calculationTerms(file),
    summary: summary(file),
    workings: workingTables(file),
    continuing: continuing(file),
    conventions: isCn ? conventionsCn(file) : conventionsEn(file),
    bases: isCn ? legalBasesCn(claim) : legalBasesEn(),
    signature: {
      name: partyName(isCn, profile.plaintiff),
      date: printedDate(jurisdiction, matter.preparedOn),
    },
  };
}

/** Sums of the claim, in the order of the official form; lines that are zero stay, as zero. */
export function summary(file: FilableCase): SummaryLine[] {
  const { claim, jurisdiction } = file;
  const isCn = jurisdiction === 'cn';
  const { lines } = claim;
  const line = (
    zh: string,
    en: string,
    amount: string,
    rest: Omit<SummaryLine, 'name' | 'amount'>,
  ) => ({
    name: isCn ? zh : en,
    amount: printedMoney(amount),
    ...rest,
  });
  return [
    line('本金', 'Principal', lines.principal, principal(file)),
    line('期内利息', 'Interest in term', lines.interest, running(file, 'interest')),
    line('罚息', 'Default interest', lines.penalty, running(file, 'penalty')),
    line('复利', 'Compound interest', lines.compound, running(file, 'compound')),
    line('费用', 'Fees', lines.fees, fees(file)),
    ...(isZero(lines.capReduction)
      ? []
      : [
          line(
            reductionName(claim, true),
            reductionName(claim, false),
            lines.capReduction,
            reduction(file),
          ),
        ]),
    line('合计', 'Total', lines.total, total(file)),
  ];
}

function reductionName(claim: Claim, isCn: boolean): string {
  const rate = claim.cap === null ? '' : printedPercent(claim.cap.annualRate);
  return isCn ? `减：按年利率${rate}调减` : `Less: reduction to ${rate} a year`;
}

function principal({
  claim,
  context,
  jurisdiction,
}: FilableCase): Omit<SummaryLine, 'name' | 'amount'> {
  const { lines } = claim;
  const due = rowsOf(claim, 'due', 'acceleration');
  const fallen = sumOf(due, 'principal');
  const paid = less(fallen, lines.principal);
  const [a, b, c, d] = [fallen, paid, lines.overduePrincipal, lines.acceleratedPrincipal].map(
    printedMoney,
  );
  const parts = isZero(lines.acceleratedPrincipal)
    ? ''
    : jurisdiction === 'cn'
      ? `；其中逾期本金${c}，提前到期本金${d}`
      : `; of it overdue ${c}, called ${d}`;
  const derivation =
    jurisdiction === 'cn'
      ? `到期本金${a} − 已抵充本金${b}${parts}`
      : `principal fallen due ${a} − paid ${b}${parts}`;
  return { derivation, source: sourceOf(context, evidenceOf(due)), kind: 'item' };
}

/** Interest that accrued, less what was paid on it: both figures can be added up in the working. */
function running(
  { claim, context, jurisdiction }: FilableCase,
  part: 'interest' | 'penalty' | 'compound',
): Omit<SummaryLine, 'name' | 'amount'> {
  const isCn = jurisdiction === 'cn';
  const rows = part === 'interest' ? rowsOf(claim, 'due', 'acceleration') : rowsOf(claim, part);
  const accrued = sumOf(rows, part === 'interest' ? 'interest' : 'amount');
  const [a, b] = [printedMoney(accrued), printedMoney(claim.paid[part])];
  if (isZero(accrued))
    return { derivation: isCn ? '未计收' : 'none accrued', source: '', kind: 'item' };
  const words = {
    interest: { cn: ['到期利息', '已付'], en: ['fallen due', 'paid'] },
    penalty: { cn: ['表二合计', '已付'], en: ['total of table 2', 'paid'] },
    compound: { cn: ['表三合计', '已付'], en: ['total of table 3', 'paid'] },
  }[part][jurisdiction];
  const derivation = `${words[0]}${isCn ? '' : ' '}${a} − ${words[1]}${isCn ? '' : ' '}${b}`;
  return { derivation, source: sourceOf(context, evidenceOf(rows)), kind: 'item' };
}

function fees({ claim, context, jurisdiction }: FilableCase): Omit<SummaryLine, 'name' | 'amount'> {
  const rows = rowsOf(claim, 'fee');
  const isCn = jurisdiction === 'cn';
  const named = rows.map(({ remark, amount }) => `${remark ?? ''} ${printedMoney(amount)}`.trim());
  const paid = printedMoney(claim.paid.fees);
  const derivation =
    rows.length === 0
      ? isCn
        ? '未主张'
        : 'none claimed'
      : `${named.join(isCn ? '、' : ', ')} − ${isCn ? '已付' : 'paid '}${paid}`;
  return { derivation, source: sourceOf(context, evidenceOf(rows)), kind: 'item' };
}

function reduction({ claim, jurisdiction }: FilableCase): Omit<SummaryLine, 'name' | 'amount'> {
  const isCn = jurisdiction === 'cn';
  const { cap } = claim;
  if (cap === null) return { derivation: '', source: '', kind: 'reduction' };
  const [segments, fees] = [cap.excessOfSegments, cap.excessWithFees];
  return {
    derivation: isCn
      ? `各时段超额${segments} + 含费用后超额${fees}，进至分（表四）；原告自愿调减`
      : `excess of stretches ${segments} + excess with fees ${fees}, rounded up to the cent (table 4); waived by the claimant`,
    source: '',
    kind: 'reduction',
  };
}

function total({ claim }: FilableCase): Omit<SummaryLine, 'name' | 'amount'> {
  const {
    principal: p,
    interest,
    penalty,
    compound,
    fees: f,
    capReduction,
    total: sum,
  } = claim.lines;
  const shown = [p, interest, penalty, compound, f].filter((amount) => !isZero(amount));
  const taken = isZero(capReduction) ? '' : ` − ${printedMoney(capReduction)}`;
  const gross = plusAll(p, interest, penalty, compound, f);
  if (less(gross, capReduction) !== sum)
    throw new RangeError('the lines of the claim do not sum up');
  return {
    derivation: `${shown.map(printedMoney).join(' + ')}${taken}`,
    source: '',
    kind: 'total',
  };
}

function nothingContinues(terms: FilableCase['terms'], isCn: boolean): string {
  if (penaltyRate(terms) === '') {
    return isCn
      ? '在案合同要素未载明利率，截止日之后不再计息，请求金额不变。'
      : 'None: the terms in evidence state no rate of interest, so the sum claimed does not grow.';
  }
  return isCn
    ? '截止日没有应继续计息的到期款项，请求金额不变。'
    : 'None: nothing that is due bears interest after that day, so the sum claimed does not grow.';
}

function continuing(file: FilableCase): CalculationData['continuing'] {
  const { claim, context, jurisdiction, terms } = file;
  const isCn = jurisdiction === 'cn';
  const next = claim.continuing;
  if (next === null) {
    return { from: '', formula: nothingContinues(terms, isCn), basis: '' };
  }
  const words = isCn ? next.zh : withoutHan(next.en);
  const day = isCn ? `每日${next.perDay}元` : `a day: ${claim.currency} ${next.perDay}`;
  return {
    from: printedDate(jurisdiction, next.from),
    formula: `${printedSentence(jurisdiction, words)} ${printedSentence(jurisdiction, next.formula)}${isCn ? '，' : '; '}${day}`,
    basis: sourceOf(context, [terms.seq]),
  };
}
