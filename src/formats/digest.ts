import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { toHex } from './bytes.ts';

// Node's own OpenSSL is three times faster; a browser, or a runtime without it, uses the
// JavaScript implementation. Both are checked against each other in test/unit/formats.
type NodeCrypto = { hash(algorithm: string, data: Uint8Array, encoding: 'buffer'): Uint8Array };
const native = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto | undefined } }
).process?.getBuiltinModule?.('node:crypto');

function nativeHash(algorithm: string, data: Uint8Array): Uint8Array | undefined {
  if (native === undefined) return undefined;
  const digest = native.hash(algorithm, data, 'buffer');
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
}

/** SHA-256 (FIPS 180-4), 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return nativeHash('sha256', data) ?? nobleSha256(data);
}

/** SHA-512 (FIPS 180-4), 64 bytes. */
export function sha512(data: Uint8Array): Uint8Array {
  return nativeHash('sha512', data) ?? nobleSha512(data);
}

/** SHA-256 as lower-case hex. */
export function sha256Hex(data: Uint8Array): string {
  return toHex(sha256(data));
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, data);
}
