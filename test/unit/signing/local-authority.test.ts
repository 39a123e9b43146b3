import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDocumentSigner } from '../../../src/adapters/signing/document-signer.ts';
import {
  createLocalAuthority,
  openLocalSigner,
} from '../../../src/adapters/signing/local-authority.ts';
import { openPkcs12Signer } from '../../../src/adapters/signing/pkcs12-signer.ts';
import { SigningError } from '../../../src/adapters/signing/signing-error.ts';
import { verifyDetachedCms } from '../../../src/verify/cms.ts';
import { parseCertificate } from '../../../src/verify/x509.ts';
import {
  certify,
  installed,
  LENDER,
  makeAuthority,
  newKey,
  pem,
  run,
  SIGNED_AT,
} from './test-authority.ts';

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
const content = new TextEncoder().encode('清单');

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'nothing was thrown';
  } catch (error) {
    if (error instanceof SigningError) return error.code;
    throw error;
  }
}

describe('local signing authority', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'authority-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = () => ({
    folder: join(folder, 'keys', 'signing'),
    subject: LENDER,
    now: SIGNED_AT,
    random,
    keyKind: 'p256' as const,
  });

  it('makes keys that only their owner can read, and opens them again', async () => {
    const made = await createLocalAuthority(options());
    const again = openLocalSigner(options().folder);
    expect(again.certificates).to.deep.equal(made.certificates);
    expect(made.certificates).to.have.length(2);
    if (process.platform === 'win32') return;
    for (const name of readdirSync(options().folder)) {
      expect(statSync(join(options().folder, name)).mode & 0o777, name).to.equal(0o600);
    }
    expect(statSync(options().folder).mode & 0o777).to.equal(0o700);
  });

  it('uses RSA with 3072 bits unless told otherwise, and OpenSSL accepts the pair', async function () {
    this.timeout(20_000);
    const { keyKind, ...rsa } = options();
    expect(keyKind).to.equal('p256');
    const made = await createLocalAuthority(rsa);
    const key = parseCertificate(made.certificates[0] ?? new Uint8Array()).publicKey;
    expect(key).to.include({ kind: 'rsa', bits: 3072 });
    if (!installed('openssl', 'version')) this.skip(); // needs openssl
    const file = (name: string) => join(rsa.folder, name);
    const strict = run('openssl', [
      ...['verify', '-x509_strict', '-check_ss_sig', '-attime', String(+SIGNED_AT / 1000 + 60)],
      ...['-CAfile', file('ca.cert.pem'), file('signer.cert.pem')],
    ]);
    expect(strict).to.deep.include({ status: 0 });
    const text = run('openssl', [
      ...['x509', '-in', file('signer.cert.pem'), '-noout', '-text', '-nameopt', 'utf8'],
    ]).output;
    expect(text).to.contain('O=某某消费金融有限公司, CN=某某金融');
    expect(text).to.match(/Digital Signature, Non Repudiation/);
    expect(text).to.match(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).to.match(/Subject Key Identifier/);
    expect(text).to.match(/Authority Key Identifier/);
  });

  it('never overwrites keys, and removes what a crash left', async () => {
    mkdirSync(`${options().folder}.new`, { recursive: true });
    writeFileSync(join(`${options().folder}.new`, 'ca.key.pem'), 'half a key');
    await createLocalAuthority(options());
    expect(existsSync(`${options().folder}.new`)).to.equal(false);
    const before = readFileSync(join(options().folder, 'signer.key.pem'), 'utf8');
    const error = await createLocalAuthority(options()).catch((caught) => caught);
    expect(error).to.be.instanceOf(SigningError).with.property('code', 'AUTHORITY_EXISTS');
    expect(readFileSync(join(options().folder, 'signer.key.pem'), 'utf8')).to.equal(before);
  });

  it('does not open exposed, missing, foreign or broken keys', async () => {
    await createLocalAuthority(options());
    const key = join(options().folder, 'signer.key.pem');
    if (process.platform !== 'win32') {
      chmodSync(key, 0o644);
      expect(codeOf(() => openLocalSigner(options().folder))).to.equal('SIGNER_KEY_EXPOSED');
      chmodSync(key, 0o600);
    }
    copyFileSync(join(options().folder, 'ca.cert.pem'), join(options().folder, 'signer.cert.pem'));
    expect(codeOf(() => openLocalSigner(options().folder))).to.equal('SIGNER_KEY_MISMATCH');
    writeFileSync(key, 'no key', { mode: 0o600 });
    expect(codeOf(() => openLocalSigner(options().folder))).to.equal('SIGNER_UNREADABLE');
    rmSync(key);
    expect(codeOf(() => openLocalSigner(options().folder))).to.equal('SIGNER_MISSING');
  });

  it('refuses subjects that a certificate cannot hold', async () => {
    for (const subject of [
      { commonName: '' },
      { commonName: '字'.repeat(65) },
      { commonName: 'bank\u202eknab' },
      { commonName: 'A', country: 'cn' },
    ]) {
      const error = await createLocalAuthority({ ...options(), subject }).catch((caught) => caught);
      expect(error).to.be.instanceOf(SigningError).with.property('code', 'SUBJECT_INVALID');
      expect(existsSync(options().folder)).to.equal(false);
    }
  });

  it('writes dates from 2050 on as GeneralizedTime, and minimal serial numbers', () => {
    const key = newKey('p256');
    const notAfter = new Date('2051-02-03T04:05:06Z');
    const long = parseCertificate(certify({ key, notAfter, serial: new Uint8Array(16) }));
    expect(long.notAfter).to.deep.equal(notAfter);
    expect(long.serial).to.equal(`4e${'00'.repeat(16)}`);
  });
});

