import { p256, p384, p521 } from '@noble/curves/nist.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { DerError, type DerNode, derAt, derChildren, expectNoMore, readDer } from './der.ts';
import { bigintOf, hexOf, integerOf, oidOf, TAG, wholeBitsOf } from './der-values.ts';

export type HashName = 'sha256' | 'sha384' | 'sha512';
type CurveName = 'P-256' | 'P-384' | 'P-521';

export type PublicKey =
  | { kind: 'rsa'; bits: number; modulus: bigint; exponent: bigint }
  | { kind: 'ec'; curve: CurveName; point: Uint8Array; spki: Uint8Array }
  /** A key this verifier cannot use (SM2, Ed25519, DSA, …); it is named by its OID. */
  | { kind: 'unsupported'; algorithm: string };

export type SignatureAlgorithm =
  | { kind: 'rsa' | 'ec'; hash: HashName }
  | { kind: 'unsupported'; algorithm: string };

export const HASH_OIDS: Record<string, HashName> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const CURVES = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const;
const CURVE_OIDS: Record<string, CurveName> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
};
const SIGNATURE_OIDS: Record<string, { kind: 'rsa' | 'ec'; hash: HashName }> = {
  '1.2.840.113549.1.1.11': { kind: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { kind: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { kind: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { kind: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { kind: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { kind: 'ec', hash: 'sha512' },
};
const RSA_OID = '1.2.840.113549.1.1.1';
const EC_OID = '1.2.840.10045.2.1';

/** DER of DigestInfo up to the digest itself (RFC 8017 §9.2 note 1). */
const DIGEST_INFO: Record<HashName, string> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** Smaller keys are broken or near it; larger ones only serve to keep a verifier busy. */
const RSA_BITS = { least: 2048, most: 8192 };

/** The part of `node:crypto` that is used when the verifier runs under Node. */
export interface NativeCrypto {
  createHash(name: string): { update(bytes: Uint8Array): { digest(): Uint8Array } };
  createPublicKey(input: { key: Uint8Array; format: 'der'; type: 'spki' }): unknown;
  verify(
    hash: string,
    message: Uint8Array,
    key: { key: unknown; dsaEncoding: 'ieee-p1363' },
    signature: Uint8Array,
  ): boolean;
}

const builtIn = globalThis as {
  process?: { getBuiltinModule?: (id: string) => NativeCrypto | undefined };
};

/** Node's own code where there is one: hashes and curves ten times as fast, verdicts the same. */
const NATIVE: NativeCrypto | null = builtIn.process?.getBuiltinModule?.('node:crypto') ?? null;

const PURE = { sha256, sha384, sha512 };

/** @param native `null` computes as a browser does */
export function digest(hash: HashName, bytes: Uint8Array, native = NATIVE): Uint8Array {
  if (native === null) return PURE[hash](bytes);
  return new Uint8Array(native.createHash(hash).update(bytes).digest());
}

/** SHA-256 as lower-case hex: how certificates are named. */
export const fingerprintOf = (der: Uint8Array): string => hexOf(digest('sha256', der));

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 3279 §2.3.1, RFC 5480 §2).
 * @throws DerError when the bytes are no such structure; an unknown algorithm is no error
 */
export function parsePublicKey(spki: DerNode): PublicKey {
  const fields = derChildren(spki);
  expectNoMore(fields, 2);
  const algorithm = derChildren(derAt(fields, 0, TAG.sequence));
  const bits = wholeBitsOf(derAt(fields, 1, TAG.bitString));
  const oid = oidOf(derAt(algorithm, 0, TAG.oid));
  // OID and parameters: with anything more Node's own reader throws where this one would not.
  expectNoMore(algorithm, 2);
  if (oid === RSA_OID) return parseRsaKey(bits, algorithm);
  const curve = oid === EC_OID && algorithm[1]?.tag === TAG.oid ? oidOf(algorithm[1]) : undefined;
  const name = curve === undefined ? undefined : CURVE_OIDS[curve];
  if (name === undefined) return { kind: 'unsupported', algorithm: curve ?? oid };
  return isCurvePoint(name, bits)
    ? { kind: 'ec', curve: name, point: bits, spki: spki.der }
    : { kind: 'unsupported', algorithm: `${name} with a point that is not on it` };
}

function parseRsaKey(bits: Uint8Array, algorithm: DerNode[]): PublicKey {
  derAt(algorithm, 1, TAG.null);
  const numbers = derChildren(readDer(bits, TAG.sequence));
  expectNoMore(numbers, 2);
  const modulus = integerOf(derAt(numbers, 0, TAG.integer));
  const exponent = integerOf(derAt(numbers, 1, TAG.integer));
  const size = modulus.toString(2).length;
  const usable = modulus > 0n && (modulus & 1n) === 1n && size >= RSA_BITS.least;
  const exponentUsable = exponent >= 3n && (exponent & 1n) === 1n && exponent < 1n << 64n;
  if (!usable || size > RSA_BITS.most || !exponentUsable) {
    return { kind: 'unsupported', algorithm: `RSA with ${size} bits and exponent ${exponent}` };
  }
  return { kind: 'rsa', bits: size, modulus, exponent };
}

function isCurvePoint(curve: CurveName, bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x04) return false;
  try {
    CURVES[curve].Point.fromBytes(bytes).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a signature AlgorithmIdentifier. `rsaEncryption` and `id-ecPublicKey` alone name no hash;
 * CMS takes it from `digestAlgorithm` then (RFC 3370 §3.2, RFC 5754 §3.3).
 */
export function parseSignatureAlgorithm(node: DerNode, hash?: HashName): SignatureAlgorithm {
  const fields = derChildren(node);
  const oid = oidOf(derAt(fields, 0, TAG.oid));
  const known =
    SIGNATURE_OIDS[oid] ?? (oid === RSA_OID && hash ? { kind: 'rsa', hash } : undefined);
  if (known === undefined) return { kind: 'unsupported', algorithm: oid };
  // RSA: parameters are NULL and present; ECDSA: absent (RFC 4055 §5, RFC 5758 §3.2).
  const parameters = fields.slice(1).map((field) => hexOf(field.der));
  const right = known.kind === 'rsa' ? '0500' : '';
  if (parameters.join() !== right) return { kind: 'unsupported', algorithm: `${oid} (parameters)` };
  return { kind: known.kind as 'rsa' | 'ec', hash: known.hash };
}

/**
 * @param native `null` computes as a browser does
 * @returns whether `signature` over `message` was made with the private half of `key`
 */
export function verifySignature(
  key: PublicKey,
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
  native = NATIVE,
): boolean {
  if (algorithm.kind === 'rsa' && key.kind === 'rsa') {
    return verifyRsa(key, algorithm.hash, digest(algorithm.hash, message, native), signature);
  }
  if (algorithm.kind === 'ec' && key.kind === 'ec') {
    return verifyEcdsa(key, algorithm.hash, message, signature, native);
  }
  return false;
}

/**
 * RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2): the whole encoded message is rebuilt and compared, nothing
 * is parsed out of it, so that no padding trick (Bleichenbacher 2006) has a place to hide.
 */
function verifyRsa(
  key: { bits: number; modulus: bigint; exponent: bigint },
  hash: HashName,
  hashed: Uint8Array,
  signature: Uint8Array,
): boolean {
  const length = Math.ceil(key.bits / 8);
  const value = bigintOf(signature);
  if (signature.length !== length || value >= key.modulus) return false;
  const suffix = `00${DIGEST_INFO[hash]}${hexOf(hashed)}`;
  const encoded = `0001${suffix.padStart(length * 2 - 4, 'f')}`;
  const opened = power(value, key.exponent, key.modulus);
  return opened.toString(16).padStart(length * 2, '0') === encoded;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

/** ECDSA with a strictly encoded DER signature (RFC 3279 §2.2.3); both values of s are allowed. */
function verifyEcdsa(
  key: { curve: CurveName; point: Uint8Array; spki: Uint8Array },
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  native: NativeCrypto | null,
): boolean {
  const compact = compactSignature(signature, Math.ceil(CURVES[key.curve].Point.Fn.BITS / 8));
  if (compact === undefined) return false;
  if (native !== null) return verifyNatively(native, key.spki, hash, message, compact);
  const options = { prehash: false, lowS: false, format: 'compact' } as const;
  return CURVES[key.curve].verify(compact, digest(hash, message, null), key.point, options);
}

function verifyNatively(
  native: NativeCrypto,
  spki: Uint8Array,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const key = native.createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return native.verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false; // A key of hostile bytes that Node refuses has signed nothing.
  }
}

/** Two positive numbers of `size` bytes at most, as `r ‖ s` of fixed length. */
function compactSignature(signature: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const numbers = derChildren(readDer(signature, TAG.sequence));
    expectNoMore(numbers, 2);
    const [r, s] = [0, 1].map((index) => integerOf(derAt(numbers, index, TAG.integer)));
    if (r === undefined || s === undefined || r <= 0n || s <= 0n) return undefined;
    const hex = [r, s].map((value) => value.toString(16).padStart(size * 2, '0')).join('');
    return hex.length === size * 4 ? bytesOf(hex) : undefined;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
