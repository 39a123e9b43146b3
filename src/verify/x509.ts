import { type DerNode, derAt, derChildren, expectNoMore, expectTag, fail, readDer } from './der.ts';
import {
  booleanOf,
  hexOf,
  namedBitsOf,
  oidOf,
  sameBytes,
  smallIntegerOf,
  TAG,
  timeOf,
  wholeBitsOf,
} from './der-values.ts';
import { distinguishedName } from './distinguished-name.ts';
import {
  fingerprintOf,
  type PublicKey,
  parsePublicKey,
  parseSignatureAlgorithm,
  type SignatureAlgorithm,
} from './public-key.ts';

/** The part of an X.509 v3 certificate (RFC 5280 §4) that a verdict depends on. */
export interface Certificate {
  der: Uint8Array;
  /** SHA-256 of `der`, lower-case hex. */
  fingerprint: string;
  /** Content octets of the serial number, lower-case hex. */
  serial: string;
  serialDer: Uint8Array;
  issuerDer: Uint8Array;
  subjectDer: Uint8Array;
  /** In the form of RFC 4514, most specific part first, safe to print. */
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  publicKey: PublicKey;
  spkiDer: Uint8Array;
  signatureAlgorithm: SignatureAlgorithm;
  /** What the issuer signed. */
  tbsDer: Uint8Array;
  signature: Uint8Array;
  extensions: CertificateExtensions;
}

export interface CertificateExtensions {
  /** Present = the certificate says whether it is a CA. */
  basicConstraints?: { ca: boolean; pathLength?: number };
  keyUsage?: Set<KeyUsage>;
  /** OIDs; absent = no restriction. */
  extendedKeyUsage?: string[];
  /** RFC 3161 §2.3 asks it of time-stamping certificates. */
  extendedKeyUsageIsCritical?: true;
  /** Places where the issuer publishes revocation lists: http and https addresses only. */
  crlUrls?: string[];
  /** Critical extensions that this verifier does not understand; RFC 5280 §4.2: refuse. */
  unknownCritical: string[];
}

export type KeyUsage = (typeof KEY_USAGES)[number];

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

const EXTENSION = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  crlDistributionPoints: '2.5.29.31',
} as const;

/**
 * Reads one certificate. Signature and validity are not judged here.
 * @throws DerError when the bytes are not exactly one X.509 v3 certificate in DER
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const outer = derChildren(readDer(der, TAG.sequence));
  expectNoMore(outer, 3);
  const tbs = derAt(outer, 0, TAG.sequence);
  const algorithm = derAt(outer, 1, TAG.sequence);
  const fields = derChildren(tbs);
  const version = derChildren(derAt(fields, 0, 0xa0));
  if (smallIntegerOf(derAt(version, 0, TAG.integer)) !== 2) fail('DER_UNEXPECTED', 'not X.509 v3');
  const serial = derAt(fields, 1, TAG.integer);
  if (!sameBytes(derAt(fields, 2, TAG.sequence).der, algorithm.der)) {
    fail('DER_UNEXPECTED', 'two different signature algorithms in one certificate');
  }
  const issuer = derAt(fields, 3, TAG.sequence);
  const validity = derChildren(derAt(fields, 4, TAG.sequence));
  expectNoMore(validity, 2);
  const subject = derAt(fields, 5, TAG.sequence);
  const spki = derAt(fields, 6, TAG.sequence);
  return {
    der,
    fingerprint: fingerprintOf(der),
    serial: hexOf(serial.content),
    serialDer: serial.der,
    issuerDer: issuer.der,
    subjectDer: subject.der,
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    notBefore: timeOf(validity[0] ?? issuer),
    notAfter: timeOf(validity[1] ?? issuer),
    publicKey: parsePublicKey(spki),
    spkiDer: spki.der,
    signatureAlgorithm: parseSignatureAlgorithm(algorithm),
    tbsDer: tbs.der,
    signature: wholeBitsOf(derAt(outer, 2, TAG.bitString)),
    extensions: parseExtensions(fields.slice(7)),
  };
}

/** Skips the two unique identifiers ([1], [2]); [3] holds the extensions. */
function parseExtensions(rest: DerNode[]): CertificateExtensions {
  const found: CertificateExtensions = { unknownCritical: [] };
  const last = rest.find((field) => field.tag === 0xa3);
  const others = rest.filter((field) => field.tag !== 0xa3);
  if (others.some((field) => field.tag !== 0x81 && field.tag !== 0x82)) {
    fail('DER_UNEXPECTED', 'an unknown field in a certificate');
  }
  if (last === undefined) return found;
  const list = derChildren(last);
  expectNoMore(list, 1);
  const seen = new Set<string>();
  for (const extension of derChildren(derAt(list, 0, TAG.sequence))) {
    const oid = readExtension(extension, found);
    if (seen.has(oid)) fail('DER_UNEXPECTED', `extension ${oid} twice`);
    seen.add(oid);
  }
  return found;
}

function readExtension(node: DerNode, found: CertificateExtensions): string {
  const fields = derChildren(expectTag(node, TAG.sequence));
  const oid = oidOf(derAt(fields, 0, TAG.oid));
  const critical = fields[1]?.tag === TAG.boolean ? booleanOf(fields[1]) : false;
  const value = derAt(fields, fields[1]?.tag === TAG.boolean ? 2 : 1, TAG.octetString).content;
  if (oid === EXTENSION.keyUsage) found.keyUsage = readKeyUsage(value);
  else if (oid === EXTENSION.basicConstraints) found.basicConstraints = readBasic(value);
  else if (oid === EXTENSION.extendedKeyUsage) {
    found.extendedKeyUsage = derChildren(readDer(value, TAG.sequence)).map(oidOf);
    if (critical) found.extendedKeyUsageIsCritical = true;
  } else if (oid === EXTENSION.crlDistributionPoints && !critical) {
    found.crlUrls = readCrlUrls(value);
  } else if (critical) found.unknownCritical.push(oid);
  return oid;
}

function readKeyUsage(value: Uint8Array): Set<KeyUsage> {
  const bits = namedBitsOf(readDer(value, TAG.bitString));
  return new Set(KEY_USAGES.filter((_, index) => bits[index] === true));
}

function readBasic(value: Uint8Array): { ca: boolean; pathLength?: number } {
  const fields = derChildren(readDer(value, TAG.sequence));
  const ca = fields[0]?.tag === TAG.boolean ? booleanOf(fields[0]) : false;
  const length = fields[fields[0]?.tag === TAG.boolean ? 1 : 0];
  return length === undefined ? { ca } : { ca, pathLength: smallIntegerOf(length) };
}

/** RFC 5280 §4.2.1.13: [0] distribution point, in it [0] full name, in it [6] addresses. */
function readCrlUrls(value: Uint8Array): string[] {
  return derChildren(readDer(value, TAG.sequence))
    .flatMap((point) => derChildren(expectTag(point, TAG.sequence)))
    .filter((field) => field.tag === 0xa0)
    .flatMap((place) => derChildren(place))
    .filter((names) => names.tag === 0xa0)
    .flatMap((names) => derChildren(names))
    .filter((name) => name.tag === 0x86)
    .map((name) => String.fromCharCode(...name.content.subarray(0, 1024)))
    .filter((url) => /^https?:\/\//.test(url));
}
