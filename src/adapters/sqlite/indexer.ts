import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { EvidenceError } from '../../evidence/errors.ts';
import type { MapState } from '../../evidence/ports.ts';
import type { EvidenceIndex } from './evidence-index.ts';
import type { IndexFollower } from './index-follower.ts';
import type { IndexAnswer, IndexRequest } from './index-worker.ts';

/** Whoever keeps index.db behind evidence.db. */
export interface Indexer {
  /** Told the size of the log after each commit. Never fails: the tail covers what is missing. */
  appended(size: number): void;
  /** Whether look-ups must wait for the index, for want of a tail. */
  readonly readsOnly: boolean;
  /** Resolves when the first `size` entries are indexed. */
  settle(size: number): Promise<void>;
  updateMap(): Promise<MapState>;
  close(): Promise<void>;
}

/** Small commits of the index one by one cost more than the entries in them. */
const INLINE_BATCH = 1024;

/** Indexes in the thread of the caller: the command line and tests. */
export function inlineIndexer(
  follower: IndexFollower,
  indexedUpTo: (size: number) => void,
): Indexer {
  const catchUp = () => indexedUpTo(follower.catchUp());
  return {
    readsOnly: false,
    appended(size) {
      if (size - follower.index.state().indexed < INLINE_BATCH) return;
      try {
        catchUp();
      } catch {
        // The entries are on the disk, and the next look-up that needs the index tries again.
      }
    },
    settle: async () => catchUp(),
    updateMap: async () => {
      const state = follower.updateMap();
      indexedUpTo(state.covers);
      return state;
    },
    async close() {
      try {
        catchUp();
      } catch {
        // As above: the next start catches up.
      }
    },
  };
}

interface Waiting {
  resolve: (state: MapState) => void;
  reject: (error: unknown) => void;
}

function stopped(cause: unknown): EvidenceError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = 'Start the service again: the index catches up, or is made anew.';
  return new EvidenceError('INDEX_DAMAGED', `the index stopped: ${why}`, remedy, { cause });
}

/** Indexes in a thread of its own: beside a service that must not wait for it. */
export class ThreadIndexer implements Indexer {
  readonly readsOnly = false;
  readonly #worker: Worker;
  readonly #indexedUpTo: (size: number) => void;
  readonly #maps: Waiting[] = [];
  #settling: { size: number; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #indexed: number;
  #failure: EvidenceError | undefined;
  #closing = false;

  constructor(
    paths: { log: string; index: string },
    indexed: number,
    indexedUpTo: (size: number) => void,
  ) {
    this.#indexed = indexed;
    this.#indexedUpTo = indexedUpTo;
    this.#worker = new Worker(new URL('./index-worker.ts', import.meta.url), { workerData: paths });
    this.#worker.on('message', (answer: IndexAnswer) => this.#hear(answer));
    this.#worker.on('error', (error) => this.#fail(error));
    // A command that forgets to close must not hang for an index that can be made again.
    this.#worker.unref();
  }

  appended(size: number): void {
    this.#post({ do: 'catch-up', size });
  }

  settle(size: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#indexed >= size) return Promise.resolve();
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#settling.push({ size, resolve, reject });
      this.#post({ do: 'catch-up', size });
    });
  }

  updateMap(): Promise<MapState> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#maps.push({ resolve, reject });
      this.#post({ do: 'map' });
    });
  }

  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#closing = true;
      const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
      this.#worker.ref();
      this.#post({ do: 'close' });
      await ended;
    }
    this.#fail(new Error('it was closed'));
  }

  #post(request: IndexRequest): void {
    this.#worker.postMessage(request);
  }

  #hear(answer: IndexAnswer): void {
    if (answer.failed !== undefined) {
      this.#fail(new Error(answer.failed));
      return;
    }
    this.#indexed = answer.indexed;
    this.#indexedUpTo(answer.indexed);
    if (answer.map !== undefined) this.#maps.shift()?.resolve(answer.map);
    const done = this.#settling.filter(({ size }) => size <= answer.indexed);
    this.#settling = this.#settling.filter(({ size }) => size > answer.indexed);
    for (const { resolve } of done) resolve();
    const idle = this.#maps.length + this.#settling.length === 0;
    if (idle && !this.#closing) this.#worker.unref();
  }

  #fail(error: unknown): void {
    this.#failure ??= stopped(error);
    for (const { reject } of [...this.#maps.splice(0), ...this.#settling.splice(0)]) {
      reject(this.#failure);
    }
  }
}

const POLL_MS = 2;
const PATIENCE_MS = 30_000;

/** For a connection that only reads: waits until the writer's indexer is there. */
export function readersIndexer(index: EvidenceIndex): Indexer {
  return {
    readsOnly: true,
    appended: () => undefined,
    async settle(size) {
      for (let waited = 0; index.state().indexed < size; waited += POLL_MS) {
        if (waited > PATIENCE_MS) throw stopped('nobody indexes the log');
        await delay(POLL_MS);
      }
    },
    updateMap: () => Promise.reject(new Error('the map is updated by the writer only')),
    close: async () => undefined,
  };
}
