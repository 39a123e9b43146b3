import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { toHex } from './bytes.ts';

// Node's own OpenSSL is three times faster; a browser, or a runtime without it, uses the
// JavaScript implementation. Both are checked against each other in test/unit/formats.
type NodeCrypto = { hash(algorithm: string, data: Uint8Array, encoding: 'latin1' | 'hex'): string };
const native = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto | undefined } }
).process?.getBuiltinModule?.('node:crypto');

function nativeHash(algorithm: string, data: Uint8Array): Uint8Array | undefined {
  if (native === undefined) return undefined;
  // As text of one byte a character: Node takes twice as long to make a buffer for it.
  const digest = native.hash(algorithm, data, 'latin1');
  const out = new Uint8Array(digest.length);
  for (let i = 0; i < out.length; i++) out[i] = digest.charCodeAt(i);
  return out;
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
  return native?.hash('sha256', data, 'hex') ?? toHex(nobleSha256(data));
}

const BLOCK_BYTES = 64;

/** One of the two nested hashes: SHA-256((key ⊕ pad) ‖ data). */
function keyedHash(key: Uint8Array, pad: number, data: Uint8Array): Uint8Array {
  const input = new Uint8Array(BLOCK_BYTES + data.length).fill(pad, 0, BLOCK_BYTES);
  for (let i = 0; i < key.length; i++) input[i] = (key[i] ?? 0) ^ pad;
  input.set(data, BLOCK_BYTES);
  return sha256(input);
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes; on top of `sha256`, so that it is native where that is. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  return keyedHash(short, 0x5c, keyedHash(short, 0x36, data));
}
