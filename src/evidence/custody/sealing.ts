import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { fromUtf8 } from '../../formats/bytes.ts';
import { contentKey } from '../../formats/commitment.ts';
import { EvidenceError } from '../errors.ts';
import type { EntryRow, RandomSource } from '../ports.ts';

// Sealed bytes: nonce (32) ‖ IV (12) ‖ AES-256-GCM ciphertext ‖ tag (16). The nonce gives the key,
// the IV counts the messages under it, so no pair of the two is ever used twice.
const NONCE_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;

/** As a key object: Node takes a raw key apart for twice the cost of the cipher itself. */
function keyOf(secret: Uint8Array, nonce: Uint8Array): KeyObject {
  return createSecretKey(contentKey(secret, nonce));
}

/** The private side of a deposit: its statement, and its content or what opens its object. */
export interface OpenedDeposit {
  statement: string;
  /** Small content. */
  content?: Uint8Array;
  /** 32 bytes: the secret under which the object is sealed. */
  objectSecret?: Uint8Array;
}

/** Seals many messages under one secret: the key is derived once. */
export class Sealer {
  readonly #nonce: Uint8Array;
  readonly #key: KeyObject;
  #messages = 0;

  /** @param secret 32 bytes */
  constructor(secret: Uint8Array, random: RandomSource) {
    this.#nonce = random.bytes(NONCE_BYTES);
    this.#key = keyOf(secret, this.#nonce);
  }

  /**
   * Seals a deposit's statement together with its content, or with the secret of its object.
   * @param statement UTF-8
   */
  sealDeposit(statement: Uint8Array, beside: Uint8Array): Uint8Array {
    const plain = Buffer.allocUnsafe(LENGTH_BYTES + statement.length + beside.length);
    plain.writeUInt32BE(statement.length, 0);
    plain.set(statement, LENGTH_BYTES);
    plain.set(beside, LENGTH_BYTES + statement.length);
    const { head, cipher } = this.#begin();
    return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** Seals a stream as one message. */
  async *sealStream(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { head, cipher } = this.#begin();
    yield head;
    for await (const chunk of source) yield cipher.update(chunk);
    yield cipher.final();
    yield cipher.getAuthTag();
  }

  #begin() {
    const head = Buffer.alloc(NONCE_BYTES + IV_BYTES);
    head.set(this.#nonce);
    head.writeUIntBE(this.#messages++, NONCE_BYTES + IV_BYTES - 6, 6);
    return { head, cipher: createCipheriv('aes-256-gcm', this.#key, head.subarray(NONCE_BYTES)) };
  }
}

/**
 * Opens the private side of a deposit.
 * @param secret of its loan
 * @throws EvidenceError ENTRY_UNKNOWN when it is no deposit; OBJECT_DAMAGED when a byte was changed
 *   or the secret is another one
 */
export function openDeposit(secret: Uint8Array, { leafIndex, deposit }: EntryRow): OpenedDeposit {
  if (deposit === undefined) {
    const what = `entry ${leafIndex} is not a deposit`;
    throw new EvidenceError('ENTRY_UNKNOWN', what, 'Ask for an entry of the loan.');
  }
  try {
    const plain = open(secret, deposit.sealed);
    const end = LENGTH_BYTES + plain.readUInt32BE(0);
    if (end > plain.length) throw new RangeError('the statement is longer than the whole');
    const statement = fromUtf8(plain.subarray(LENGTH_BYTES, end));
    const beside = plain.subarray(end);
    const isObject = deposit.objectId !== undefined;
    return { statement, ...(isObject ? { objectSecret: beside } : { content: beside }) };
  } catch (cause) {
    throw damaged(`entry ${leafIndex}`, cause);
  }
}

function open(secret: Uint8Array, sealed: Uint8Array): Buffer {
  const decipher = decipherOf(secret, sealed.subarray(0, NONCE_BYTES + IV_BYTES));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const body = sealed.subarray(NONCE_BYTES + IV_BYTES, sealed.length - TAG_BYTES);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

function decipherOf(secret: Uint8Array, head: Uint8Array) {
  const key = keyOf(secret, head.subarray(0, NONCE_BYTES));
  const options = { authTagLength: TAG_BYTES };
  return createDecipheriv('aes-256-gcm', key, head.subarray(NONCE_BYTES), options);
}

/**
 * Opens a sealed stream while it is read. What comes out is not to be trusted before the end: only
 * the last step tells whether a byte was changed.
 * @throws EvidenceError OBJECT_DAMAGED at the end, or where the stream is too short
 */
export async function* openStream(
  secret: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array> {
  let decipher: ReturnType<typeof decipherOf> | undefined;
  // The last bytes may be the tag: they are held back until more have come.
  let held: Uint8Array = new Uint8Array();
  for await (const chunk of source) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (decipher === undefined) {
      if (held.length < NONCE_BYTES + IV_BYTES) continue;
      decipher = decipherOf(secret, held.subarray(0, NONCE_BYTES + IV_BYTES));
      held = held.subarray(NONCE_BYTES + IV_BYTES);
    }
    const ready = held.length - TAG_BYTES;
    if (ready <= 0) continue;
    yield decipher.update(held.subarray(0, ready));
    held = held.subarray(ready);
  }
  try {
    if (decipher === undefined) throw new RangeError('the sealed bytes are cut off');
    decipher.setAuthTag(held);
    decipher.final();
  } catch (cause) {
    throw damaged(what, cause);
  }
}

function damaged(what: string, cause: unknown): EvidenceError {
  return new EvidenceError(
    'OBJECT_DAMAGED',
    `${what} does not open: its sealed bytes were changed`,
    'Restore it from the backup; the log still proves what it was.',
    { cause },
  );
}
