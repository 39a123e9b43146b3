import { parseAsOf } from '../../src/claim/as-of.ts';
import { calculateClaim } from '../../src/claim/calculate-claim.ts';
import { type DepositedRecord, fromRecords } from '../../src/claim/from-records.ts';
import { parseMoney } from '../../src/claim/money.ts';
import { parseDecimal } from '../../src/claim/rational.ts';
import { hasRecordSchema, parseRecord } from '../../src/claim/records.ts';
import { parseAsicManifest } from '../../src/formats/asic-manifest.ts';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '../../src/formats/bytes.ts';
import {
  encodeCaseFile,
  encodeHistory,
  parseCaseFile,
  parseHistory,
} from '../../src/formats/case-file.ts';
import { encodeChainMove, parseChainMove } from '../../src/formats/chain-move.ts';
import { parseCheckpoint } from '../../src/formats/checkpoint.ts';
import { encodeConsistencyFile, parseConsistencyFile } from '../../src/formats/consistency-file.ts';
import { parseWitnessKey } from '../../src/formats/cosignature.ts';
import { encodeEntry, parseEntry } from '../../src/formats/entry.ts';
import {
  parseCanonicalEvidenceNumber,
  parseEvidenceNumber,
} from '../../src/formats/evidence-number.ts';
import { canonicalJson, type Json, parseCanonical, parseJson } from '../../src/formats/jcs.ts';
import { parseLoanMapProof } from '../../src/formats/loan-map.ts';
import { parseNote, parseVerifierKey } from '../../src/formats/note.ts';
import { parsePolicy } from '../../src/formats/policy.ts';
import {
  encodeCompletenessProof,
  encodeProofFile,
  parseAnchorRecord,
  parseCompletenessProof,
  parseProofFile,
} from '../../src/formats/proof-file.ts';
import { parseReceipt } from '../../src/formats/receipt.ts';
import { encodeStatement, parseStatement } from '../../src/formats/statement.ts';
import { isKind } from '../../src/formats/taxonomy.ts';
import { decodeBundle, encodeBundle, parseTilePath } from '../../src/formats/tile.ts';
import { parseTimestampRecord } from '../../src/formats/timestamp.ts';
import { encodeTlogProof, parseTlogProof } from '../../src/formats/tlog-proof.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import { verifyAttachedCms, verifyDetachedCms } from '../../src/verify/cms.ts';
import { parseSignedData } from '../../src/verify/cms-structure.ts';
import {
  encodeCourtReceipt,
  parseCourtReceipt,
  verifyCourtReceipt,
} from '../../src/verify/court-receipt.ts';
import { readDer, readDerPrefix } from '../../src/verify/der.ts';
import { fromBase64url, parseEcJwk, parseJws, toBase64url } from '../../src/verify/jws.ts';
import { lookUpsFor } from '../../src/verify/look-up.ts';
import { verifyPdfSignatures } from '../../src/verify/pdf-signature.ts';
import { parsePublicKey, parseSignatureAlgorithm } from '../../src/verify/public-key.ts';
import { renderReport } from '../../src/verify/render-report.ts';
import type { VerificationReport } from '../../src/verify/report.ts';
import { parseRevocationList } from '../../src/verify/revocation-list.ts';
import {
  type TimestampVerdict,
  verifyTimestamp,
  verifyTimestampToken,
} from '../../src/verify/time-stamp.ts';
import { parseTimeStampAnswer, parseTokenInfo } from '../../src/verify/time-stamp-token.ts';
import { verifyCompleteness, verifyReceipt } from '../../src/verify/verify-completeness.ts';
import { openProof, verifyFile } from '../../src/verify/verify-file.ts';
import { verifyPackage } from '../../src/verify/verify-package.ts';
import { parseCertificate } from '../../src/verify/x509.ts';
import type { Form } from './mutate.ts';
import { type SampleName, type Samples, TIME_STAMP } from './samples.ts';

/** What became of an input: read or judged. A refusal is an error with a code. */
export interface Outcome {
  passed: boolean;
  /** What a pass asserts. Changed bytes may pass only if they assert what genuine ones do. */
  says: string;
}

/** One parser or verifier: how it is fed, and with what. */
export interface Target {
  name: string;
  form: Form;
  samples: SampleName;
  run(input: Uint8Array, samples: Samples): Outcome;
}

const READ: Outcome = { passed: false, says: '' };

/**
 * A parser. With `encode`, whatever it accepts must be written again to the same bytes: a format
 * that is hashed has one form.
 */
function parser<T>(
  name: string,
  form: Form,
  samples: SampleName,
  parse: (input: Uint8Array) => T,
  encode?: (value: T) => string | Uint8Array,
): Target {
  return {
    name,
    form,
    samples,
    run(input) {
      const value = parse(input);
      if (encode === undefined) return READ;
      const again = encode(value);
      const bytes = typeof again === 'string' ? utf8(again) : again;
      if (Buffer.compare(bytes, input) !== 0) throw new Error(`${name} accepts a second form`);
      return READ;
    },
  };
}

