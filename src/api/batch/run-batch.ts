import type { Acknowledgement } from '../../evidence/index.ts';
import type { DepositCommand } from '../../evidence/ports.ts';
import { ApiError, type Problem } from '../errors.ts';
import type { ApiLimits } from '../limits.ts';
import { lineCommand } from '../schemas/deposit.ts';
import { type StreamLine, splitLines } from './split-lines.ts';
import { WeightedGate } from './weighted-gate.ts';

/** What became of one line. */
export type LineResult =
  | ({ line: number; ok: true } & Acknowledgement)
  | { line: number; ok: false; error: { code: string; message: string; remedy: string } };

/** Numbers of lines. */
export interface BatchCounts {
  lines: number;
  accepted: number;
  duplicates: number;
  refused: number;
}

export interface BatchPorts {
  limits: ApiLimits;
  /** Bytes being worked on, shared by all batches. */
  batchBytes: WeightedGate;
  accept(command: DepositCommand): Promise<Acknowledgement>;
  /** Tells the depositor what was wrong, and the operator when it was the service. */
  explain(error: unknown): Problem;
  /** Sends a result; returns when the next one may be sent. */
  send(result: LineResult): Promise<void>;
  /** The depositor is gone: nothing more is read. */
  isGone(): boolean;
}

/**
 * Deposits a stream of lines and sends one result a line, in the same order. Many lines are under
 * way together, so they share commits; lines of one loan go one after the other, so the loan's
 * history has their order and a line may refer to an earlier one. Memory is bounded by lines per
 * batch and by bytes over all batches, and reading waits while results are not taken away.
 *
 * A crash or a lost connection leaves every line that was acknowledged, and perhaps some that were
 * not: the depositor sends the batch again and is told which events are there already.
 */
export async function runBatch(
  source: AsyncIterable<Uint8Array>,
  ports: BatchPorts,
): Promise<BatchCounts> {
  const counts = { lines: 0, accepted: 0, duplicates: 0, refused: 0 };
  const window = new WeightedGate(ports.limits.linesInFlight);
  const work = new LineWork(ports);
  let sent: Promise<void> = Promise.resolve();
  for await (const line of splitLines(source, ports.limits.lineBytes)) {
    if (ports.isGone()) break;
    if (isBlank(line)) continue;
    const leave = await window.enter(1);
    const result = await work.start(line);
    sent = sent.then(async () => {
      const outcome = await result.outcome;
      count(counts, outcome);
      await ports.send(outcome);
      leave();
    });
  }
  await sent;
  return counts;
}

function isBlank({ bytes }: StreamLine): boolean {
  return bytes !== 'too long' && bytes.every((byte) => byte === 0x20 || byte === 0x0d);
}

function count(counts: BatchCounts, result: LineResult): void {
  counts.lines += 1;
  if (!result.ok) counts.refused += 1;
  else if (result.duplicate) counts.duplicates += 1;
  else counts.accepted += 1;
}

/** Starts lines and keeps those of one loan in order. */
class LineWork {
  readonly #ports: BatchPorts;
  /** End of the last line of each loan that is under way. */
  readonly #lastOf = new Map<string, Promise<LineResult>>();
  #departure: Promise<void> | undefined;

  constructor(ports: BatchPorts) {
    this.#ports = ports;
  }

  /** Returns as soon as the line is under way. The outcome never rejects. */
  async start({ number, bytes }: StreamLine): Promise<{ outcome: Promise<LineResult> }> {
    if (bytes === 'too long') return { outcome: Promise.resolve(this.#tooLong(number)) };
    const leave = await this.#ports.batchBytes.enter(bytes.length);
    const outcome = this.#deposit(number, bytes);
    void outcome.then(leave);
    return { outcome };
  }

  #deposit(line: number, bytes: Uint8Array): Promise<LineResult> {
    let command: DepositCommand;
    try {
      command = lineCommand(bytes, this.#ports.limits);
    } catch (error) {
      return Promise.resolve(this.#refused(line, error));
    }
    const { loan } = command;
    const before = this.#lastOf.get(loan);
    const outcome = this.#accept(line, command, before);
    this.#lastOf.set(loan, outcome);
    void outcome.then(() => {
      if (this.#lastOf.get(loan) === outcome) this.#lastOf.delete(loan);
    });
    return outcome;
  }

  async #accept(
    line: number,
    command: DepositCommand,
    before: Promise<LineResult> | undefined,
  ): Promise<LineResult> {
    await before;
    await this.#depart();
    try {
      return { line, ok: true, ...(await this.#ports.accept(command)) };
    } catch (error) {
      return this.#refused(line, error);
    }
  }

  /** Lines that became ready meanwhile leave together: one by one each would cost a commit. */
  #depart(): Promise<void> {
    this.#departure ??= new Promise((leave) => {
      setImmediate(() => {
        this.#departure = undefined;
        leave();
      });
    });
    return this.#departure;
  }

  #refused(line: number, error: unknown): LineResult {
    const { code, detail, remedy } = this.#ports.explain(error);
    return { line, ok: false, error: { code, message: detail, remedy } };
  }

  #tooLong(line: number): LineResult {
    const what = `longer than ${this.#ports.limits.lineBytes} bytes`;
    const remedy = 'Send a large file as a stream to POST /v1/deposits.';
    return this.#refused(line, new ApiError('LINE_TOO_LONG', what, remedy));
  }
}
