/**
 * Lets work through as long as its weights together stay within a capacity; the rest waits in
 * order. Work heavier than the capacity passes alone.
 */
export class WeightedGate {
  readonly #capacity: number;
  readonly #waiting: { weight: number; enter: () => void }[] = [];
  #used = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** @returns to be called once, when the work is done */
  async enter(weight: number): Promise<() => void> {
    const held = Math.min(weight, this.#capacity);
    if (this.#waiting.length > 0 || this.#used + held > this.#capacity) {
      await new Promise<void>((enter) => this.#waiting.push({ weight: held, enter }));
    } else {
      this.#used += held;
    }
    return () => this.#leave(held);
  }

  #leave(held: number): void {
    this.#used -= held;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#used + next.weight > this.#capacity) return;
      this.#used += next.weight;
      this.#waiting.shift();
      next.enter();
    }
  }
}