/** A parser of text: bytes that are not UTF-8 do not reach it. */
const ofText =
  <T>(parse: (text: string) => T) =>
  (input: Uint8Array): T =>
    parse(fromUtf8(input));

function judge(
  name: string,
  form: Form,
  samples: SampleName,
  verify: (input: Uint8Array, samples: Samples) => Outcome,
): Target {
  return { name, form, samples, run: verify };
}

const STAMP_ROOTS = { trustedRoots: [fromBase64(TIME_STAMP.root)] };

function stampOutcome({ result, info, authority, root }: TimestampVerdict): Outcome {
  const says = `${info?.time.toISOString()} ${info?.serial} ${authority} ${root}`;
  return { passed: result === 'passed', says };
}

/** A report also has to be printable, whatever its facts hold. */
function outcomeOf(report: VerificationReport): Outcome {
  for (const language of ['zh', 'en'] as const) renderReport(report, language);
  return { passed: report.verdict === 'passed', says: JSON.stringify(report.facts) };
}

const offline = ({ policy, now }: Samples) => ({ policy: { ...policy, anchorsRequired: 0 }, now });

/** A parser of JSON values, fed with their text. */
const ofJson =
  <T>(parse: (value: Json) => T) =>
  (input: Uint8Array): T =>
    parse(parseJson(input));

/** The events in a JSON list of [kind, record]; the cut-off is a day after all of the sample. */
function claimOf(input: Uint8Array): void {
  const list = parseJson(input);
  const records = (Array.isArray(list) ? list : []).flatMap((item, seq): DepositedRecord[] => {
    const [kind, record] = Array.isArray(item) ? item : [];
    if (typeof kind !== 'string' || !isKind(kind) || record === undefined) return [];
    return [{ seq, kind, record, occurredAt: '2024-01-01T00:00:00Z' }];
  });
  const terms = fromRecords(records);
  calculateClaim(terms, records.length % 2 === 0 ? '2024-12-31' : '2999-12-31');
}

function recordOf(input: Uint8Array): void {
  const list = parseJson(input);
  for (const item of Array.isArray(list) ? list : []) {
    const [kind, record] = Array.isArray(item) ? item : [];
    if (typeof kind !== 'string' || !hasRecordSchema(kind)) continue;
    parseRecord(kind, record ?? null);
  }
}

const cmsOutcome = ({ result, signer }: { result: string; signer?: object }): Outcome => ({
  passed: result === 'passed',
  says: JSON.stringify(signer ?? null),
});

const rootsOf = ({ policy, now }: Samples) => ({
  trustedRoots: policy.signingRoots.map(({ sha256 }) => sha256),
  at: now,
});

/**
 * Every function of `src/formats`, `src/verify` and `src/claim` that reads what others wrote. A new
 * one is one line here; `hostile-bytes.test.ts` fails until it is.
 */
