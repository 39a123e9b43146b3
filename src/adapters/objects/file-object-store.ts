import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EvidenceError } from '../../evidence/errors.ts';
import type { ObjectStore } from '../../evidence/ports.ts';
import { writeDurably } from './durable-file.ts';

const CHUNK_BYTES = 256 << 10;

/** Sealed objects as files: `<folder>/<first two hex digits>/<the rest>`. */
export function createFileObjectStore(folder: string): ObjectStore {
  const pathOf = (id: string) => join(folder, id.slice(0, 2), id.slice(2));
  return {
    async write(source) {
      const hash = createHash('sha256');
      let id = '';
      await writeDurably(folder, hashing(source, hash), () => {
        id = hash.digest('hex');
        return pathOf(id);
      });
      return id;
    },
    async *readStream(id) {
      const hash = createHash('sha256');
      try {
        const chunks = createReadStream(pathOf(id), { highWaterMark: CHUNK_BYTES });
        yield* hashing(chunks, hash);
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code !== 'ENOENT') throw cause;
        const what = `object ${id} is missing`;
        throw new EvidenceError('OBJECT_MISSING', what, 'Restore it from the backup.', { cause });
      }
      if (hash.digest('hex') === id) return;
      const what = `object ${id} was changed`;
      throw new EvidenceError('OBJECT_DAMAGED', what, 'Restore it from the backup.');
    },
    async list() {
      const names = await readdir(folder, { recursive: true }).catch(() => []);
      return names
        .map((name) => name.replace(/[\\/]/, ''))
        .filter((id) => /^[0-9a-f]{64}$/.test(id));
    },
  };
}

async function* hashing(
  source: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}
