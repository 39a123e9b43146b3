import { concatBytes, uint64, utf8 } from './bytes.ts';
import { hmacSha256, sha256 } from './digest.ts';

const COMMITMENT_DOMAIN = utf8('cunzheng/v1/commitment\n');
const SALT_DOMAIN = utf8('cunzheng/v1/salt\n');
const CONTENT_KEY_DOMAIN = utf8('cunzheng/v1/content-key\n');

/**
 * SHA-256("cunzheng/v1/commitment\n" ‖ salt ‖ statement). The salt hides a low-entropy statement:
 * without it nobody can guess a record and compare.
 * @param salt 32 bytes
 * @throws RangeError for another length: the border to the statement would become ambiguous
 */
export function commitment(salt: Uint8Array, statement: Uint8Array): Uint8Array {
  if (salt.length !== 32) throw new RangeError(`a salt of ${salt.length} bytes, not 32`);
  return sha256(concatBytes(COMMITMENT_DOMAIN, salt, statement));
}

/** Salt of entry `seq` of a loan: HMAC-SHA-256(loan secret, "cunzheng/v1/salt\n" ‖ uint64(seq)). */
export function entrySalt(loanSecret: Uint8Array, seq: number): Uint8Array {
  return hmacSha256(loanSecret, concatBytes(SALT_DOMAIN, uint64(seq)));
}

/**
 * AES-256 key of one sealed object of a loan: HMAC-SHA-256(loan secret,
 * "cunzheng/v1/content-key\n" ‖ object nonce). Destroying the loan secret erases the content and
 * leaves every proof standing. The nonce, not `seq`, makes the key unique: a file is sealed while
 * it streams in, before its place in the log is known, and a key is never used twice.
 * @param nonce 32 random bytes
 */
export function contentKey(loanSecret: Uint8Array, nonce: Uint8Array): Uint8Array {
  return hmacSha256(loanSecret, concatBytes(CONTENT_KEY_DOMAIN, nonce));
}
