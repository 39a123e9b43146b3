import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes, equalBytes, toHex } from './bytes.ts';
import { sha512 } from './digest.ts';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}

/**
 * Ed25519 verification (RFC 8032 §5.1.7) by the equation without the cofactor: the point
 * [S]B − [k]A, encoded, is R byte for byte; S below the group order; A canonical and not of small
 * order. This is what OpenSSL computes, so that a court using openssl and a court using this code
 * never come to different verdicts; the equation with the cofactor also accepts signatures that
 * openssl refuses. False for malformed input; never throws.
 */
export function verifyEd25519(
  signature: Uint8Array,
  data: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= ORDER) return false;
  try {
    const key = Point.fromBytes(publicKey);
    if (key.isSmallOrder()) return false;
    const k = littleEndian(sha512(concatBytes(r, publicKey, data))) % ORDER;
    const point = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k));
    return equalBytes(point.toBytes(), r);
  } catch {
    // Attacker-controlled keys that are not on the curve end here: not a signature.
    return false;
  }
}
