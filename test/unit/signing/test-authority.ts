import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import {
  buildCertificate,
  type CertificateRequest,
} from '../../../src/adapters/signing/certificate-builder.ts';
import { createDocumentSigner } from '../../../src/adapters/signing/document-signer.ts';
import type { DocumentSigner } from '../../../src/litigation/ports.ts';

export const SIGNED_AT = new Date('2025-06-01T08:00:00Z');
export const LENDER = {
  country: 'CN',
  organization: '某某消费金融有限公司',
  commonName: '某某金融',
};

export interface TestAuthority {
  signer: DocumentSigner;
  key: KeyObject;
  authorityKey: KeyObject;
  root: Uint8Array;
  certificate: Uint8Array;
}

/** RSA-2048 instead of the default 3072 bits, because the tests make many keys. */
export const newKey = (kind: 'rsa' | 'p256'): KeyObject =>
  kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

export function certify(request: Partial<CertificateRequest> & { key: KeyObject }): Uint8Array {
  return buildCertificate({
    subject: LENDER,
    serial: new Uint8Array(randomBytes(16)),
    notBefore: new Date('2025-01-01T00:00:00Z'),
    notAfter: new Date('2030-01-01T00:00:00Z'),
    ca: false,
    ...request,
  });
}

export function makeAuthority(kind: 'rsa' | 'p256'): TestAuthority {
  const [authorityKey, key] = [newKey(kind), newKey(kind)];
  const root = certify({ key: authorityKey, ca: true, subject: { commonName: '测试根证书' } });
  const certificate = certify({ key, issuer: { key: authorityKey, certificate: root } });
  const signer = createDocumentSigner(key, [certificate, root]);
  return { signer, key, authorityKey, root, certificate };
}

export const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

/** Whether a program is installed; tests that need it skip otherwise. */
export const installed = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args).error === undefined;

export function run(program: string, args: string[]): { status: number | null; output: string } {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}
