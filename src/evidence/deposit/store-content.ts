import { createHash } from 'node:crypto';
import { canonicalBytes } from '../../formats/jcs.ts';
import type { StatementFile } from '../../formats/statement.ts';
import { sealStream } from '../custody/sealing.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositCommand, DepositContent, ObjectStore, RandomSource } from '../ports.ts';

/**
 * Content on its way into the log: digests of the original bytes, and where the sealed bytes are;
 * nowhere when the event was known already.
 */
export interface StoredContent {
  file: StatementFile;
  /** Small content, to be sealed with its statement. */
  bytes?: Uint8Array;
  objectId?: string;
}

/** Up to this size content is kept in the entry's row; above, in an object of its own. */
const INLINE_BYTES = 16 << 10;

class Digests {
  readonly #hashes = (['sha256', 'sha512', 'sm3'] as const).map((name) => createHash(name));
  size = 0;

  update(chunk: Uint8Array): void {
    this.size += chunk.length;
    for (const hash of this.#hashes) hash.update(chunk);
  }

  finish(name: string, mediaType: string): StatementFile {
    const [sha256 = '', sha512 = '', sm3 = ''] = this.#hashes.map((hash) => hash.digest('hex'));
    return { name, mediaType, size: this.size, sha256, sha512, sm3 };
  }
}

function describe(command: DepositCommand): {
  name: string;
  mediaType: string;
  bytes: Uint8Array | undefined;
} {
  const { content } = command;
  if (content.form === 'record') {
    const bytes = canonicalBytes(content.record);
    return { name: `${command.kind}.json`, mediaType: 'application/json', bytes };
  }
  const bytes = content.form === 'file' ? content.bytes : undefined;
  return { name: content.name, mediaType: content.mediaType, bytes };
}

interface ContentPorts {
  objects: Pick<ObjectStore, 'write'>;
  random: RandomSource;
  maxBytes: number;
  /** Whether the event was deposited before. */
  isKnown(): Promise<boolean>;
}

/**
 * Hashes the content (SHA-256, SHA-512, SM3) and seals it under the loan's secret. Large content is
 * durable in the object store when this returns; a crash before its entry is written leaves an
 * object that nothing names, which costs space and no truth. Large content of an event that is
 * known already is only hashed, to be compared: a retry must not fill the disk.
 * @throws EvidenceError CONTENT_TOO_LARGE when more than `maxBytes` arrive
 */
export async function storeContent(
  command: DepositCommand,
  loanSecret: Uint8Array,
  ports: ContentPorts,
): Promise<StoredContent> {
  const { name, mediaType, bytes } = describe(command);
  const digests = new Digests();
  if (bytes !== undefined && bytes.length <= INLINE_BYTES) {
    digests.update(bytes);
    return { file: digests.finish(name, mediaType), bytes };
  }
  const source = measured(chunksOf(command.content, bytes), digests, ports.maxBytes);
  if (await ports.isKnown()) {
    for await (const _ of source);
    return { file: digests.finish(name, mediaType) };
  }
  const objectId = await ports.objects.write(sealStream(loanSecret, source, ports.random));
  return { file: digests.finish(name, mediaType), objectId };
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
    digests.update(chunk);
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
