import { FieldReader } from '../formats/fields.ts';
import { canonicalBytes, type Json, parseCanonical } from '../formats/jcs.ts';
import { jwsSignatureHolds, parseJws } from './jws.ts';
import { reasonOf, type Verdict } from './report.ts';

/** Type in the protected header of a court's receipt. */
export const COURT_RECEIPT_TYPE = 'cunzheng-receipt+jws';

/** Longest receipt as text: what a deposited record of kind `court-receipt` can hold. */
export const MAX_RECEIPT_LENGTH = 20_000;

/** `received`: the filing is with the court. `returned`: sent back with every defect at once. */
export type CourtDecision = 'received' | 'returned';

/** Findings of one sort: which check, how it ended, why, and on what. */
export interface CourtFinding {
  /** Check and reason by the names of the verification report. */
  check: string;
  reason: string;
  verdict: Verdict;
  zh: string;
  en: string;
  /** Technical detail of the first; empty when there is none. */
  detail: string;
  /** Paths in the package; may be fewer than `count`, never more. */
  subjects: string[];
  count: number;
}

/** Where the court itself found the checkpoint recorded. */
export interface CourtChainFinding {
  registry: string;
  chainId: number;
  address: string;
  block: number;
  /** Seconds since 1970-01-01 UTC, by the chain's clock. */
  blockTime: number;
}

/** What a court signs for one package (docs/formats/court-receipt.md). */
export interface CourtReceiptPayload {
  court: string;
  receiptNo: string;
  /** Name under which the court registered who handed the package in. */
  sender: string;
  /** Case, revision and evidence number as the package states them; null where it is unreadable. */
  caseId: string | null;
  revision: number | null;
  evidenceNo: string | null;
  packageSha256: string;
  packageSize: number;
  /** RFC 3339, UTC. */
  receivedAt: string;
  decidedAt: string;
  decision: CourtDecision;
  verdict: Verdict;
  /** Why it was returned: all at once (在线诉讼规则 Art. 9). Empty when it was received. */
  defects: CourtFinding[];
  /** What stayed open although it was received. */
  reservations: CourtFinding[];
  notChecked: string[];
  checkpoint: { origin: string; size: number; root: string } | null;
  /** The court's own look-up; null when it gave no record. */
  chain: CourtChainFinding | null;
  /** Why the look-up gave nothing, when the court's connection was the reason. */
  chainProblem: string | null;
  /** SHA-256 of the full report that the court keeps and hands out. */
  reportSha256: string;
}

