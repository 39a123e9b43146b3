import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openReceiptSigner } from '../../src/adapters/court/receipt-signer.ts';
import { openInstallation } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { concatBytes, fromBase64, fromHex, utf8 } from '../../src/formats/bytes.ts';
import { encodeChainMove } from '../../src/formats/chain-move.ts';
import { encodeConsistencyFile } from '../../src/formats/consistency-file.ts';
import { witnessKey } from '../../src/formats/cosignature.ts';
import { canonicalJson } from '../../src/formats/jcs.ts';
import { loanMapProofToJson } from '../../src/formats/loan-map.ts';
import type { TrustPolicy } from '../../src/formats/policy.ts';
import { encodePolicy } from '../../src/formats/policy.ts';
import { parseCompletenessProof, parseProofFile } from '../../src/formats/proof-file.ts';
import type { TimestampRecord } from '../../src/formats/timestamp.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import { parseSignedData } from '../../src/verify/cms-structure.ts';
import {
  COURT_RECEIPT_TYPE,
  type CourtReceiptPayload,
  encodeCourtReceipt,
} from '../../src/verify/court-receipt.ts';
import { parseJws } from '../../src/verify/jws.ts';
import { parseCertificate } from '../../src/verify/x509.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { buildSamplePackage, depositSampleLoan } from '../support/sample-package.ts';
import { receiptVectors } from '../vectors/cases-signed.ts';
import { sampleLog } from '../vectors/sample-log.ts';

/** Genuine material of every form, made by the service itself, and what a verifier would hold. */
export interface Samples {
  policy: TrustPolicy;
  now: Date;
  /** Bytes that are signed by `signature` in the package. */
  manifest: Uint8Array;
  /** SHA-256 of the package that the court's receipt is about. */
  packageSha256: string;
  of: Record<SampleName, Uint8Array[]>;
}

export type SampleName =
  | 'package'
  | 'case'
  | 'history'
  | 'manifest'
  | 'signature'
  | 'certificate'
  | 'pdf'
  | 'statement'
  | 'entry'
  | 'note'
  | 'receipt'
  | 'proof'
  | 'completeness'
  | 'tlogProof'
  | 'policy'
  | 'vkey'
  | 'evidenceNo'
  | 'tilePath'
  | 'bundle'
  | 'courtReceipt'
  | 'courtPayload'
  | 'json'
  | 'hex'
  | 'base64'
  | 'records'
  | 'witnessKey'
  | 'chainMove'
  | 'asOf'
  | 'consistency'
  | 'receipts'
  | 'anchor'
  | 'timestamp'
  | 'token'
  | 'tokenInfo'
  | 'tokenAnswer'
  | 'crl'
  | 'mapProof'
  | 'jwk'
  | 'base64url'
  | 'publicKey'
  | 'algorithm'
  | 'money';

const PAYLOAD: CourtReceiptPayload = {
  court: '示例市人民法院',
  receiptNo: '20260314-000001-ABCDEF01',
  sender: 'lender',
  caseId: 'CASE-20260301-ABCDEF012345',
  revision: 1,
  evidenceNo: 'CZ-TEST',
  packageSha256: 'ab'.repeat(32),
  packageSize: 1234,
  receivedAt: '2026-03-14T01:02:03.004Z',
  decidedAt: '2026-03-14T01:02:04.004Z',
  decision: 'received',
  verdict: 'passed',
  defects: [],
  reservations: [
    {
      check: 'exhibit.proof',
      reason: 'KIND_UNKNOWN',
      verdict: 'indeterminate',
      zh: '证据',
      en: 'exhibit',
      detail: '',
      subjects: ['04_证据/01.pdf'],
      count: 1,
    },
  ],
  notChecked: ['REVOCATION'],
  checkpoint: { origin: 'example.org/log', size: 7, root: 'cd'.repeat(32) },
  chain: null,
  chainProblem: null,
  reportSha256: 'ef'.repeat(32),
};

const PLACE = {
  target: 'embedded',
  chainId: 31337,
  genesisHash: `0x${'a1'.repeat(32)}`,
  registry: `0x${'B2'.repeat(20)}`,
  codeHash: 'c3'.repeat(32),
};
const HEAD = { size: 7, root: 'd4'.repeat(32), blockNumber: 9, blockHash: `0x${'e5'.repeat(32)}` };

/** The events of a claim as one JSON file: what the arithmetic reads, by kind. */
const RECORDS = [
  [
    'contract-terms',
    {
      contractNo: 'HT-2',
      currency: 'CNY',
      principal: '50000.00',
      annualRate: '0.144',
      method: 'equal-instalment',
      instalments: 12,
      firstDueDate: '2024-02-15',
      dueDay: 15,
      dayCount: '30/360',
      penaltyDayCount: 'actual/360',
      endpoint: 'count-last-day',
      penalty: { kind: 'uplift', uplift: '0.5' },
      compound: { agreed: true },
    },
  ],
  ['disbursement', { amount: '50000.00', date: '2024-01-15' }],
  ['repayment', { amount: '4500.00', date: '2024-02-15' }],
  ['repayment', { amount: '1000.00', date: '2024-03-15' }],
];

/** test/fixtures/time-stamp: made once by `openssl ts`, its certificate is valid until 2076. */
export const TIME_STAMP = JSON.parse(
  readFileSync(new URL('../fixtures/time-stamp/token.json', import.meta.url), 'utf8'),
) as { stamped: string; root: string; time: string; record: TimestampRecord };

