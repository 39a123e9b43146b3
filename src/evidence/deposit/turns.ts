/** One caller's turn among those of the same key. */
export interface Turn {
  /** Resolves when every earlier turn of this key has ended. */
  come: Promise<void>;
  end(): void;
}

/**
 * Keeps callers of one key in the order in which they came, while their slow parts run side by
 * side: a loan's events must not overtake each other only because one has a larger file.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Whether somebody of this key is at it: who comes now has to wait. */
  isTaken(key: string): boolean {
    return this.#last.has(key);
  }

  /** Takes a turn; must be called before anything is awaited. */
  take(key: string): Turn {
    const come = this.#last.get(key) ?? Promise.resolve();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const after = come.then(() => ended);
    this.#last.set(key, after);
    return {
      come,
      end: () => {
        resolve();
        if (this.#last.get(key) === after) this.#last.delete(key);
      },
    };
  }

  /** Runs `work` in a turn of its own. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = this.take(key);
    try {
      await turn.come;
      return await work();
    } finally {
      turn.end();
    }
  }
}
