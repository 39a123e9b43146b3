import { createHash, hash } from 'node:crypto';
import { canonicalBytes } from '../../formats/jcs.ts';
import type { StatementFile } from '../../formats/statement.ts';
import { Sealer } from '../custody/sealing.ts';
import { EvidenceError } from '../errors.ts';
import type { StoredObject } from '../log/log-writer.ts';
import type { DepositCommand, DepositContent, ObjectStore, RandomSource } from '../ports.ts';
import { refuseDeposit } from './check-command.ts';
import { Sm3Stream } from './sm3-stream.ts';

/**
 * Content on its way into the log: digests of the original bytes, and the bytes or where they are;
 * nowhere when the event was known already.
 */
export interface StoredContent {
  file: StatementFile;
  content: Uint8Array | StoredObject | undefined;
}

/** Up to this size content is kept in the entry's row; above, in an object of its own. */
const INLINE_BYTES = 16 << 10;

/** Largest structured record, in bytes of its canonical form. */
export const MAX_RECORD_BYTES = 1 << 20;

/** The three digests of a statement, over bytes that come one after the other. */
class Digests {
  readonly #sha256 = createHash('sha256');
  readonly #sha512 = createHash('sha512');
  readonly #sm3 = new Sm3Stream();
  size = 0;

  async update(chunk: Uint8Array): Promise<void> {
    this.size += chunk.length;
    await this.#sm3.update(chunk);
    this.#sha256.update(chunk);
    this.#sha512.update(chunk);
  }

  async finish(name: string, mediaType: string): Promise<StatementFile> {
    const [sha256, sha512] = [this.#sha256.digest('hex'), this.#sha512.digest('hex')];
    return { name, mediaType, size: this.size, sha256, sha512, sm3: await this.#sm3.finish() };
  }

  /** Lets go of what a stream that broke off holds. */
  abandon(): void {
    this.#sm3.abandon();
  }
}

/** Name, media type and, where they are at hand, the bytes of what is deposited. */
export interface DescribedContent {
  name: string;
  mediaType: string;
  bytes: Uint8Array | undefined;
}

/** @throws EvidenceError DEPOSIT_INVALID, FormatError JSON_INVALID, JSON_TOO_DEEP for a record */
export function describeContent({ kind, content }: DepositCommand): DescribedContent {
  if (content.form === 'record') {
    const bytes = canonicalBytes(content.record);
    if (bytes.length > MAX_RECORD_BYTES) {
      refuseDeposit(`record larger than ${MAX_RECORD_BYTES} bytes`, 'Send it as a file.');
    }
    return { name: `${kind}.json`, mediaType: 'application/json', bytes };
  }
  const bytes = content.form === 'file' ? content.bytes : undefined;
  return { name: content.name, mediaType: content.mediaType, bytes };
}

/** Content that goes into its entry's row: hashed at once. Undefined when it is larger. */
export function smallContent(described: DescribedContent): StoredContent | undefined {
  const { name, mediaType, bytes } = described;
  if (bytes === undefined || bytes.length > INLINE_BYTES) return undefined;
  const [sha256, sha512, sm3] = [hash('sha256', bytes), hash('sha512', bytes), hash('sm3', bytes)];
  return { file: { name, mediaType, size: bytes.length, sha256, sha512, sm3 }, content: bytes };
}

export interface ContentPorts {
  objects: ObjectStore;
  random: RandomSource;
  maxBytes: number;
  /** Whether the event was deposited before. */
  isKnown(): Promise<boolean>;
}

/**
 * Hashes the content (SHA-256, SHA-512, SM3) while it comes and seals it under a secret of its own.
 * Large content is durable in the object store when this returns; a crash before its entry is
 * written leaves an object that nothing names and nothing opens, which costs space and no truth.
 * Large content of an event that is known already is only hashed, to be compared: a retry must not
 * fill the disk.
 * @throws EvidenceError CONTENT_TOO_LARGE when more than `maxBytes` arrive
 */
export async function storeContent(
  content: DepositContent,
  described: DescribedContent,
  ports: ContentPorts,
): Promise<StoredContent> {
  const { name, mediaType, bytes } = described;
  const digests = new Digests();
  const source = measured(chunksOf(content, bytes), digests, ports.maxBytes);
  try {
    if (await ports.isKnown()) {
      for await (const _ of source);
      return { file: await digests.finish(name, mediaType), content: undefined };
    }
    const secret = ports.random.bytes(32);
    const id = await ports.objects.write(new Sealer(secret, ports.random).sealStream(source));
    return { file: await digests.finish(name, mediaType), content: { id, secret } };
  } finally {
    digests.abandon();
  }
}

async function* chunksOf(
  content: DepositContent,
  bytes: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  if (bytes !== undefined) yield bytes;
  else if (content.form === 'stream') yield* content.stream;
}

async function* measured(
  source: AsyncIterable<Uint8Array>,
  digests: Digests,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await digests.update(chunk);
    if (digests.size > maxBytes) {
      throw new EvidenceError(
        'CONTENT_TOO_LARGE',
        `more than ${maxBytes} bytes`,
        'Split the file, or raise CUNZHENG_MAX_FILE_BYTES.',
      );
    }
    yield chunk;
  }
}
