import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** The next bytes of stream `id`: the first `length` of `block`. Without a block: its end. */
export interface Sm3Request {
  id: number;
  block?: ArrayBuffer;
  length?: number;
}

/** The block that was hashed, to be filled again; `digest` at the end, hex. */
export interface Sm3Answer {
  id: number;
  block?: ArrayBuffer;
  digest?: string;
}

/** Hashes streams by SM3 in the order in which their bytes come. */
function run(port: NonNullable<typeof parentPort>): void {
  const streams = new Map<number, Hash>();
  port.on('message', ({ id, block, length }: Sm3Request) => {
    const hash = streams.get(id) ?? createHash('sm3');
    streams.set(id, hash);
    if (block !== undefined) {
      hash.update(new Uint8Array(block, 0, length));
      port.postMessage({ id, block } satisfies Sm3Answer, [block]);
      return;
    }
    streams.delete(id);
    port.postMessage({ id, digest: hash.digest('hex') } satisfies Sm3Answer);
  });
}

if (parentPort !== null) run(parentPort);
