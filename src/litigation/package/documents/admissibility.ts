import type { CaseContext } from '../case-context.ts';
import type { AdmissibilityData } from '../filing-paper-data.ts';
import { evidenceRuleSections } from './admissibility-evidence.ts';
import { admissibilityFacts } from './admissibility-facts.ts';
import { onlineRuleSections } from './admissibility-online.ts';
import { originsTable } from './admissibility-origins.ts';
import { reliabilitySections } from './admissibility-reliability.ts';
import { caseTitle, partyName } from './case-parties.ts';
import { printedDate } from './printed-values.ts';

/**
 * 电子数据审查说明, or the reliability statement of the English set: rule by rule what the package
 * offers and what it does not. It claims conformity with no standard and draws no conclusion.
 */
export function admissibility(context: CaseContext): AdmissibilityData {
  const { matter } = context;
  const { jurisdiction, plaintiff } = matter.profile;
  const isCn = jurisdiction === 'cn';
  const facts = admissibilityFacts(context);
  const name = partyName(isCn, plaintiff);
  return {
    caseTitle: caseTitle(matter),
    submitter: name,
    evidenceNo: matter.evidenceNo,
    opening: isCn ? OPENING_CN : OPENING_EN,
    sections: isCn
      ? [...onlineRuleSections(facts), ...evidenceRuleSections(facts)]
      : reliabilitySections(facts),
    origins: originsTable(facts),
    signature: { name, date: printedDate(jurisdiction, matter.preparedOn) },
  };
}

const OPENING_CN = [
  '本说明供法院审查本案电子数据时参考：逐条列明案件包就该条提供了什么、没有提供什么。内容由存证记录逐件汇总，凡“未提供”之处，均为现有材料的不足，不因本说明而得到补强。',
  '是否采信由法院认定；本说明不是鉴定意见，不主张符合任何国家标准或者行业标准。',
];

const OPENING_EN = [
  'This statement helps the court to weigh the electronic evidence. Point by point it says what the package offers and what it does not. It is drawn from the deposit records, one by one; where nothing is offered, this statement adds nothing.',
  'It states no law and draws no conclusion. It is no expert opinion and claims conformity with no standard.',
];