export const TARGETS: readonly Target[] = [
  parser('fromHex', 'text', 'hex', ofText(fromHex), toHex),
  parser('fromBase64', 'text', 'base64', ofText(fromBase64), toBase64),
  parser('fromUtf8', 'text', 'note', fromUtf8, utf8),
  parser('parseJson', 'json', 'json', parseJson),
  parser('parseCanonical', 'json', 'entry', parseCanonical, canonicalJson),
  parser('parseStatement', 'json', 'statement', parseStatement, encodeStatement),
  parser('parseEntry', 'json', 'entry', parseEntry, encodeEntry),
  parser('parseNote', 'text', 'note', parseNote),
  parser('parseCheckpoint', 'text', 'note', parseCheckpoint),
  parser('parseVerifierKey', 'text', 'vkey', ofText(parseVerifierKey), ({ vkey }) => vkey),
  parser('parseChainMove', 'json', 'chainMove', ofText(parseChainMove), encodeChainMove),
  parser('parseWitnessKey', 'text', 'witnessKey', ofText(parseWitnessKey), ({ vkey }) => vkey),
  parser('parseAsOf', 'text', 'asOf', ofText(parseAsOf), ({ text }) => text),
  parser('parseReceipt', 'json', 'receipts', parseReceipt),
  parser('parseProofFile', 'json', 'proof', parseProofFile, encodeProofFile),
  parser('parseAnchorRecord', 'json', 'anchor', ofJson(parseAnchorRecord)),
  parser('parseTimestampRecord', 'json', 'timestamp', ofJson(parseTimestampRecord)),
  parser(
    'parseCompletenessProof',
    'json',
    'completeness',
    parseCompletenessProof,
    encodeCompletenessProof,
  ),
  parser('parseLoanMapProof', 'json', 'mapProof', ofJson(parseLoanMapProof)),
  parser('parseTlogProof', 'text', 'tlogProof', ofText(parseTlogProof), (proof) =>
    encodeTlogProof(proof.index, proof.hashes, proof.checkpointText),
  ),
  parser(
    'parseConsistencyFile',
    'json',
    'consistency',
    parseConsistencyFile,
    encodeConsistencyFile,
  ),
  parser('parsePolicy', 'json', 'policy', parsePolicy),
  parser('parseEvidenceNumber', 'text', 'evidenceNo', ofText(parseEvidenceNumber)),
  parser(
    'parseCanonicalEvidenceNumber',
    'text',
    'evidenceNo',
    ofText(parseCanonicalEvidenceNumber),
    (no) => no,
  ),
  parser('parseTilePath', 'text', 'tilePath', ofText(parseTilePath)),
  parser('decodeBundle', 'bytes', 'bundle', decodeBundle, encodeBundle),
  parser('parseCaseFile', 'json', 'case', parseCaseFile, encodeCaseFile),
  parser('parseHistory', 'json', 'history', parseHistory, encodeHistory),
  parser('parseAsicManifest', 'text', 'manifest', parseAsicManifest),
  parser('readContainer', 'zip', 'package', (input) => readContainer(input)),
  parser(
    'readDer',
    'der',
    'signature',
    (input) => readDer(input),
    ({ der }) => der,
  ),
  parser('readDerPrefix', 'der', 'signature', readDerPrefix),
  parser('parseSignedData', 'der', 'signature', parseSignedData),
  parser('parseCertificate', 'der', 'certificate', parseCertificate, ({ der }) => der),
  parser('parseTokenInfo', 'der', 'tokenInfo', parseTokenInfo),
  parser('parseTimeStampAnswer', 'der', 'tokenAnswer', parseTimeStampAnswer),
  parser('parseRevocationList', 'der', 'crl', parseRevocationList),
  parser('parsePublicKey', 'der', 'publicKey', (input) => parsePublicKey(readDer(input))),
  parser('parseSignatureAlgorithm', 'der', 'algorithm', (input) =>
    parseSignatureAlgorithm(readDer(input), 'sha256'),
  ),
  parser('fromBase64url', 'text', 'base64url', ofText(fromBase64url), toBase64url),
  parser('parseEcJwk', 'json', 'jwk', ofJson(parseEcJwk)),
  parser(
    'parseJws',
    'text',
    'courtReceipt',
    ofText((text) => parseJws(text, 'cunzheng-receipt+jws')),
  ),
  parser('parseCourtReceipt', 'json', 'courtPayload', parseCourtReceipt, encodeCourtReceipt),
  parser('openProof', 'json', 'proof', openProof),
  parser('parseRecord', 'json', 'records', recordOf),
  parser('parseMoney', 'text', 'money', ofText(parseMoney)),
  parser('parseDecimal', 'text', 'money', ofText(parseDecimal)),
  parser('calculateClaim', 'json', 'records', claimOf),
  parser('lookUpsFor', 'json', 'proof', (input) => {
    for (const form of ['package', 'proof', 'completeness'] as const) {
      lookUpsFor({ form, bytes: input }, undefined);
    }
  }),
  judge('verifyFile', 'json', 'proof', (input, samples) =>
    outcomeOf(verifyFile(undefined, input, offline(samples))),
  ),
  judge('verifyCompleteness', 'json', 'completeness', (input, samples) =>
    outcomeOf(verifyCompleteness(input, offline(samples))),
  ),
  judge('verifyReceipt', 'json', 'receipt', (input, samples) =>
    outcomeOf(verifyReceipt(input, samples.of.completeness[0], offline(samples))),
  ),
  judge('verifyCourtReceipt', 'text', 'courtReceipt', (input, { policy, packageSha256 }) => {
    const { courts } = policy;
    const report = verifyCourtReceipt(fromUtf8(input), { courts, packageSha256 });
    return { passed: report.verdict === 'passed', says: JSON.stringify(report.payload ?? null) };
  }),
  judge('verifyDetachedCms', 'der', 'signature', (input, samples) =>
    cmsOutcome(verifyDetachedCms(input, samples.manifest, rootsOf(samples))),
  ),
  judge('verifyAttachedCms', 'der', 'signature', (input, samples) =>
    cmsOutcome(
      verifyAttachedCms(input, { ...rootsOf(samples), contentType: '1.2.840.113549.1.7.1' }),
    ),
  ),
  judge('verifyTimestamp', 'json', 'timestamp', (input, { now }) => {
    const record = parseTimestampRecord(parseJson(input));
    return stampOutcome(verifyTimestamp(record, utf8(TIME_STAMP.stamped), now, STAMP_ROOTS));
  }),
  judge('verifyTimestampToken', 'der', 'token', (input) => {
    const record = { ...TIME_STAMP.record, token: toBase64(input) };
    return stampOutcome(verifyTimestampToken(record, utf8(TIME_STAMP.stamped), STAMP_ROOTS));
  }),
  judge('verifyPdfSignatures', 'bytes', 'pdf', (input, samples) => {
    const { result } = verifyPdfSignatures(input, rootsOf(samples));
    return { passed: result === 'passed', says: String(input.length) };
  }),
  judge('verifyPackage', 'zip', 'package', (input, samples) =>
    outcomeOf(verifyPackage(input, { policy: samples.policy, now: samples.now })),
  ),
];
