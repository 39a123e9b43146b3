/** How a write goes wrong: not done, or done and then reported as failed. */
export const FAULTS = ['failed', 'failed, but persisted'] as const;
export type Fault = (typeof FAULTS)[number];

/** Methods of the ports that write; every other one must be in `READS`. */
export const WRITES: Readonly<Record<string, readonly string[]>> = {
  store: ['append', 'updateMap'],
  secrets: ['put', 'rewrap', 'destroy'],
  objects: ['write'],
  tiles: ['write'],
  outbox: ['pinIdentity', 'enqueue', 'insertAttempt', 'record'],
};

type Method = (...args: unknown[]) => unknown;

/**
 * Counts every write through the ports that it wraps, and makes one of them go wrong. The adapters
 * behind it are the real ones: what "persisted" leaves is what they leave on the disk.
 */
export class WritePoints {
  /** Names of the writes so far, in order. */
  readonly seen: string[] = [];
  readonly #at: number;
  readonly #fault: Fault;

  /** @param at number of the write that fails, counted from 0; -1 for none */
  constructor(at = -1, fault: Fault = 'failed') {
    this.#at = at;
    this.#fault = fault;
  }

  /** The same port, whose writes are counted. */
  wrap<T extends object>(port: string, real: T): T {
    const writes = WRITES[port] ?? [];
    const own = Object.entries(real).map(([name, method]) => {
      if (!writes.includes(name) || typeof method !== 'function') return [name, method];
      return [name, this.#counted(`${port}.${name}`, (...args) => method.apply(real, args))];
    });
    return Object.fromEntries(own) as T;
  }

  #counted(name: string, write: Method): Method {
    return async (first: unknown, ...rest: unknown[]) => {
      // A list of files is as many writes: some are there, the next one fails.
      const list = name === 'tiles.write' ? (first as unknown[]).map((file) => [file]) : [first];
      let result: unknown;
      for (const part of list) result = await this.#run(name, () => write(part, ...rest));
      return result;
    };
  }

  async #run(name: string, write: () => unknown): Promise<unknown> {
    const hit = this.seen.push(name) - 1 === this.#at;
    if (hit && this.#fault === 'failed') throw new Error('input/output error');
    const result = await write();
    if (hit) throw new Error('input/output error');
    return result;
  }
}
