import { CLAIM_KINDS } from '../../../claim/claim-kinds.ts';
import { recordDefects } from '../../../claim/records.ts';
import { KINDS } from '../../../formats/taxonomy.ts';
import type { Finding, Matter } from '../matter.ts';
import { isChinese, ofKind, type Rule, recordsOf, seqsOf } from './matter-facts.ts';

/** First day from which a personal loan must come with a statement of its total cost. */
const COST_DISCLOSURE_FROM = '2026-08-01';

const contractDay = ({ terms }: Matter): string | undefined => terms?.signedOn ?? terms?.startDate;

function needsCostDisclosure(matter: Matter): boolean {
  const day = contractDay(matter);
  const isYuan = matter.terms?.currency === 'CNY';
  return isChinese(matter) && isYuan && day !== undefined && day >= COST_DISCLOSURE_FROM;
}

/** Kinds that the profile requires and that were never deposited. */
export const requiredMissing: Rule = (matter) =>
  matter.profile.gate.required
    .filter(({ kind }) => ofKind(matter, kind).length === 0)
    .filter(({ kind }) => !(kind === 'cost-disclosure' && needsCostDisclosure(matter)))
    .map(({ kind, severity, rule }) => ({
      code: 'REQUIRED_MISSING',
      severity,
      rule,
      zh: `缺少：${KINDS[kind].zh}。`,
      en: `Missing: ${KINDS[kind].en.toLowerCase()} (${kind}).`,
      cureZh: `存证${KINDS[kind].zh}；确无此项的，调整立案配置并说明理由。`,
      cureEn: 'Deposit it; where the product has none, change the filing profile and say why.',
      seqs: [],
    }));

/** 综合融资成本明示表: for personal loans signed on or after 2026-08-01. */
export const costDisclosureMissing: Rule = (matter) => {
  if (!needsCostDisclosure(matter) || ofKind(matter, 'cost-disclosure').length > 0) return [];
  const wanted = matter.profile.gate.required.find(({ kind }) => kind === 'cost-disclosure');
  return [
    {
      code: 'COST_DISCLOSURE_MISSING',
      severity: wanted?.severity ?? 'review',
      rule: wanted?.rule ?? '个人贷款综合融资成本明示要求（2026年8月1日起）',
      zh: `合同签订于${contractDay(matter)}，缺少经借款人确认的综合融资成本明示表。`,
      en: `Signed on ${contractDay(matter)}, and no statement of total cost confirmed by the borrower is in evidence.`,
      cureZh: '存证借款人签字或弹窗确认的综合融资成本明示表。',
      cureEn: 'Deposit the statement of total cost with its confirmation.',
      seqs: matter.terms === undefined ? [] : [matter.terms.seq],
    },
  ];
};

/** Records that do not have the form of their kind; those the claim is made of stop the filing. */
export const recordInvalid: Rule = ({ artifacts }) =>
  artifacts.flatMap(({ seq, statement, record }): Finding[] => {
    const { kind } = statement;
    const defects = record === undefined ? [] : recordDefects(kind, record);
    if (defects.length === 0) return [];
    return [
      {
        code: 'RECORD_INVALID',
        severity: CLAIM_KINDS.has(kind) || kind === 'identity' ? 'block' : 'review',
        rule: 'docs/formats/records.md',
        zh: `存证序号${seq}（${KINDS[kind].zh}）不合格式，共${defects.length}处。`,
        en: `Deposit ${seq} (${kind}) is not a valid record: ${defects.slice(0, 5).join('; ')}.`,
        cureZh: '存证更正后的记录。',
        cureEn: 'Deposit a corrected record.',
        seqs: [seq],
      },
    ];
  });

/** Things that change a debt or its creditor, which the arithmetic does not read. */
const READ_BY_PEOPLE = ['settlement', 'assignment', 'objection', 'extension'] as const;

/** A person must read what the calculation cannot. */
export const readByPeople: Rule = (matter) => {
  const found = READ_BY_PEOPLE.flatMap((kind) => ofKind(matter, kind));
  if (found.length === 0) return [];
  const kinds = [...new Set(found.map(({ statement }) => statement.kind))];
  return [
    {
      code: 'AGREEMENT_TO_BE_READ',
      severity: 'review',
      rule: 'docs/claim.md: settlements and assignments do not change the arithmetic',
      zh: `存有计算未采用的材料：${kinds.map((kind) => KINDS[kind].zh).join('、')}。`,
      en: `In evidence, and not read by the calculation: ${kinds.join(', ')}.`,
      cureZh: '由人工判断其对债权金额或主体的影响。',
      cureEn: 'Let a person judge what it means for the sum or the parties.',
      seqs: seqsOf(found),
    },
  ];
};

/** A signature record that names another document than the contract in evidence. */
export const signatureElsewhere: Rule = (matter) => {
  const contracts = new Set(
    ofKind(matter, 'contract').map(({ statement }) => statement.file.sha256),
  );
  const stray = ofKind(matter, 'signature-record').filter(({ record }) => {
    const digest = signedDigest(record);
    return digest !== undefined && !contracts.has(digest);
  });
  if (stray.length === 0) return [];
  return [
    {
      code: 'SIGNATURE_OF_OTHER_DOCUMENT',
      severity: 'block',
      rule: isChinese(matter)
        ? '电子签名法第十三条'
        : 'a signature proves the document it was made on',
      zh: '电子签名验证记录所载的文件哈希值与已存证的合同均不一致。',
      en: 'The signature record names a digest that no deposited contract has.',
      cureZh: '存证所签署的合同原始文件，一个字节都不改。',
      cureEn: 'Deposit the signed contract itself, unchanged to the byte.',
      seqs: seqsOf(stray),
    },
  ];
};

function signedDigest(record: unknown): string | undefined {
  if (record === null || typeof record !== 'object') return undefined;
  const digest = (record as Record<string, unknown>).documentSha256;
  return typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

/** What the contract says of service: without it, papers are served by public notice. */
export const serviceClauseMissing: Rule = (matter) => {
  if (!isChinese(matter) || matter.terms === undefined) return [];
  const clause = matter.terms.serviceClause;
  const confirmed = recordsOf(matter, 'service-address');
  const documents = ofKind(matter, 'service-address').filter(({ record }) => record === undefined);
  const agreed = clause?.agreed === true || confirmed.length + documents.length > 0;
  const electronic =
    clause?.electronic === true || confirmed.some(({ record }) => record.electronicServiceAgreed);
  if (agreed && electronic) return [];
  const absent = !agreed;
  return [
    {
      code: 'SERVICE_CLAUSE_MISSING',
      severity: absent ? 'review' : 'note',
      rule: '在线诉讼规则第二十九条：诉前约定视为同意电子送达',
      zh: absent
        ? '没有约定送达地址，也没有送达地址确认。'
        : '约定了送达地址，但没有约定电子送达。',
      en: absent
        ? 'No address for service is agreed or confirmed.'
        : 'An address for service is agreed, electronic service is not.',
      cureZh: '补存送达地址确认书，或准备按法定方式送达。',
      cureEn: 'Deposit a confirmed address for service, or expect service by the general rules.',
      seqs: [matter.terms.seq],
    },
  ];
};
