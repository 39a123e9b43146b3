import { Worker } from 'node:worker_threads';
import { CourtError } from '../../litigation/court/errors.ts';
import type { PackageClaims, PackageVerifier } from '../../litigation/court/ports.ts';
import type { VerificationReport } from '../../verify/report.ts';
import { packagePath } from './package-folder.ts';
import type { VerifyAnswer, VerifyJob } from './verify-worker.ts';

export interface VerifyPool extends PackageVerifier {
  /** Ends the threads; jobs that wait are refused. */
  close(): Promise<void>;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  job: VerifyJob;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Seat {
  worker?: Worker;
  current?: Waiting;
}

/**
 * A few threads that verify packages of a folder, so that HTTP goes on answering meanwhile. A
 * package that brings its thread down (memory) fails alone: the thread is started anew.
 */
export function createVerifyPool(folder: string, threads: number): VerifyPool {
  const seats: Seat[] = Array.from({ length: threads }, () => ({}));
  const queue: Waiting[] = [];
  let nextId = 1;
  let closed = false;

  const settle = (seat: Seat, finish: (waiting: Waiting) => void) => {
    const { current } = seat;
    delete seat.current;
    if (current !== undefined) finish(current);
    feed();
  };
  const fail = (seat: Seat, why: string) => {
    delete seat.worker;
    settle(seat, ({ reject }) => reject(broken(why)));
  };
  const start = (seat: Seat): Worker => {
    const worker = new Worker(new URL('./verify-worker.ts', import.meta.url));
    // An idle thread must not keep a process alive that has nothing else to do.
    worker.unref();
    worker.on('message', ({ result, failure }: VerifyAnswer) =>
      settle(seat, ({ resolve, reject }) =>
        failure === undefined ? resolve(result) : reject(broken(failure)),
      ),
    );
    worker.on('error', (error) => fail(seat, error instanceof Error ? error.message : 'unknown'));
    worker.on('exit', () => {
      if (seat.worker === worker) fail(seat, 'the thread ended');
    });
    return worker;
  };
  const feed = () => {
    for (const seat of seats) {
      if (closed || seat.current !== undefined) continue;
      const waiting = queue.shift();
      if (waiting === undefined) return;
      seat.current = waiting;
      seat.worker ??= start(seat);
      seat.worker.postMessage(waiting.job);
    }
  };
  const run = (job: WithoutId<VerifyJob>) =>
    new Promise<unknown>((resolve, reject) => {
      if (closed) return reject(broken('the service is stopping'));
      queue.push({ job: { ...job, id: nextId++ } as VerifyJob, resolve, reject });
      feed();
    });
  return {
    async inspect(sha256, policy) {
      const path = packagePath(folder, sha256);
      return (await run({ task: 'inspect', path, policy })) as PackageClaims;
    },
    async verify(sha256, context) {
      const path = packagePath(folder, sha256);
      return (await run({ task: 'verify', path, context })) as VerificationReport;
    },
    async close() {
      closed = true;
      for (const { reject } of queue.splice(0)) reject(broken('the service is stopping'));
      await Promise.all(seats.map(({ worker }) => worker?.terminate()));
    },
  };
}

function broken(why: string): CourtError {
  const what = `the package could not be verified here: ${why.slice(0, 200)}`;
  return new CourtError('COURT_BUSY', what, 'Hand it in again later; nothing was decided.');
}
