import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EvidenceError } from '../../evidence/errors.ts';
import type { RandomSource, RotatingKeyVault } from '../../evidence/ports.ts';
import { destroySecretFile, secretFile, writeSecretFile } from './key-files.ts';

const NUMBER_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INDEX_CONTEXT = 'index key';

/** File of master key `number`: `master.key`, after the first rotation `master.2.key`, and so on. */
export function masterKeyName(number: number): string {
  return number === 1 ? 'master.key' : `master.${number}.key`;
}

/** Numbers of the master keys in a folder, oldest first. */
export function masterKeyNumbers(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const match = /^master(?:\.([1-9]\d{0,8}))?\.key$/.exec(name);
      return match === null ? [] : [Number(match[1] ?? 1)];
    })
    .toSorted((a, b) => a - b);
}

const damaged = (what: string, remedy: string, cause?: unknown) =>
  new EvidenceError('SECRET_DAMAGED', what, remedy, { cause });

function readMasterKey(path: string): Uint8Array {
  const master = readFileSync(path);
  if (master.length === 32) return master;
  const what = `${path} holds ${master.length} bytes, not 32`;
  throw damaged(what, 'Restore the key file from the backup.');
}

/** One master key: AES-256-GCM under a key derived from it, its number and the context bound to it. */
class MasterKey {
  readonly number: number;
  readonly #wrappingKey: Uint8Array;

  constructor(number: number, master: Uint8Array) {
    this.number = number;
    this.#wrappingKey = hkdf(master, 'loan secret wrapping');
  }

  wrap(secret: Uint8Array, context: string, nonce: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-256-gcm', this.#wrappingKey, nonce);
    const number = numberBytes(this.number);
    cipher.setAAD(Buffer.concat([number, Buffer.from(context)]));
    return Buffer.concat([
      number,
      nonce,
      cipher.update(secret),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  unwrap(wrapped: Uint8Array, context: string): Uint8Array {
    const nonce = wrapped.subarray(NUMBER_BYTES, NUMBER_BYTES + NONCE_BYTES);
    const body = wrapped.subarray(NUMBER_BYTES + NONCE_BYTES, -TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#wrappingKey, nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.concat([wrapped.subarray(0, NUMBER_BYTES), Buffer.from(context)]));
    decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(body), decipher.final()]);
  }
}

function numberBytes(number: number): Buffer {
  const bytes = Buffer.alloc(NUMBER_BYTES);
  bytes.writeUInt32BE(number);
  return bytes;
}

function numberOf(wrapped: Uint8Array): number {
  return wrapped.length < NUMBER_BYTES ? 0 : Buffer.from(wrapped).readUInt32BE();
}

function hkdf(key: Uint8Array, purpose: string): Uint8Array {
  const info = `cunzheng/v1/${purpose}`;
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), info, 32));
}

/** The master keys of a folder. The newest wraps, all open what they wrapped. */
class KeyRing {
  readonly #folder: string;
  readonly #random: RandomSource;
  readonly #keys = new Map<number, MasterKey>();

  constructor(folder: string, random: RandomSource) {
    this.#folder = folder;
    this.#random = random;
    const numbers = masterKeyNumbers(folder);
    if (numbers.length === 0) this.add(1);
    for (const number of numbers) this.#load(number);
  }

  /** Oldest first. */
  get numbers(): number[] {
    return [...this.#keys.keys()].toSorted((a, b) => a - b);
  }

  get newest(): number {
    return this.numbers.at(-1) ?? 1;
  }

  add(number: number): void {
    secretFile(join(this.#folder, masterKeyName(number)), () => this.#random.bytes(32));
    this.#load(number);
  }

  remove(number: number): void {
    destroySecretFile(join(this.#folder, masterKeyName(number)));
    this.#keys.delete(number);
  }

  wrap(secret: Uint8Array, context: string): Uint8Array {
    return this.#key(this.newest).wrap(secret, context, this.#random.bytes(NONCE_BYTES));
  }

  unwrap(wrapped: Uint8Array, context: string): Uint8Array {
    return this.#key(numberOf(wrapped)).unwrap(wrapped, context);
  }

  #key(number: number): MasterKey {
    const key = this.#keys.get(number);
    if (key !== undefined) return key;
    throw new RangeError(`master key ${number} is not in ${this.#folder}`);
  }

  #load(number: number): void {
    const path = join(this.#folder, masterKeyName(number));
    this.#keys.set(number, new MasterKey(number, readMasterKey(path)));
  }
}

/**
 * The key vault in a folder: master keys of 32 bytes, and `index.key`, a random key wrapped under
 * the newest of them, from which all other keys are derived: so these stay when the master key is
 * rotated. Wrapped form: key number (4, big-endian) ‖ nonce (12) ‖ AES-256-GCM ‖ tag (16), number
 * and context as associated data. Missing files are made: whoever opens an installation in use
 * looks first that they are there.
 * @throws EvidenceError SECRET_DAMAGED when a file is not such a key
 */
export function openKeyVault(folder: string, random: RandomSource): RotatingKeyVault {
  const ring = new KeyRing(folder, random);
  const indexPath = join(folder, 'index.key');
  const wrappedIndex = secretFile(indexPath, () => ring.wrap(random.bytes(32), INDEX_CONTEXT));
  const index = openIndex(ring, wrappedIndex, indexPath);
  return {
    masterNumbers: () => ring.numbers,
    numberOf,
    derive: (purpose) => hkdf(index, purpose),
    wrap: (secret, context) => ring.wrap(secret, context),
    unwrap(wrapped, context) {
      try {
        return ring.unwrap(wrapped, context);
      } catch (cause) {
        const what = `the secret of loan key ${context} does not open`;
        const remedy =
          'Check that the master keys in keys/ belong to this data folder; else restore the backup.';
        throw damaged(what, remedy, cause);
      }
    },
    addMasterKey() {
      ring.add(ring.newest + 1);
      // A crash before this line leaves the index key under the old key, which is still there.
      writeSecretFile(indexPath, ring.wrap(index, INDEX_CONTEXT));
      return ring.newest;
    },
    retireMasterKeys() {
      writeSecretFile(indexPath, ring.wrap(index, INDEX_CONTEXT));
      for (const number of ring.numbers.slice(0, -1)) ring.remove(number);
    },
  };
}

function openIndex(ring: KeyRing, wrapped: Uint8Array, path: string): Uint8Array {
  try {
    return ring.unwrap(wrapped, INDEX_CONTEXT);
  } catch (cause) {
    const what = `${path} does not open under the master key`;
    throw damaged(what, 'Restore index.key and the master key from the backup.', cause);
  }
}
