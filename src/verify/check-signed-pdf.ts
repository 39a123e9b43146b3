import type { SignatureCheckRecord } from '../claim/records.ts';
import type { SignatureReason, SignerSummary } from './cms.ts';
import { type PdfSignatureVerdict, type PdfVerdict, verifyPdfSignatures } from './pdf-signature.ts';

/** Name and version of the check, kept in each result: another version may judge otherwise. */
export const SIGNATURE_CHECKER = 'cunzheng signed-pdf 1';

/** Larger files are not read: the check must not cost a service its memory. */
export const MAX_CHECKED_BYTES = 64 << 20;

export interface SignedPdfOptions {
  /** SHA-256 of the file, hex. */
  documentSha256: string;
  /** When the file came in: its certificates must have been valid then. */
  receivedAt: Date;
  /** Roots that the installation names: DER certificates. */
  trustedRoots: readonly Uint8Array[];
}

/** A check without the time at which it was made. */
export type SignedPdfFindings = Omit<SignatureCheckRecord, 'checkedAt'>;

type Signature = SignatureCheckRecord['signatures'][number];

/** The digest was right and the key's signature too; what is open is who vouches for the key. */
const SOUND: readonly SignatureReason[] = [
  'SIGNER_TRUSTED',
  'SIGNER_NOT_NAMED',
  'UNSIGNED_PARTS',
  'CERTIFICATE_UNUSED',
];
/** Only these say that something was changed; all else is a thing this check cannot judge. */
const CHANGED: readonly SignatureReason[] = ['CONTENT_CHANGED', 'SIGNATURE_WRONG'];

/**
 * What the signatures of a deposited PDF are worth, as a `signature-check` record. Never throws.
 * `valid`: every signature fits its bytes and its certificate, and the last covers the whole file;
 * whether the certificate's root is one that the installation names stands beside it. `invalid`
 * only when bytes or signature do not fit; whatever cannot be judged is `undecided` and says why.
 * Revocation is not checked, time stamps are noted and not judged.
 */
export function checkSignedPdf(pdf: Uint8Array, options: SignedPdfOptions): SignedPdfFindings {
  const common = { documentSha256: options.documentSha256, checker: SIGNATURE_CHECKER };
  const unreadable = (reason: string, detail: string): SignedPdfFindings => ({
    ...common,
    result: 'unreadable',
    reason,
    detail,
    signatures: [],
  });
  if (pdf.length > MAX_CHECKED_BYTES) return unreadable('FILE_TOO_LARGE', `${pdf.length} bytes`);
  if (!startsAsPdf(pdf)) return unreadable('NOT_A_PDF', 'no %PDF header in the first 1,024 bytes');
  const { trustedRoots, receivedAt } = options;
  const verdict = verifyPdfSignatures(pdf, { trustedRoots, at: receivedAt });
  return { ...common, ...judged(verdict) };
}

function startsAsPdf(pdf: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(pdf.subarray(0, 1024)).includes('%PDF-');
}

function judged(verdict: PdfVerdict): Pick<SignedPdfFindings, 'result' | 'signatures'> {
  const { signatures } = verdict;
  const told = signatures.map(signatureOf);
  const persons = told.filter((_, index) => signatures[index]?.isTimestamp === false);
  const because = (result: SignedPdfFindings['result'], reason: string, detail = '') => ({
    result,
    reason,
    ...(detail === '' ? {} : { detail: detail.slice(0, 500).toWellFormed() }),
    signatures: told,
  });
  if (verdict.reason === 'NO_SIGNATURE') return because('unsigned', 'NO_SIGNATURE');
  const worst =
    persons.find(({ result }) => result === 'invalid') ??
    persons.find(({ result }) => result === 'undecided');
  if (worst !== undefined) return because(worst.result, worst.reason, worst.detail);
  if (persons.length === 0) return because('undecided', verdict.reason, verdict.detail);
  const whole = told.some(({ coversWholeFile }) => coversWholeFile);
  return whole ? because('valid', 'OK') : because('undecided', 'NOT_WHOLE_FILE');
}

function signatureOf(one: PdfSignatureVerdict): Signature {
  const reason = one.reason as SignatureReason;
  const { signer, root, detail, claimedTime } = one;
  return {
    result: SOUND.includes(reason) ? 'valid' : CHANGED.includes(reason) ? 'invalid' : 'undecided',
    reason: one.isTimestamp ? 'DOCUMENT_TIMESTAMP' : reason,
    ...(detail === '' ? {} : { detail: detail.slice(0, 500).toWellFormed() }),
    coversWholeFile: one.coversWholeFile,
    ...(signer === undefined ? {} : { certificate: certificateOf(signer) }),
    ...(root === undefined ? {} : { root: certificateOf(root) }),
    rootNamed: reason === 'SIGNER_TRUSTED' || reason === 'UNSIGNED_PARTS',
    ...(claimedTime === undefined ? {} : { claimedTime }),
    timestamp: one.isTimestamp || one.hasTimestamp === true,
  };
}

const shown = (text: string, most: number): string =>
  text === '' ? '—' : text.slice(0, most).toWellFormed();

function certificateOf(signer: SignerSummary): NonNullable<Signature['certificate']> {
  return {
    subject: shown(signer.subject, 2000),
    issuer: shown(signer.issuer, 2000),
    certificateSerial: shown(signer.serial, 500),
    certificateSha256: signer.fingerprint,
    validFrom: signer.notBefore.toISOString(),
    validUntil: signer.notAfter.toISOString(),
  };
}
