import { legalDay } from '../../../claim/lateness.ts';
import type { SignatureCheckRecord } from '../../../claim/records.ts';
import { readableName } from '../stated-timestamps.ts';
import type { AdmissibilityFacts } from './admissibility-facts.ts';
import { sourceOf } from './case-facts.ts';

type Signature = SignatureCheckRecord['signatures'][number];

/** Signer, certificate and its root, in the words of a paper. */
function signerOf(isCn: boolean, { certificate, root, rootNamed }: Signature): string {
  if (certificate === undefined) return isCn ? '签名人证书未能读出' : 'certificate not readable';
  const [name, issuer] = [readableName(certificate.subject), readableName(certificate.issuer)];
  const serial = certificate.certificateSerial;
  const top = root === undefined ? '' : readableName(root.subject);
  if (isCn) {
    const trust = rootNamed ? `根证书${top}在存证人信任的名单内` : '根证书不在存证人信任的名单内';
    return `签名人${name}，证书序列号${serial}，颁发者${issuer}，${trust}`;
  }
  const trust = rootNamed ? `root ${top}, which the depositor named` : 'root not named';
  return `signer ${name}, certificate ${serial} issued by ${issuer}, ${trust}`;
}

const VERDICT = {
  valid: { zh: '签名有效', en: 'signature valid' },
  /** Digest and signature agree; nobody named the root of the certificate. */
  fits: { zh: '签名与文件相符', en: 'signature fits the file' },
  invalid: { zh: '签名无效', en: 'signature invalid' },
  undecided: { zh: '签名未能判定', en: 'signature undecided' },
} as const;

/** What a court must read in words; the codes of all others are listed in docs/formats/records.md. */
const REASONS: Record<string, { zh: string; en: string }> = {
  CONTENT_CHANGED: { zh: '签署后文件内容有改动', en: 'the content was changed after signing' },
  SIGNATURE_WRONG: { zh: '签名值与证书不符', en: 'the signature does not fit its certificate' },
};

function reasonText(isCn: boolean, reason: string): string {
  const words = REASONS[reason];
  const text = words === undefined ? reason : isCn ? words.zh : words.en;
  return isCn ? `（原因：${text}）` : ` (because: ${text})`;
}

function signatureText(isCn: boolean, signature: Signature): string {
  const { result, reason, coversWholeFile } = signature;
  const word = VERDICT[result === 'valid' && !signature.rootNamed ? 'fits' : result];
  const verdict = isCn ? word.zh : word.en;
  const why = result === 'valid' ? '' : reasonText(isCn, reason);
  const part = coversWholeFile
    ? ''
    : isCn
      ? '，其后文件有追加的内容或者签名'
      : ', contents or signatures were added to the file after it';
  const comma = isCn ? '，' : ', ';
  return `${verdict}${why}${comma}${signerOf(isCn, signature)}${part}`;
}

/** What the check of one PDF found, and when: for the index of evidence and the statement. */
export function signatureRemark(isCn: boolean, check: SignatureCheckRecord): string {
  const { result, reason = '', signatures, checkedAt } = check;
  const day = legalDay(checkedAt);
  const on = isCn
    ? `存证服务${day}核验文件内的电子签名：`
    : `Signatures in the file, checked ${day}: `;
  if (result === 'unsigned') return `${on}${isCn ? '文件不带电子签名' : 'there is none'}`;
  if (signatures.length === 0) {
    return `${on}${isCn ? '未能判定' : 'undecided'}${reasonText(isCn, reason)}`;
  }
  return `${on}${signatures.map((one) => signatureText(isCn, one)).join(isCn ? '；' : '; ')}`;
}

/** Results of the exhibited PDFs, each with its exhibit: the valid ones, or all others. */
export function signatureLines(
  { context, checked }: AdmissibilityFacts,
  which: 'valid' | 'other',
): string[] {
  const isCn = context.matter.profile.jurisdiction === 'cn';
  return checked
    .filter(({ check }) => (check.result === 'valid') === (which === 'valid'))
    .map(({ pdf, check }) => {
      const text = `${sourceOf(context, [pdf.seq])}${isCn ? '，' : ': '}${signatureRemark(isCn, check)}`;
      return `${text}${isCn ? '。' : '.'}`;
    });
}
