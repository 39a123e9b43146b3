import { digest } from '../../verify/public-key.ts';
import {
  nothing,
  octets,
  oid,
  sequence,
  smallInteger,
  toDer,
  unsigned,
  yes,
} from '../signing/der-builder.ts';

const SHA256 = '2.16.840.1.101.3.4.2.1';

/**
 * A TimeStampReq (RFC 3161 §2.4.1) for SHA-256 of `stamped`, with the certificate asked for.
 * @param nonce positive; the answer must repeat it
 * @param policy OID under which to stamp; absent = the authority's own choice
 */
export function timeStampQuery(
  stamped: Uint8Array,
  nonce: Uint8Array,
  policy?: string,
): Uint8Array {
  const imprint = sequence(sequence(oid(SHA256), nothing()), octets(digest('sha256', stamped)));
  const wanted = policy === undefined ? [] : [oid(policy)];
  return toDer(sequence(smallInteger(1), imprint, ...wanted, unsigned(nonce), yes()));
}
