import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Sm3Answer, Sm3Request } from './sm3-worker.ts';

/** Up to this size a stream is hashed here: a thread costs more than it saves. */
const SMALL_BYTES = 1 << 20;
/** Bytes go to the thread in blocks, which come back to be filled again; bounds the memory. */
const BLOCK_BYTES = 256 << 10;
const MAX_BLOCKS = 16;

/**
 * The thread that hashes large content by SM3, which takes more time than all else that is done with
 * a file. It starts with the first large file and keeps no process alive.
 */
class Sm3Thread {
  readonly #worker = new Worker(new URL('./sm3-worker.ts', import.meta.url));
  readonly #listeners = new Map<number, (answer: Sm3Answer | Error) => void>();
  #next = 0;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: Sm3Answer) => this.#listeners.get(answer.id)?.(answer));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that hashes by SM3 ended')));
  }

  begin(hear: (answer: Sm3Answer | Error) => void): number {
    const id = this.#next++;
    this.#listeners.set(id, hear);
    this.#worker.ref();
    return id;
  }

  send(request: Sm3Request): void {
    this.#worker.postMessage(request, request.block === undefined ? [] : [request.block]);
  }

  end(id: number): void {
    this.#listeners.delete(id);
    if (this.#listeners.size === 0) this.#worker.unref();
  }

  /** The next large file gets a new thread. */
  #fail(error: Error): void {
    if (thread === this) thread = undefined;
    for (const hear of [...this.#listeners.values()]) hear(error);
  }
}

let thread: Sm3Thread | undefined;

/** SM3 (GB/T 32905-2016) over bytes that come one after the other. */
export class Sm3Stream {
  #small: Uint8Array[] | undefined = [];
  #size = 0;
  #remote: { thread: Sm3Thread; id: number } | undefined;
  #free: ArrayBuffer[] = [];
  #blocks = 0;
  #open: { block: ArrayBuffer; length: number } | undefined;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #digest: string | undefined;

  /** Takes the next bytes; the caller may use them again when the promise resolves. */
  async update(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    if (this.#small === undefined) return this.#send(chunk);
    this.#small.push(chunk);
    if (this.#size <= SMALL_BYTES) return;
    const held = this.#small;
    this.#small = undefined;
    for (const one of held) await this.#send(one);
  }

  /** @returns the digest, hex */
  async finish(): Promise<string> {
    if (this.#small !== undefined) {
      const hash = createHash('sm3');
      for (const held of this.#small) hash.update(held);
      return hash.digest('hex');
    }
    this.#flush();
    this.#post({});
    await this.#until(() => this.#digest !== undefined);
    this.abandon();
    return this.#digest ?? '';
  }

  /** For a stream that broke off: nothing more will be sent or asked. */
  abandon(): void {
    if (this.#remote === undefined) return;
    // Ends it in the thread as well; the answer finds no listener.
    if (this.#digest === undefined) this.#post({});
    this.#remote.thread.end(this.#remote.id);
    this.#remote = undefined;
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      this.#open ??= { block: await this.#block(), length: 0 };
      const { block, length } = this.#open;
      const part = chunk.subarray(at, at + BLOCK_BYTES - length);
      new Uint8Array(block).set(part, length);
      this.#open.length += part.length;
      at += part.length;
      if (this.#open.length === BLOCK_BYTES) this.#flush();
    }
  }

  #flush(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#post(open);
  }

  async #block(): Promise<ArrayBuffer> {
    if (this.#free.length === 0 && this.#blocks < MAX_BLOCKS) {
      this.#blocks++;
      return new ArrayBuffer(BLOCK_BYTES);
    }
    await this.#until(() => this.#free.length > 0);
    return this.#free.pop() ?? new ArrayBuffer(BLOCK_BYTES);
  }

  #post(request: Omit<Sm3Request, 'id'>): void {
    if (this.#remote === undefined) {
      thread ??= new Sm3Thread();
      this.#remote = { thread, id: thread.begin((answer) => this.#hear(answer)) };
    }
    this.#remote.thread.send({ id: this.#remote.id, ...request });
  }

  #hear(answer: Sm3Answer | Error): void {
    if (answer instanceof Error) this.#failure = answer;
    else {
      if (answer.block !== undefined) this.#free.push(answer.block);
      if (answer.digest !== undefined) this.#digest = answer.digest;
    }
    this.#wake?.();
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
