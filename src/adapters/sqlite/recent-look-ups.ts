import type { LoanHead } from '../../evidence/ports.ts';
import type { TailBatch } from './evidence-tail.ts';

/** Loans held at a time, at some 200 bytes each. */
const MAX_HEADS = 50_000;
const MAX_EVENTS = 50_000;

/**
 * What the one writer of the log has seen of it lately. The sequencer looks a batch up before it
 * builds it, and `append` asks the same again before it writes: the second answer comes from here.
 * Nothing here can be out of date, since the log changes through `append` only.
 */
export class RecentLookUps {
  readonly #unknownEvents = new Set<string>();
  readonly #heads = new Map<string, LoanHead>();

  /** An event that has no entry yet, at the size that the log has now. */
  noEvent(eventKey: string): void {
    if (this.#unknownEvents.size < MAX_EVENTS) this.#unknownEvents.add(eventKey);
  }

  hasNoEvent(eventKey: string): boolean {
    return this.#unknownEvents.has(eventKey);
  }

  head(loanKey: string): LoanHead | undefined {
    return this.#heads.get(loanKey);
  }

  keepHead(loanKey: string, head: LoanHead): void {
    this.#heads.delete(loanKey);
    this.#heads.set(loanKey, head);
    if (this.#heads.size <= MAX_HEADS) return;
    for (const oldest of this.#heads.keys()) {
      this.#heads.delete(oldest);
      return;
    }
  }

  /** After a commit. */
  appended({ heads }: TailBatch): void {
    this.#unknownEvents.clear();
    for (const [loanKey, head] of heads) this.keepHead(loanKey, head);
  }

  /** After a commit that failed: the disk may hold it all the same. */
  forget(): void {
    this.#unknownEvents.clear();
    this.#heads.clear();
  }
}