describe('signer', () => {
  it('does not sign outside of the validity of any of its certificates', () => {
    const { signer } = makeAuthority('p256');
    const sign = (at: string) =>
      codeOf(() => signer.signDetached(content, { signedAt: new Date(at) }));
    expect(sign('2024-12-31T23:59:59Z')).to.equal('SIGNER_NOT_YET_VALID');
    expect(sign('2030-01-01T00:00:01Z')).to.equal('SIGNER_EXPIRED');
    expect(sign('2025-01-01T00:00:00Z')).to.equal('nothing was thrown');
    expect(sign('2030-01-01T00:00:00Z')).to.equal('nothing was thrown');
  });

  it('does not sign with a certificate that was issued for issuing certificates', () => {
    const key = newKey('p256');
    const authority = certify({ key, ca: true });
    expect(codeOf(() => createDocumentSigner(key, [authority]))).to.equal('SIGNER_KEY_USAGE');
  });

  it('does not take a chain with a false issuer', () => {
    const { key, root, certificate } = makeAuthority('p256');
    const impostor = certify({
      key: newKey('p256'),
      ca: true,
      subject: { commonName: '测试根证书' },
    });
    const open = (chain: Uint8Array[]) => codeOf(() => createDocumentSigner(key, chain));
    expect(open([certificate, impostor])).to.equal('SIGNER_CHAIN_BROKEN');
    expect(open([impostor, root, certificate])).to.equal('nothing was thrown');
  });

  for (const kind of ['rsa', 'p256'] as const) {
    it(`opens PKCS#12 files as OpenSSL writes them: ${kind}, modern and legacy`, function () {
      if (!installed('openssl', 'version')) this.skip(); // needs openssl
      const { key, root, certificate } = makeAuthority(kind);
      const folder = mkdtempSync(join(tmpdir(), 'p12-'));
      try {
        writeFileSync(join(folder, 'key'), key.export({ type: 'pkcs8', format: 'pem' }));
        writeFileSync(join(folder, 'cert'), pem(certificate));
        writeFileSync(join(folder, 'chain'), pem(root));
        for (const extra of [[], ['-legacy'], ['-macalg', 'sha512']]) {
          const out = join(folder, 'a.p12');
          const parts = ['-inkey', join(folder, 'key'), '-in', join(folder, 'cert')];
          const chain = ['-certfile', join(folder, 'chain'), '-passout', 'pass:密码1'];
          const made = run('openssl', [
            'pkcs12',
            '-export',
            ...extra,
            ...parts,
            ...chain,
            '-out',
            out,
          ]);
          expect(made.status, made.output).to.equal(0);
          const file = new Uint8Array(readFileSync(out));
          const signer = openPkcs12Signer(file, '密码1');
          expect(signer.certificates).to.deep.equal([certificate, root]);
          const cms = signer.signDetached(content, { signedAt: SIGNED_AT });
          const policy = { trustedRoots: [root], at: SIGNED_AT };
          expect(verifyDetachedCms(cms, content, policy).result).to.equal('passed');
          expect(codeOf(() => openPkcs12Signer(file, 'wrong'))).to.equal('SIGNER_PASSWORD_WRONG');
          expect(codeOf(() => openPkcs12Signer(file.subarray(9), ''))).to.equal(
            'SIGNER_UNREADABLE',
          );
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    }).timeout(20_000);
  }
});
