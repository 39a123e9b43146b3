import { createPrivateKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RandomSource } from '../../evidence/ports.ts';
import type { DocumentSigner } from '../../litigation/ports.ts';
import { buildCertificate, type CertificateSubject } from './certificate-builder.ts';
import { createDocumentSigner } from './document-signer.ts';
import { SigningError } from './signing-error.ts';
import type { KeyKind } from './signing-key.ts';

export interface LocalAuthorityOptions {
  /** Must not exist yet; its parent is made when missing. */
  folder: string;
  /** Whom the signing certificate names: the lender. */
  subject: CertificateSubject;
  /** Start of both certificates' validity. */
  now: Date;
  /** For serial numbers; keys come from the system's own generator. */
  random: RandomSource;
  /** Default: RSA with 3072 bits, which every court's software reads. */
  keyKind?: KeyKind;
  /** Years that the signing certificate is valid; default 5. */
  signerYears?: number;
  /** Years that the CA is valid; default 20. */
  authorityYears?: number;
}

const FILES = {
  authorityKey: 'ca.key.pem',
  authority: 'ca.cert.pem',
  key: 'signer.key.pem',
  certificate: 'signer.cert.pem',
} as const;

const newKeyPair = promisify(generateKeyPair);

/**
 * Makes an installation's own CA and signing certificate: `ca.key.pem`, `ca.cert.pem`,
 * `signer.key.pem`, `signer.cert.pem`, all of mode 0600 in a folder of mode 0700. A verifier must
 * name the CA in its policy; nobody else vouches for it.
 * The folder appears under its name only when it is complete, so a crash leaves at most a folder
 * that ends in `.new`, which the next attempt removes.
 * @throws SigningError AUTHORITY_EXISTS (keys are never overwritten), SUBJECT_INVALID
 */
export async function createLocalAuthority(
  options: LocalAuthorityOptions,
): Promise<DocumentSigner> {
  const { folder, subject, now, random } = options;
  requireAbsent(folder);
  const authorityKey = await newPrivateKey(options.keyKind ?? 'rsa');
  const key = await newPrivateKey(options.keyKind ?? 'rsa');
  const authority = buildCertificate({
    subject: authoritySubject(subject),
    key: authorityKey,
    serial: random.bytes(16),
    notBefore: wholeSecond(now),
    notAfter: yearsAfter(now, options.authorityYears ?? 20),
    ca: true,
  });
  const certificate = buildCertificate({
    subject,
    key,
    issuer: { key: authorityKey, certificate: authority },
    serial: random.bytes(16),
    notBefore: wholeSecond(now),
    notAfter: yearsAfter(now, options.signerYears ?? 5),
    ca: false,
  });
  await writeFolder(folder, {
    [FILES.authorityKey]: keyPem(authorityKey),
    [FILES.authority]: certificatePem(authority),
    [FILES.key]: keyPem(key),
    [FILES.certificate]: certificatePem(certificate),
  });
  return openLocalSigner(folder);
}

/**
 * Opens what `createLocalAuthority` made. The CA's key is not read: signing does not need it, and
 * it may be kept elsewhere.
 * @throws SigningError SIGNER_MISSING, SIGNER_KEY_EXPOSED, SIGNER_UNREADABLE, and the signer's own
 */
export function openLocalSigner(folder: string): DocumentSigner {
  const key = readPrivateKey(join(folder, FILES.key));
  const certificates = [FILES.certificate, FILES.authority].map((name) =>
    readCertificate(join(folder, name)),
  );
  return createDocumentSigner(key, certificates);
}

/** The CA names the lender too, so that people see in a verifier whose word it is. */
function authoritySubject(subject: CertificateSubject): CertificateSubject {
  const base = [...(subject.organization ?? subject.commonName)].slice(0, 52).join('').trim();
  return { ...subject, commonName: `${base} Signing CA` };
}

async function newPrivateKey(kind: KeyKind): Promise<KeyObject> {
  const pair =
    kind === 'rsa'
      ? await newKeyPair('rsa', { modulusLength: 3072 })
      : await newKeyPair('ec', { namedCurve: 'P-256' });
  return pair.privateKey;
}

async function writeFolder(folder: string, files: Record<string, string>): Promise<void> {
  const fresh = `${folder}.new`;
  await mkdir(dirname(folder), { recursive: true });
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(fresh, name), text, { mode: 0o600, flag: 'wx', flush: true });
  }
  // Checked again: another process may have been quicker, and its keys may already have signed.
  requireAbsent(folder);
  await rename(fresh, folder);
}

function requireAbsent(folder: string): void {
  if (!existsSync(folder)) return;
  throw new SigningError(
    'AUTHORITY_EXISTS',
    `The folder ${folder} exists; keys are never overwritten.`,
    'Open the signer that is there, or name another folder.',
  );
}

function readPrivateKey(path: string): KeyObject {
  const pem = readText(path);
  // Windows has no such modes; there the folder's access list protects the key.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new SigningError(
      'SIGNER_KEY_EXPOSED',
      `Other users can read the private key ${path}.`,
      `Run: chmod 600 ${path}, and consider making a new key.`,
    );
  }
  return parsed(path, () => createPrivateKey(pem));
}

const readCertificate = (path: string): Uint8Array =>
  parsed(path, () => new Uint8Array(new X509Certificate(readText(path)).raw));

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SigningError(
      'SIGNER_MISSING',
      `The file ${path} cannot be read.`,
      'Restore it from the backup of the keys, or set up a new authority.',
      { cause },
    );
  }
}

function parsed<Value>(path: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof SigningError) throw cause;
    throw new SigningError(
      'SIGNER_UNREADABLE',
      `The file ${path} does not hold what its name says.`,
      'Restore it from the backup of the keys.',
      { cause },
    );
  }
}

const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const wholeSecond = (date: Date): Date => new Date(Math.floor(date.getTime() / 1000) * 1000);

function yearsAfter(date: Date, years: number): Date {
  const end = wholeSecond(date);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return end;
}