export async function makeSamples(): Promise<Samples> {
  const scratch = scratchFolder();
  const installation = await openInstallation(readConfig({ CUNZHENG_DATA: scratch.path }));
  try {
    const { evidence, policy } = installation;
    const evidenceNo = await depositSampleLoan(installation, 'L-1');
    await installation.publishAndAnchor();
    const sample = await buildSamplePackage(installation, 'L-1');
    const files = new Map(readContainer(sample.bytes).map(({ path, bytes }) => [path, bytes]));
    const file = (path: string): Uint8Array => files.get(path) ?? new Uint8Array();
    const signature = file('META-INF/signature001.p7s');
    const signer = openReceiptSigner(join(scratch.path, 'court', 'receipt.key'));
    const jws = signer.sign(COURT_RECEIPT_TYPE, encodeCourtReceipt(PAYLOAD));
    const own: TrustPolicy = {
      ...policy,
      courts: [{ name: PAYLOAD.court, thumbprint: signer.thumbprint }],
    };
    const history = await evidence.openedHistory(evidenceNo, 5);
    const log = sampleLog().log;
    const entries = log.entries.map(utf8);
    const checkpoint = (await evidence.checkpoint()).note;
    const proof = parseProofFile(await evidence.proof(evidenceNo, 1));
    const completeness = parseCompletenessProof(await evidence.completeness(evidenceNo));
    const certificates = parseSignedData(signature).certificates.map(parseCertificate);
    const of: Record<SampleName, Uint8Array[]> = {
      package: [sample.bytes],
      case: [file('proof/case.json')],
      history: [file('proof/history.json')],
      manifest: [file('META-INF/ASiCManifest001.xml')],
      signature: [signature],
      certificate: certificates.map(({ der }) => der),
      pdf: [file(sample.caseFile.bundle.path)],
      statement: history.map(({ statement }) => utf8(statement)),
      entry: entries,
      note: [utf8(checkpoint), utf8(sampleLog().first.note)],
      receipt: [utf8(await evidence.receipt(evidenceNo, 1))],
      proof: [utf8(await evidence.proof(evidenceNo, 1))],
      completeness: [utf8(await evidence.completeness(evidenceNo))],
      tlogProof: [utf8(log.proof(2, 7, sampleLog().second.note))],
      policy: [utf8(encodePolicy(own))],
      vkey: policy.logs.map(utf8),
      evidenceNo: [utf8(evidenceNo)],
      tilePath: ['tile/0/x001/x234/067.p/5', 'tile/entries/000'].map(utf8),
      bundle: [file('none'), (await evidence.logFile('tile/entries/000.p/6')) ?? new Uint8Array()],
      courtReceipt: [utf8(jws)],
      courtPayload: [parseJws(jws, COURT_RECEIPT_TYPE).payload],
      json: [utf8('{"a":[1,2.5,{"b":null}],"c":"\\u00e9\\n"}')],
      hex: [utf8('00ff10')],
      base64: [utf8('AP8Q'), utf8('AA==')],
      records: [utf8(JSON.stringify(RECORDS))],
      chainMove: [utf8(encodeChainMove({ from: PLACE, head: HEAD, to: PLACE }))],
      witnessKey: [utf8(witnessKey('auditor.example/2026', new Uint8Array(32)).vkey)],
      asOf: ['2026-05-01', '2026-05-01T09:30:00+08:00'].map(utf8),
      consistency: [
        utf8(
          encodeConsistencyFile({
            oldSize: 3,
            oldRoot: await evidence.rootAt(3),
            newSize: 6,
            newRoot: await evidence.rootAt(6),
            hashes: await evidence.consistencyProof(3, 6),
          }),
        ),
      ],
      receipts: receiptVectors().parse.flatMap(({ valid, input }) =>
        valid && input !== undefined ? [utf8(input)] : [],
      ),
      anchor: proof.anchors.map((anchor) => utf8(JSON.stringify(anchor))),
      ...timeStampSamples(),
      mapProof: [utf8(canonicalJson(loanMapProofToJson(completeness.mapProof)))],
      jwk: [utf8(JSON.stringify(parseJws(jws, COURT_RECEIPT_TYPE).jwk))],
      base64url: [utf8('AP8-'), utf8('AA')],
      publicKey: certificates.map(({ spkiDer }) => spkiDer),
      algorithm: [fromHex('300d06092a864886f70d01010b0500'), fromHex('300a06082a8648ce3d040302')],
      money: ['0.00', '12345678.90'].map(utf8),
    };
    return {
      policy: own,
      now: new Date(),
      manifest: of.manifest[0] as Uint8Array,
      packageSha256: PAYLOAD.packageSha256,
      of,
    };
  } finally {
    await installation.close();
    scratch.remove();
  }
}

/** A token of `openssl ts`, whole and in its parts. */
function timeStampSamples() {
  const { record } = TIME_STAMP;
  const token = fromBase64(record.token);
  const granted = fromHex('3003020100');
  const content = concatBytes(granted, token);
  const head = Uint8Array.of(0x30, 0x82, content.length >> 8, content.length & 0xff);
  return {
    timestamp: [utf8(JSON.stringify(record))],
    token: [token],
    tokenInfo: [parseSignedData(token).content ?? new Uint8Array()],
    tokenAnswer: [concatBytes(head, content), fromHex('30053003020102')],
    crl: record.crls.map(fromBase64),
  };
}

/** Test vectors that others wrote lie beside the checkout, not in it. */
const VECTORS = join(import.meta.dirname, '../../../shared/data');

/** Files of others (at most 1 MiB each) whose name ends in one of `endings`; none where absent. */
export function foreignFiles(folder: string, endings: readonly string[]): Uint8Array[] {
  const root = join(VECTORS, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= 1 << 20)
    .map((path) => new Uint8Array(readFileSync(path)));
}
