import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { contentKey } from '../../formats/commitment.ts';
import { EvidenceError } from '../errors.ts';
import type { EntryRow, RandomSource } from '../ports.ts';

const NONCE_BYTES = 32;
const TAG_BYTES = 16;
// The key is derived from 32 random bytes and used for one message only, so a constant IV is safe.
const IV = new Uint8Array(12);

/** As a key object: Node takes a raw key apart for twice the cost of the cipher itself. */
function keyOf(loanSecret: Uint8Array, nonce: Uint8Array): KeyObject {
  return createSecretKey(contentKey(loanSecret, nonce));
}

/**
 * Seals a stream under a loan's secret: nonce (32) ‖ AES-256-GCM ciphertext ‖ tag (16).
 * @param loanSecret 32 bytes
 */
export async function* sealStream(
  loanSecret: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  random: RandomSource,
): AsyncGenerator<Uint8Array> {
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(loanSecret, nonce), IV);
  yield nonce;
  for await (const chunk of source) yield cipher.update(chunk);
  yield cipher.final();
  yield cipher.getAuthTag();
}

/** Seals bytes in one go; the same form as `sealStream`. */
export function sealBytes(
  loanSecret: Uint8Array,
  plain: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(loanSecret, nonce), IV);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Seals what stands in a deposit's row: length of the statement (4 bytes, big-endian) ‖ statement ‖
 * small content, in one message.
 */
export function sealDeposit(
  loanSecret: Uint8Array,
  statement: Uint8Array,
  content: Uint8Array | undefined,
  random: RandomSource,
): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(statement.length);
  return sealBytes(loanSecret, Buffer.concat([length, statement, content ?? nothing]), random);
}

const nothing = new Uint8Array();

/** A deposit's row, opened. `content` only where it is not an object of its own. */
export interface OpenedDeposit {
  statement: string;
  content?: Uint8Array;
}

/** @throws EvidenceError ENTRY_UNKNOWN when it is no deposit, OBJECT_DAMAGED as `openSealed` */
export function openDeposit(
  loanSecret: Uint8Array,
  { leafIndex, deposit }: EntryRow,
): OpenedDeposit {
  if (deposit === undefined) {
    const what = `entry ${leafIndex} is not a deposit`;
    throw new EvidenceError('ENTRY_UNKNOWN', what, 'Ask for an entry of the loan.');
  }
  const opened = Buffer.from(openSealed(loanSecret, deposit.sealed, `entry ${leafIndex}`));
  const end = 4 + opened.readUInt32BE(0);
  const statement = opened.toString('utf8', 4, end);
  return deposit.objectId === undefined
    ? { statement, content: opened.subarray(end) }
    : { statement };
}

/**
 * Opens sealed bytes.
 * @param what named in the error, such as `content of entry 12`
 * @throws EvidenceError OBJECT_DAMAGED when a byte was changed or the secret is another one
 */
export function openSealed(loanSecret: Uint8Array, sealed: Uint8Array, what: string): Uint8Array {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', keyOf(loanSecret, nonce), IV, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const body = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (cause) {
    throw new EvidenceError(
      'OBJECT_DAMAGED',
      `${what} does not open: its sealed bytes were changed`,
      'Restore it from the backup; the log still proves what it was.',
      { cause },
    );
  }
}
