import { EvidenceError } from '../errors.ts';
import type { CheckpointRow } from '../ports.ts';
import type { Lane, LogWriter, Outcome, ReadyDeposit, SequencedBatch } from './log-writer.ts';
import {
  type DepositColumns,
  packDeposits,
  unpackFailure,
  unpackOutcomes,
  type WriterAnswer,
  type WriterRequest,
} from './writer-messages.ts';

/** The way to the thread of the writer. */
export interface WriterThread {
  /** @param handed array buffers that go over to the thread and are not copied */
  post(request: WriterRequest, handed: ArrayBuffer[]): void;
  /** Called once for each answer. */
  onAnswer(listener: (answer: WriterAnswer) => void): void;
  /** Called once when the thread has ended, whyever. */
  onEnd(listener: () => void): void;
  /** Ends the thread. */
  end(): Promise<void>;
}

interface Asked {
  resolve(answer: Exclude<WriterAnswer, { answer: 'failed' }>): void;
  reject(error: unknown): void;
}

interface Single {
  deposit: ReadyDeposit;
  resolve(batch: SequencedBatch): void;
  reject(error: unknown): void;
}

type DistributedOmit<T> = T extends unknown ? Omit<T, 'id'> : never;

/**
 * A writer in a thread of its own. Singles of one turn of the event loop cross over together. When
 * the thread ends by itself, whatever waited is told so: it may have been written or not, and the
 * depositor who sends again is told how it stands.
 */
export class RemoteWriter implements LogWriter {
  readonly #thread: WriterThread;
  readonly #asked = new Map<number, Asked>();
  #singles: Single[] = [];
  readonly #failure = Promise.withResolvers<void>();
  #nextId = 0;
  #ended = false;

  constructor(thread: WriterThread) {
    this.#thread = thread;
    thread.onAnswer((answer) => this.#receive(answer));
    thread.onEnd(() => this.#fail());
  }

  /** Resolves when the thread has ended by itself: nothing can be written from then on. */
  get failed(): Promise<void> {
    return this.#failure.promise;
  }

  sequence(deposits: ReadyDeposit[], lane: Lane): Promise<SequencedBatch> {
    const [deposit] = deposits;
    if (lane === 'bulk' || deposit === undefined || deposits.length > 1) {
      return this.#send(deposits, lane);
    }
    return new Promise((resolve, reject) => {
      this.#singles.push({ deposit, resolve, reject });
      if (this.#singles.length === 1) setImmediate(() => this.#sendSingles());
    });
  }

  async publishCheckpoint(): Promise<CheckpointRow | undefined> {
    const value = await this.#do({ ask: 'publishCheckpoint' });
    return typeof value === 'number' ? undefined : value;
  }

  async finishPublishing(): Promise<number> {
    return Number(await this.#do({ ask: 'finishPublishing' }));
  }

  async ensureNote(text: string, since: number): Promise<number> {
    return Number(await this.#do({ ask: 'ensureNote', text, since }));
  }

  async forgetLoans(): Promise<void> {
    await this.#do({ ask: 'forgetLoans' });
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#do({ ask: 'close' });
    this.#ended = true;
    await this.#thread.end();
  }

  #sendSingles(): void {
    const singles = this.#singles;
    this.#singles = [];
    const deposits = singles.map(({ deposit }) => deposit);
    this.#send(deposits, 'single').then(
      ({ outcomes }) => {
        for (const [i, { resolve }] of singles.entries()) resolve({ outcomes: at(outcomes, i) });
      },
      (error) => {
        for (const { reject } of singles) reject(error);
      },
    );
  }

  async #send(deposits: ReadyDeposit[], lane: Lane): Promise<SequencedBatch> {
    const columns: DepositColumns = packDeposits(deposits);
    const handed = [columns.contents.buffer];
    const answer = await this.#ask({ ask: 'sequence', lane, deposits: columns }, handed);
    if (answer.answer === 'sequenced') return unpackOutcomes(answer.outcomes);
    throw stopped();
  }

  async #do(request: Exclude<DistributedOmit<WriterRequest>, { ask: 'sequence' }>) {
    const answer = await this.#ask(request);
    if (answer.answer === 'done') return answer.value;
    throw stopped();
  }

  #ask(request: DistributedOmit<WriterRequest>, handed: ArrayBuffer[] = []) {
    return new Promise<Exclude<WriterAnswer, { answer: 'failed' }>>((resolve, reject) => {
      if (this.#ended) {
        reject(stopped());
        return;
      }
      const id = this.#nextId++;
      this.#asked.set(id, { resolve, reject });
      this.#thread.post({ ...request, id }, handed);
    });
  }

  #receive(answer: WriterAnswer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (answer.answer === 'failed') asked?.reject(unpackFailure(answer.failure));
    else asked?.resolve(answer);
  }

  #fail(): void {
    if (!this.#ended) this.#failure.resolve();
    this.#ended = true;
    for (const { reject } of this.#asked.values()) reject(stopped());
    this.#asked.clear();
  }
}

function at(outcomes: Outcome[], i: number): Outcome[] {
  return outcomes.slice(i, i + 1);
}

function stopped(): EvidenceError {
  return new EvidenceError(
    'WRITER_STOPPED',
    'the part of the service that writes the log has stopped',
    'Send the event again when the service runs: you are told then whether it was written.',
  );
}