/** The payload's bytes: RFC 8785 JSON. */
export function encodeCourtReceipt(payload: CourtReceiptPayload): Uint8Array {
  const value = { v: 1, type: 'court-receipt', ...payload };
  return canonicalBytes(value as unknown as Json);
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @throws FormatError RECEIPT_INVALID, JSON_INVALID, JSON_NOT_CANONICAL */
export function parseCourtReceipt(input: Uint8Array | string): CourtReceiptPayload {
  const read = new FieldReader(parseCanonical(input), 'RECEIPT_INVALID', 'court receipt');
  read.constant('v', 1);
  read.constant('type', 'court-receipt');
  const instant = (name: string) => read.matching(name, INSTANT, 'an instant in UTC');
  const payload: CourtReceiptPayload = {
    court: read.text('court', 200),
    receiptNo: read.text('receiptNo', 100),
    sender: read.text('sender', 200),
    ...readCase(read),
    packageSha256: read.hash('packageSha256'),
    packageSize: read.count('packageSize'),
    receivedAt: instant('receivedAt'),
    decidedAt: instant('decidedAt'),
    decision: oneOf(read, 'decision', ['received', 'returned']),
    verdict: oneOf(read, 'verdict', ['passed', 'failed', 'indeterminate']),
    defects: read.list('defects', 1000).map(parseFinding),
    reservations: read.list('reservations', 1000).map(parseFinding),
    notChecked: read.list('notChecked', 100).map((item) => textOf(read, item)),
    ...readLookUp(read),
    chainProblem: orNull(read.json('chainProblem'), (value) => textOf(read, value)),
    reportSha256: read.hash('reportSha256'),
  };
  read.end();
  return payload;
}

function readCase(read: FieldReader) {
  const text = (name: string) => orNull(read.json(name), (value) => textOf(read, value));
  const revision = orNull(read.json('revision'), (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw read.error('needs a whole number in "revision"');
  });
  return { caseId: text('caseId'), evidenceNo: text('evidenceNo'), revision };
}

function readLookUp(read: FieldReader): Pick<CourtReceiptPayload, 'checkpoint' | 'chain'> {
  const checkpoint = orNull(read.json('checkpoint'), (value) => {
    const inner = new FieldReader(value, 'RECEIPT_INVALID', 'checkpoint of a court receipt');
    const out = {
      origin: inner.text('origin'),
      size: inner.count('size'),
      root: inner.hash('root'),
    };
    inner.end();
    return out;
  });
  const chain = orNull(read.json('chain'), (value) => {
    const inner = new FieldReader(value, 'RECEIPT_INVALID', 'look-up of a court receipt');
    const out = {
      registry: inner.text('registry', 200),
      chainId: inner.count('chainId'),
      address: inner.text('address', 42),
      block: inner.count('block'),
      blockTime: inner.count('blockTime'),
    };
    inner.end();
    return out;
  });
  return { checkpoint, chain };
}

function parseFinding(value: Json): CourtFinding {
  const read = new FieldReader(value, 'RECEIPT_INVALID', 'finding of a court receipt');
  const detail = read.json('detail');
  const finding: CourtFinding = {
    check: read.text('check', 100),
    reason: read.text('reason', 100),
    verdict: oneOf(read, 'verdict', ['passed', 'failed', 'indeterminate']),
    zh: read.text('zh'),
    en: read.text('en'),
    detail: typeof detail === 'string' ? detail : textOf(read, detail),
    subjects: read.list('subjects', 10_000).map((item) => textOf(read, item)),
    count: read.count('count'),
  };
  read.end();
  return finding;
}

function oneOf<T extends string>(read: FieldReader, name: string, values: readonly T[]): T {
  const text = read.text(name, 32);
  const found = values.find((value) => value === text);
  if (found === undefined) throw read.error(`has an unknown "${name}"`);
  return found;
}

function textOf(read: FieldReader, value: Json): string {
  if (typeof value === 'string') return value;
  throw read.error('has a member that is not text');
}

function orNull<T>(value: Json, parse: (value: Json) => T): T | null {
  return value === null ? null : parse(value);
}

export type ReceiptCheckId =
  | 'receipt.form'
  | 'receipt.signature'
  | 'receipt.key'
  | 'receipt.package';

export type ReceiptReason =
  | 'OK'
  | 'MALFORMED'
  | 'SIGNATURE_WRONG'
  | 'KEY_NOT_NAMED'
  | 'NAME_DIFFERS'
  | 'PACKAGE_DIFFERS';

/** How a court's receipt was judged; `payload` is there only when nothing failed. */
export interface CourtReceiptReport {
  verdict: Verdict;
  checks: { id: ReceiptCheckId; verdict: Verdict; reason: ReceiptReason; detail?: string }[];
  notChecked: ('PACKAGE' | 'REVOCATION')[];
  /** Thumbprint of the key inside the receipt, whoever's it is. */
  thumbprint?: string;
  payload?: CourtReceiptPayload;
}

/**
 * Judges a court's signed receipt: its form, the signature, whether the policy names the key as that
 * court's, and whether it is about this package. Never throws.
 * @param courts from the verifier's own policy (`TrustPolicy.courts`)
 * @param packageSha256 of the package in hand; absent: not compared, and said so
 */
export function verifyCourtReceipt(
  jws: string,
  options: { courts: readonly { name: string; thumbprint: string }[]; packageSha256?: string },
): CourtReceiptReport {
  const report: CourtReceiptReport = {
    verdict: 'failed',
    checks: [],
    notChecked: options.packageSha256 === undefined ? ['PACKAGE', 'REVOCATION'] : ['REVOCATION'],
  };
  try {
    if (jws.length > MAX_RECEIPT_LENGTH) throw new Error(`${jws.length} characters are too many`);
    const parsed = parseJws(jws, COURT_RECEIPT_TYPE);
    const payload = parseCourtReceipt(parsed.payload);
    report.thumbprint = parsed.thumbprint;
    report.checks.push({ id: 'receipt.form', verdict: 'passed', reason: 'OK' });
    judge(report, 'receipt.signature', jwsSignatureHolds(parsed), 'SIGNATURE_WRONG');
    judgeKey(report, parsed.thumbprint, payload.court, options.courts);
    if (options.packageSha256 !== undefined) {
      const same = payload.packageSha256 === options.packageSha256;
      judge(report, 'receipt.package', same, 'PACKAGE_DIFFERS', payload.packageSha256);
    }
    report.verdict = verdictOf(report);
    if (report.verdict !== 'failed') report.payload = payload;
  } catch (error) {
    const detail = reasonOf(error);
    report.checks.push({ id: 'receipt.form', verdict: 'failed', reason: 'MALFORMED', detail });
  }
  return report;
}

function judge(
  report: CourtReceiptReport,
  id: ReceiptCheckId,
  holds: boolean,
  reason: ReceiptReason,
  detail?: string,
): void {
  report.checks.push({
    id,
    verdict: holds ? 'passed' : 'failed',
    reason: holds ? 'OK' : reason,
    ...(detail === undefined ? {} : { detail }),
  });
}

function judgeKey(
  report: CourtReceiptReport,
  thumbprint: string,
  court: string,
  courts: readonly { name: string; thumbprint: string }[],
): void {
  const named = courts.filter((known) => known.thumbprint === thumbprint);
  if (named.length === 0) {
    const detail = thumbprint;
    report.checks.push({
      id: 'receipt.key',
      verdict: 'indeterminate',
      reason: 'KEY_NOT_NAMED',
      detail,
    });
    return;
  }
  // One court's key must not speak under another court's name.
  const own = named.some(({ name }) => name === court);
  judge(report, 'receipt.key', own, 'NAME_DIFFERS', court);
}

function verdictOf({ checks }: CourtReceiptReport): Verdict {
  const verdicts = checks.map(({ verdict }) => verdict);
  if (verdicts.includes('failed')) return 'failed';
  return verdicts.includes('indeterminate') ? 'indeterminate' : 'passed';
}
