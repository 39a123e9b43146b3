import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type Asn1, nothing, oid, sequence } from './der-builder.ts';
import { SigningError } from './signing-error.ts';

export const SHA256_OID = '2.16.840.1.101.3.4.2.1';

export type KeyKind = 'rsa' | 'p256';

/** @throws SigningError SIGNER_KEY_UNSUPPORTED for anything but RSA ≥ 2048 and P-256 */
export function keyKindOf(key: KeyObject): KeyKind {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= 2048) return 'rsa';
  if (key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1') return 'p256';
  const size = details?.modulusLength ?? details?.namedCurve ?? '';
  throw new SigningError(
    'SIGNER_KEY_UNSUPPORTED',
    `Keys of type ${key.asymmetricKeyType} ${size} cannot sign here.`,
    'Use an RSA key of at least 2048 bits or a P-256 key.',
  );
}

/** AlgorithmIdentifier in a certificate: sha256WithRSAEncryption or ecdsa-with-SHA256. */
export function certificateAlgorithm(kind: KeyKind): Asn1 {
  return kind === 'rsa'
    ? sequence(oid('1.2.840.113549.1.1.11'), nothing())
    : sequence(oid('1.2.840.10045.4.3.2'));
}

/** RSASSA-PKCS1-v1_5 or ECDSA with a DER signature, both over SHA-256. */
export const signBytes = (key: KeyObject, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(sign('sha256', bytes, key));

/** SubjectPublicKeyInfo of a private key. */
export const publicKeyDer = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
