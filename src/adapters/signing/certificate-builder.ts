import { createHash, type KeyObject } from 'node:crypto';
import { parseCertificate } from '../../verify/x509.ts';
import {
  type Asn1,
  bits,
  context,
  contextBytes,
  encoded,
  octets,
  oid,
  printableText,
  sequence,
  setOf,
  smallInteger,
  time,
  toDer,
  unsigned,
  utf8,
  yes,
} from './der-builder.ts';
import { SigningError } from './signing-error.ts';
import { certificateAlgorithm, keyKindOf, publicKeyDer, signBytes } from './signing-key.ts';

/** Whom a certificate names. */
export interface CertificateSubject {
  /** At most 64 characters (X.520 ub-common-name). */
  commonName: string;
  /** At most 64 characters. */
  organization?: string;
  /** ISO 3166 code of two capital letters. */
  country?: string;
}

export interface CertificateRequest {
  subject: CertificateSubject;
  /** Private key whose public half is certified. */
  key: KeyObject;
  /** Who signs: the CA; absent = self-signed. */
  issuer?: { key: KeyObject; certificate: Uint8Array };
  /** 16 random bytes for the serial number. */
  serial: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  /** A CA may issue end-entity certificates only (path length 0). */
  ca: boolean;
}

/** @returns a DER X.509 v3 certificate (RFC 5280 §4) */
export function buildCertificate(request: CertificateRequest): Uint8Array {
  const issuerKey = request.issuer?.key ?? request.key;
  const algorithm = certificateAlgorithm(keyKindOf(issuerKey));
  const issuer = request.issuer && parseCertificate(request.issuer.certificate);
  const tbs = sequence(
    context(0, smallInteger(2)),
    serialNumber(request.serial),
    algorithm,
    issuer === undefined ? distinguishedName(request.subject) : encoded(issuer.subjectDer),
    sequence(time(request.notBefore), time(request.notAfter)),
    distinguishedName(request.subject),
    encoded(publicKeyDer(request.key)),
    context(3, sequence(...extensions(request, publicKeyDer(issuerKey)))),
  );
  return toDer(sequence(tbs, algorithm, bits(signBytes(issuerKey, toDer(tbs)))));
}

/** Positive, at most 20 bytes, unpredictable (RFC 5280 §4.1.2.2). */
function serialNumber(random: Uint8Array): Asn1 {
  if (random.length < 8 || random.length > 19) throw new RangeError('8 to 19 bytes of serial');
  return unsigned(Uint8Array.of(0x4e, ...random));
}

function extensions(request: CertificateRequest, issuerKeyDer: Uint8Array): Asn1[] {
  const usage = request.ca
    ? // keyCertSign (bit 5) and cRLSign (bit 6)
      bits(Uint8Array.of(0x06), 1)
    : // digitalSignature (bit 0) and nonRepudiation (bit 1)
      bits(Uint8Array.of(0xc0), 6);
  return [
    extension('2.5.29.19', request.ca ? sequence(yes(), smallInteger(0)) : sequence(), true),
    extension('2.5.29.15', usage, true),
    extension('2.5.29.14', octets(keyIdentifier(publicKeyDer(request.key)))),
    extension('2.5.29.35', sequence(contextBytes(0, keyIdentifier(issuerKeyDer)))),
  ];
}

const extension = (id: string, value: Asn1, critical = false): Asn1 =>
  sequence(oid(id), ...(critical ? [yes()] : []), octets(toDer(value)));

/** RFC 7093 §2 method 4: the first 160 bits of SHA-256 over the SubjectPublicKeyInfo. */
const keyIdentifier = (spki: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(spki).digest().subarray(0, 20));

/** C, O, CN; Chinese names as UTF8String (RFC 5280 §4.1.2.4). */
function distinguishedName(subject: CertificateSubject): Asn1 {
  const part = (id: string, value: Asn1) => setOf(sequence(oid(id), value));
  const { country, organization, commonName } = subject;
  requireText('commonName', commonName);
  if (organization !== undefined) requireText('organization', organization);
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) refuseSubject('country', country);
  return sequence(
    ...(country === undefined ? [] : [part('2.5.4.6', printableText(country))]),
    ...(organization === undefined ? [] : [part('2.5.4.10', utf8(organization))]),
    part('2.5.4.3', utf8(commonName)),
  );
}

function requireText(field: string, text: string): void {
  const odd = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) || text.trim() !== text;
  if (text === '' || [...text].length > 64 || odd) refuseSubject(field, text);
}

function refuseSubject(field: string, value: string): never {
  throw new SigningError(
    'SUBJECT_INVALID',
    `The certificate's ${field} cannot be ${JSON.stringify(value)}.`,
    'Use 1 to 64 visible characters, and two capital letters for the country.',
  );
}
