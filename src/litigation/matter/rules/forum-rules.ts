import { type Rule, ruleText } from './matter-facts.ts';

/**
 * An agreed court needs an actual connection with the dispute (民事诉讼法 Art. 35); clauses that
 * lenders put anywhere were set aside in (2022)最高法民辖27号.
 */
export const jurisdiction: Rule = (matter) => {
  const { terms, profile } = matter;
  const severity = profile.gate.jurisdictionClause;
  if (terms === undefined || severity === 'off') return [];
  const { agreedCourt, connection, clause } = terms.jurisdiction ?? {};
  if (agreedCourt === undefined) {
    return [
      {
        code: 'JURISDICTION_NOT_AGREED',
        severity: 'note',
        rule: ruleText(matter, '民事诉讼法第二十四条'),
        zh: '合同要素中没有约定管辖法院：由被告住所地或者合同履行地人民法院管辖。',
        en: "No court is agreed: the court of the defendant's domicile or of the place of performance has jurisdiction.",
        cureZh: '核对立案配置中的法院是否对本案有管辖权。',
        cureEn: 'Check that the court of the filing profile has jurisdiction over this defendant.',
        seqs: [terms.seq],
      },
    ];
  }
  if (connection !== undefined) return [];
  const at = clause === undefined ? '' : clause;
  return [
    {
      code: 'JURISDICTION_UNCONNECTED',
      severity,
      rule: ruleText(matter, '民事诉讼法第三十五条；（2022）最高法民辖27号'),
      zh: `约定管辖法院（条款${at || '未注明'}）与争议没有实际联系的记载：约定可能无效，案件将被移送。`,
      en: `Nothing connects the agreed court (clause ${at || 'not stated'}) with the dispute: the clause may be void and the case transferred.`,
      cureZh: '向被告住所地或者合同履行地人民法院起诉，或存证有实际联系的依据并写入合同要素。',
      cureEn:
        'File where the defendant lives or the contract is performed, or deposit what connects the place with the dispute.',
      seqs: [terms.seq],
    },
  ];
};
