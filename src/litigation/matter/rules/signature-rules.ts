import type { SignatureCheckRecord } from '../../../claim/records.ts';
import { KINDS } from '../../../formats/taxonomy.ts';
import type { Finding, Matter, MatterArtifact, Severity } from '../matter.ts';
import { ofKind, type Rule, recordsOf, ruleText } from './matter-facts.ts';

/** What was found when the signatures of a deposited PDF were checked, with the PDF itself. */
export interface CheckedPdf {
  pdf: MatterArtifact;
  check: SignatureCheckRecord;
  /** Number of the deposit that holds the check. */
  seq: number;
}

/** The PDFs of a loan whose signatures were checked, in the order of the checks. */
export function checkedPdfs(matter: Matter): CheckedPdf[] {
  return recordsOf(matter, 'signature-check').flatMap(({ seq, record, artifact }) => {
    const checked = artifact.statement.references.find(({ rel }) => rel === 'checks')?.seq;
    const pdf = matter.artifacts.find((one) => one.seq === checked);
    const isOf = pdf?.statement.file.sha256 === record.documentSha256;
    return pdf !== undefined && isOf ? [{ pdf, check: record, seq }] : [];
  });
}

type Words = Pick<Finding, 'code' | 'severity' | 'zh' | 'en' | 'cureZh' | 'cureEn'>;

const CURE = {
  cureZh: '向签署平台核对原件，存证签署后未经改动的原始文件。',
  cureEn: 'Compare with the signing platform and deposit the signed file, unchanged.',
};

/** Signed papers whose signature does not hold, cannot be judged, or is not there. */
export const signatureFindings: Rule = (matter) =>
  checkedPdfs(matter).flatMap(({ pdf, check, seq }) => {
    const words = wordsOf(matter, pdf, check);
    if (words === undefined) return [];
    return [{ ...words, rule: ruleText(matter, '电子签名法第十三条'), seqs: [pdf.seq, seq] }];
  });

function wordsOf(
  matter: Matter,
  pdf: MatterArtifact,
  { result, reason = '', signatures }: SignatureCheckRecord,
): Words | undefined {
  const { kind } = pdf.statement;
  const [zh, en] = [`存证序号${pdf.seq}（${KINDS[kind].zh}）`, `Deposit ${pdf.seq} (${kind})`];
  const isContract = kind === 'contract';
  if (result === 'invalid') {
    return {
      code: 'SIGNATURE_INVALID',
      severity: isContract ? 'block' : 'review',
      zh: `${zh}的电子签名与文件不符：文件或签名在签署后被改动（${reason}）。`,
      en: `${en}: an electronic signature does not fit the file (${reason}): one of them was changed.`,
      ...CURE,
    };
  }
  if (result === 'undecided' || result === 'unreadable') {
    return {
      code: 'SIGNATURE_UNDECIDED',
      severity: isContract ? 'review' : 'note',
      zh: `${zh}的电子签名未能判定（${reason}）。`,
      en: `${en}: its electronic signature could not be judged (${reason}).`,
      cureZh: '请签署平台或者电子认证机构出具验证报告并存证。',
      cureEn:
        'Have the signing platform or the certification authority report on it; deposit that.',
    };
  }
  if (result === 'unsigned') return isContract ? unsigned(matter, pdf, zh, en) : undefined;
  if (!isContract || signatures.some(({ rootNamed }) => rootNamed)) return undefined;
  return {
    code: 'SIGNER_ROOT_NOT_NAMED',
    severity: 'note',
    zh: `${zh}的签名与文件相符，但证书的颁发机构不在本系统信任的名单内。`,
    en: `${en}: the signature fits the file, but nobody here named the root of its certificate.`,
    cureZh: '核对颁发机构是否持有电子认证服务许可，并将其根证书列入信任名单。',
    cureEn: 'Make sure that the authority is licensed, and name its root certificate.',
  };
}

/** A record of the signing platform may prove what the file itself does not carry. */
function unsigned(matter: Matter, pdf: MatterArtifact, zh: string, en: string): Words {
  const { sha256 } = pdf.statement.file;
  const told = ofKind(matter, 'signature-record').some(({ record }) => digestOf(record) === sha256);
  const severity: Severity = told ? 'note' : 'review';
  const has = told ? '仅有签署平台的记录' : '也没有签署平台的记录';
  const other = told ? 'only the platform tells of one' : 'and no platform tells of one';
  return {
    code: 'CONTRACT_UNSIGNED',
    severity,
    zh: `${zh}的文件本身不带电子签名，${has}。`,
    en: `${en} carries no electronic signature itself, ${other}.`,
    cureZh: '存证带有电子签名的合同原件；纸质签署的，存证签名页影像。',
    cureEn:
      'Deposit the signed file; of a contract signed on paper, the scan of its signature page.',
  };
}

function digestOf(record: unknown): unknown {
  return record === null || typeof record !== 'object'
    ? undefined
    : (record as { documentSha256?: unknown }).documentSha256;
}
