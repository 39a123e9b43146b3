import { createHash, type Hash } from 'node:crypto';
import { ApiError } from './errors.ts';

const ALGORITHMS = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
]);
const MEMBER = /^\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]+={0,2}):\s*$/;

/** Digests that a sender promised (RFC 9530 §2); others than SHA-256 and SHA-512 are passed over. */
export interface PromisedDigest {
  algorithm: string;
  expected: Buffer;
}

/**
 * Reads a `Content-Digest` header.
 * @throws ApiError DIGEST_INVALID when it is malformed or names no algorithm that can be checked:
 *   a sender who promises a digest must not believe that it was checked
 */
export function parseContentDigest(header: string | undefined): PromisedDigest[] {
  if (header === undefined) return [];
  const promised = header.split(',').flatMap((member) => {
    const [, name = '', base64 = ''] = MEMBER.exec(member) ?? [];
    if (name === '') throw invalid('is malformed');
    const algorithm = ALGORITHMS.get(name);
    return algorithm === undefined ? [] : [{ algorithm, expected: Buffer.from(base64, 'base64') }];
  });
  if (promised.length === 0) throw invalid('names no digest that is known here');
  return promised;
}

function invalid(problem: string): ApiError {
  const remedy = 'Example: Content-Digest: sha-256=:base64 of the 32 bytes:';
  return new ApiError('DIGEST_INVALID', `the Content-Digest header ${problem}`, remedy);
}

/**
 * Passes a body on and compares it with its digests before the last step: whoever stores the body
 * sees the error instead of the end, and throws away what was written.
 * @throws ApiError DIGEST_MISMATCH
 */
export async function* checkedAgainst(
  promised: PromisedDigest[],
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hashes = promised.map(({ algorithm }): Hash => createHash(algorithm));
  for await (const chunk of source) {
    for (const hash of hashes) hash.update(chunk);
    yield chunk;
  }
  for (const [i, { algorithm, expected }] of promised.entries()) {
    if (hashes[i]?.digest().equals(expected)) continue;
    const what = `the body's ${algorithm} is not the one in Content-Digest`;
    throw new ApiError('DIGEST_MISMATCH', what, 'It was changed on its way: send it again.');
  }
}
