import { CodedError } from '../../formats/errors.ts';
import { SubmissionError } from './errors.ts';
import {
  type CaseToSubmit,
  type SubmissionPorts,
  type SubmittedCase,
  submitCase,
} from './submit-case.ts';

/** What became of one case of a batch. */
export type SubmissionResult =
  | { caseId: string; revision: number; outcome: 'answered'; submitted: SubmittedCase }
  | {
      caseId: string;
      revision: number;
      outcome: 'failed';
      code: string;
      message: string;
      remedy: string;
    };

export interface SubmitAllOptions {
  /** Packages on their way at the same time; also how many are in memory. */
  concurrency: number;
  /** Attempts of one case while the court is busy or silent. Default 6. */
  attempts?: number;
  /** First pause, milliseconds; doubles with each failure in a row, up to `maxPauseMs`. */
  pauseMs?: number;
  maxPauseMs?: number;
  /**
   * After so many failures in a row, of all cases together, the court counts as down and the rest
   * of the batch is left for the next run. Default 20.
   */
  giveUpAfter?: number;
  onProgress?(result: SubmissionResult, done: number, total: number): void;
}

export interface SubmitAllPorts extends SubmissionPorts {
  /** Waits; a parameter, so that services never read the clock themselves. */
  wait(milliseconds: number): Promise<void>;
}

/**
 * Hands in a batch: a few at a time, slower when the court says so, each case to its own end. One bad
 * case stops nothing else; what could not be delivered is `failed` and goes out in the next run.
 * @returns one result a case, in the order given
 */
export async function submitAll(
  cases: readonly CaseToSubmit[],
  ports: SubmitAllPorts,
  options: SubmitAllOptions,
): Promise<SubmissionResult[]> {
  const pace = new Pace(ports, options);
  const results: SubmissionResult[] = new Array(cases.length);
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let at = next++; at < cases.length; at = next++) {
      const filing = cases[at];
      if (filing === undefined) continue;
      const result = await settle(filing, ports, pace, options.attempts ?? 6);
      results[at] = result;
      done++;
      options.onProgress?.(result, done, cases.length);
    }
  };
  const workers = Math.max(1, Math.min(options.concurrency, cases.length));
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

async function settle(
  filing: CaseToSubmit,
  ports: SubmitAllPorts,
  pace: Pace,
  attempts: number,
): Promise<SubmissionResult> {
  const { caseId, revision } = filing;
  for (let attempt = 1; ; attempt++) {
    if (pace.stopped !== undefined) return failed(filing, pace.stopped);
    await pace.ready();
    try {
      const submitted = await submitCase(filing, ports);
      pace.succeeded();
      return { caseId, revision, outcome: 'answered', submitted };
    } catch (error) {
      if (!(error instanceof SubmissionError)) return failed(filing, error);
      pace.failed(error);
      if (!error.retryable || attempt >= attempts) return failed(filing, error);
    }
  }
}

function failed({ caseId, revision }: CaseToSubmit, error: unknown): SubmissionResult {
  const { code, message, remedy } =
    error instanceof CodedError
      ? error
      : { code: 'UNEXPECTED', message: messageOf(error), remedy: 'Report this case.' };
  return { caseId, revision, outcome: 'failed', code, message, remedy };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : 'unknown';
}

/** One court's pace, shared by all cases on their way to it. */
class Pace {
  /** Why nothing more is sent to this court in this run. */
  stopped: SubmissionError | undefined;
  readonly #ports: SubmitAllPorts;
  readonly #first: number;
  readonly #most: number;
  readonly #giveUpAfter: number;
  #inARow = 0;
  #notBefore = 0;

  constructor(ports: SubmitAllPorts, options: SubmitAllOptions) {
    this.#ports = ports;
    this.#first = options.pauseMs ?? 500;
    this.#most = options.maxPauseMs ?? 60_000;
    this.#giveUpAfter = options.giveUpAfter ?? 20;
  }

  async ready(): Promise<void> {
    const pause = this.#notBefore - this.#ports.clock.now().getTime();
    if (pause > 0) await this.#ports.wait(pause);
  }

  succeeded(): void {
    this.#inARow = 0;
  }

  failed(error: SubmissionError): void {
    // Our key is wrong for one case as for all.
    if (error.code === 'COURT_DENIED') this.stopped = error;
    if (!error.retryable) return;
    this.#inARow++;
    if (this.#inARow >= this.#giveUpAfter) this.stopped = error;
    const doubled = Math.min(this.#first * 2 ** (this.#inARow - 1), this.#most);
    const pause = Math.max(error.retryAfterMs ?? 0, doubled);
    const until = this.#ports.clock.now().getTime() + pause;
    this.#notBefore = Math.max(this.#notBefore, until);
  }
}
