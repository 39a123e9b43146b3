import type { LoanHead, LoanRow } from '../../evidence/ports.ts';

/** What one commit added. */
export interface TailBatch {
  /** Size of the log after it. */
  end: number;
  /** Event keys (hex) with their leaf indexes. */
  events: Map<string, number>;
  loans: LoanRow[];
  /** Heads by loan key. */
  heads: Map<string, LoanHead>;
  /** Leaf index of an entry to that of the one before it of the same loan. */
  links: Map<number, number | null>;
}

/**
 * What was committed and is not in the index yet, in memory: a look-up asks here first. Bounded by
 * how far the index may stay behind.
 */
export class EvidenceTail {
  readonly #events = new Map<string, number>();
  readonly #references = new Map<string, LoanRow>();
  readonly #loans = new Map<string, LoanRow>();
  readonly #heads = new Map<string, LoanHead>();
  readonly #links = new Map<number, number | null>();
  #batches: TailBatch[] = [];

  add(batch: TailBatch): void {
    for (const [key, leafIndex] of batch.events) this.#events.set(key, leafIndex);
    for (const [key, head] of batch.heads) this.#heads.set(key, head);
    for (const [leafIndex, previous] of batch.links) this.#links.set(leafIndex, previous);
    for (const loan of batch.loans) {
      this.#references.set(loan.reference, loan);
      this.#loans.set(loan.loanKey, loan);
    }
    this.#batches.push(batch);
  }

  /** Forgets what the index holds by now. */
  drop(indexed: number): void {
    const kept = this.#batches.findIndex(({ end }) => end > indexed);
    const gone = this.#batches.splice(0, kept < 0 ? this.#batches.length : kept);
    for (const { events, loans, heads, links } of gone) {
      for (const leafIndex of links.keys()) this.#links.delete(leafIndex);
      for (const key of events.keys()) this.#events.delete(key);
      for (const [key, head] of heads) {
        // A later commit may have put a newer head in its place.
        if (this.#heads.get(key) === head) this.#heads.delete(key);
      }
      for (const { reference, loanKey } of loans) {
        this.#references.delete(reference);
        this.#loans.delete(loanKey);
      }
    }
  }

  event(eventKey: string): number | undefined {
    return this.#events.get(eventKey);
  }

  loan(loanKey: string): LoanRow | undefined {
    return this.#loans.get(loanKey);
  }

  loanByReference(reference: string): LoanRow | undefined {
    return this.#references.get(reference);
  }

  /** @returns undefined when the entry is not in the tail */
  previous(leafIndex: number): number | null | undefined {
    return this.#links.get(leafIndex);
  }

  head(loanKey: string): LoanHead | undefined {
    return this.#heads.get(loanKey);
  }
}
