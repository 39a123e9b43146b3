import { createHash, type KeyObject } from 'node:crypto';
import type { Certificate } from '../../verify/x509.ts';
import {
  type Asn1,
  context,
  encoded,
  octets,
  oid,
  sequence,
  setOf,
  smallInteger,
  time,
  toDer,
} from './der-builder.ts';
import { certificateAlgorithm, keyKindOf, SHA256_OID, signBytes } from './signing-key.ts';

/** A private key with its certificate chain, the signer's own first. */
export interface SigningIdentity {
  key: KeyObject;
  chain: [signer: Certificate, ...issuers: Certificate[]];
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  algorithmProtection: '1.2.840.113549.1.9.52',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

const sha256 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(bytes).digest());

const attribute = (type: string, value: Asn1): Asn1 => sequence(oid(type), setOf(value));

/**
 * Makes a detached CAdES B-B signature (EN 319 122-1 §6.3; RFC 5652 §5; RFC 5035) over SHA-256.
 * @param contentDigest SHA-256 of the content
 * @param signingTime the signer's claim; absent in a PDF, where the dictionary's /M says it
 *   (EN 319 142-1 §6.3)
 * @returns DER of a ContentInfo with the whole certificate chain inside
 */
export function signCms(
  identity: SigningIdentity,
  contentDigest: Uint8Array,
  signingTime?: Date,
): Uint8Array {
  const [signer] = identity.chain;
  const digestAlgorithm = () => sequence(oid(SHA256_OID));
  const signatureAlgorithm = () => certificateAlgorithm(keyKindOf(identity.key));
  const attributes = [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octets(contentDigest)),
    attribute(OID.signingCertificateV2, signingCertificate(signer)),
    algorithmProtection(digestAlgorithm(), signatureAlgorithm()),
    ...(signingTime === undefined ? [] : [attribute(OID.signingTime, time(signingTime))]),
  ];
  const signed = toDer(setOf(...attributes));
  const signerInfo = sequence(
    smallInteger(1),
    sequence(encoded(signer.issuerDer), encoded(signer.serialDer)),
    digestAlgorithm(),
    encoded(Uint8Array.of(0xa0, ...signed.subarray(1))),
    signatureAlgorithm(),
    octets(signBytes(identity.key, signed)),
  );
  const signedData = sequence(
    smallInteger(1),
    setOf(digestAlgorithm()),
    sequence(oid(OID.data)),
    context(0, ...identity.chain.map((certificate) => encoded(certificate.der))),
    setOf(signerInfo),
  );
  return toDer(sequence(oid(OID.signedData), context(0, signedData)));
}

/**
 * ESSCertIDv2 with the issuer's name and serial number (RFC 5035 §3). SHA-256 is the default and
 * therefore not written (X.690 §11.5).
 */
function signingCertificate(signer: Certificate): Asn1 {
  const issuer = sequence(context(4, encoded(signer.issuerDer)));
  const issuerSerial = sequence(issuer, encoded(signer.serialDer));
  return sequence(sequence(sequence(octets(sha256(signer.der)), issuerSerial)));
}

/**
 * RFC 6211: repeats the algorithms under the signature, because the fields that name them in a
 * SignerInfo are covered by nothing and one of their bytes could be changed unseen.
 */
function algorithmProtection(digestAlgorithm: Asn1, signatureAlgorithm: Asn1): Asn1 {
  const implicit = toDer(signatureAlgorithm);
  const tagged = encoded(Uint8Array.of(0xa1, ...implicit.subarray(1)));
  return attribute(OID.algorithmProtection, sequence(digestAlgorithm, tagged));
}

/** An upper bound for the length of `signCms`' result without signing time, in bytes. */
export function cmsSizeBound(identity: SigningIdentity): number {
  const certificates = identity.chain.reduce((sum, { der }) => sum + der.length, 0);
  const names = 2 * identity.chain[0].issuerDer.length;
  const signature = Math.max((identity.key.asymmetricKeyDetails?.modulusLength ?? 0) / 8, 72);
  return certificates + names + signature + 512;
}
