import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openReceiptSigner } from '../../../src/adapters/court/receipt-signer.ts';
import { utf8 } from '../../../src/formats/bytes.ts';
import {
  COURT_RECEIPT_TYPE,
  type CourtReceiptPayload,
  encodeCourtReceipt,
  verifyCourtReceipt,
} from '../../../src/verify/court-receipt.ts';
import { fromBase64url, jwkThumbprint, toBase64url } from '../../../src/verify/jws.ts';

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
  decision: 'returned',
  verdict: 'failed',
  defects: [
    {
      check: 'exhibit.proof',
      reason: 'FILE_CHANGED',
      verdict: 'failed',
      zh: '证据',
      en: 'exhibit',
      detail: '',
      subjects: ['04_证据/01.pdf'],
      count: 1,
    },
  ],
  reservations: [],
  notChecked: ['REVOCATION'],
  checkpoint: { origin: 'example.org/log', size: 7, root: 'cd'.repeat(32) },
  chain: null,
  chainProblem: null,
  reportSha256: 'ef'.repeat(32),
};

describe('court receipt', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-receipt-'));
  const path = join(folder, 'keys/receipt.key');
  const signer = openReceiptSigner(path);
  const courts = [{ name: PAYLOAD.court, thumbprint: signer.thumbprint }];
  const packageSha256 = PAYLOAD.packageSha256;
  const jws = signer.sign(COURT_RECEIPT_TYPE, encodeCourtReceipt(PAYLOAD));
  const judge = (text: string, options: Partial<Parameters<typeof verifyCourtReceipt>[1]> = {}) =>
    verifyCourtReceipt(text, { courts, packageSha256, ...options });
  const reasons = (report: ReturnType<typeof verifyCourtReceipt>) =>
    report.checks.flatMap(({ verdict, reason }) => (verdict === 'passed' ? [] : [reason]));

  after(() => rmSync(folder, { recursive: true }));

  it('passes for the court and package that it is about', () => {
    const report = judge(jws);
    expect(report.verdict).to.equal('passed');
    expect(report.payload).to.deep.equal(PAYLOAD);
    expect(openReceiptSigner(path).thumbprint).to.equal(signer.thumbprint);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('is open for a key that nobody named, and fails for another package or name', () => {
    const open = judge(jws, { courts: [] });
    expect([open.verdict, ...reasons(open)]).to.deep.equal(['indeterminate', 'KEY_NOT_NAMED']);
    expect(open.thumbprint).to.equal(signer.thumbprint);
    const other = judge(jws, { packageSha256: '00'.repeat(32) });
    expect([other.verdict, ...reasons(other)]).to.deep.equal(['failed', 'PACKAGE_DIFFERS']);
    const name = judge(jws, { courts: [{ name: 'another', thumbprint: signer.thumbprint }] });
    expect([name.verdict, ...reasons(name)]).to.deep.equal(['failed', 'NAME_DIFFERS']);
    expect(judge(jws).notChecked).to.not.include('PACKAGE');
    expect(verifyCourtReceipt(jws, { courts }).notChecked).to.include('PACKAGE');
  });

  it('passes with no other character anywhere', () => {
    // Every place for the short ends, every seventh between: a signature check takes a millisecond.
    for (let at = 0; at < jws.length; at += at < 60 || at > jws.length - 90 ? 1 : 7) {
      const changed = jws[at] === 'A' ? 'B' : 'A';
      const text = `${jws.slice(0, at)}${changed}${jws.slice(at + 1)}`;
      expect(judge(text).verdict, `place ${at}`).to.equal('failed');
    }
  });

  it('has one text: no padding, white space, other header or order', () => {
    const [head = '', body = '', tail = ''] = jws.split('.');
    const forms = [
      `${jws}=`,
      ` ${jws}`,
      `${jws}\n`,
      `${jws}.`,
      `${head}..${tail}`,
      `${head}.${body}`,
    ];
    for (const text of [...forms, '', 'a.b.c', `${head}.${body}.${tail}A`]) {
      expect(judge(text).verdict, text.slice(-20)).to.equal('failed');
    }
    expect(() => fromBase64url('QQ')).to.not.throw();
    expect(() => fromBase64url('QR')).to.throw(/canonical/);
  });

  it('does not let the sender choose the algorithm, nor lend a key to another thumbprint', () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = stranger.publicKey.export({ format: 'jwk' });
    const jwk = { crv: 'P-256', kty: 'EC', x, y } as const;
    const forge = (header: object) => {
      const body = toBase64url(encodeCourtReceipt(PAYLOAD));
      const input = `${toBase64url(utf8(JSON.stringify(header)))}.${body}`;
      const key = createPrivateKey(stranger.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const options = { key, dsaEncoding: 'ieee-p1363' } as const;
      return `${input}.${toBase64url(sign('sha256', Buffer.from(input), options))}`;
    };
    const typ = COURT_RECEIPT_TYPE;
    const kid = jwkThumbprint(jwk);
    const sound = judge(forge({ alg: 'ES256', jwk, kid, typ }));
    expect(reasons(sound)).to.deep.equal(['KEY_NOT_NAMED']);
    for (const header of [
      { alg: 'none', jwk, kid, typ },
      { alg: 'HS256', jwk, kid, typ },
      { alg: 'ES256', jwk, kid: signer.thumbprint, typ },
      { alg: 'ES256', crit: ['b64'], jwk, kid, typ },
      { alg: 'ES256', jwk: { ...jwk, y: x }, kid: jwkThumbprint({ ...jwk, y: x }), typ },
      { alg: 'ES256', jwk, kid, typ: 'JWT' },
      { typ, alg: 'ES256', jwk, kid },
    ]) {
      expect(judge(forge(header)).verdict, JSON.stringify(header)).to.equal('failed');
    }
  });

  it('computes the thumbprint as RFC 7638 prescribes', () => {
    // The P-256 key of RFC 7517 A.1; the thumbprint was computed with OpenSSL's SHA-256.
    const key = {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    } as const;
    expect(jwkThumbprint(key)).to.equal('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
  });
});
