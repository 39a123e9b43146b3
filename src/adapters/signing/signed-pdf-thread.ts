import { Worker } from 'node:worker_threads';
import {
  MAX_CHECKED_BYTES,
  SIGNATURE_CHECKER,
  type SignedPdfFindings,
  type SignedPdfOptions,
} from '../../verify/check-signed-pdf.ts';
import type { SignedPdfJob } from './signed-pdf-worker.ts';

export interface SignedPdfThread {
  /** Never rejects: a file that exceeds time or memory is `unreadable`, with the reason. */
  check(
    bytes: Uint8Array,
    about: Omit<SignedPdfOptions, 'trustedRoots'>,
  ): Promise<SignedPdfFindings>;
  /** Ends the thread; a check under way is answered as `unreadable`. */
  close(): Promise<void>;
}

/**
 * Checks signed PDFs in a thread of its own, one after another, so that deposits go on meanwhile.
 * @param trustedRoots DER certificates
 * @param milliseconds a file has before the thread is ended
 */
export function createSignedPdfThread(
  trustedRoots: readonly Uint8Array[],
  milliseconds = 20_000,
): SignedPdfThread {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const run = (job: SignedPdfJob) =>
    new Promise<SignedPdfFindings>((resolve) => {
      const thread = worker ?? start();
      worker = thread;
      const done = (findings: SignedPdfFindings) => {
        clearTimeout(timer);
        thread.off('message', done).off('error', onError).off('exit', onExit);
        resolve(findings);
      };
      const fail = (reason: string, detail: string) => {
        worker = undefined;
        void thread.terminate();
        done(unreadable(job, reason, detail));
      };
      const timer = setTimeout(
        () => fail('CHECK_TOO_SLOW', `took longer than ${milliseconds} ms`),
        milliseconds,
      );
      const onError = (error: unknown) => fail('CHECK_FAILED', messageOf(error));
      const onExit = () => fail('CHECK_FAILED', 'the thread ended');
      thread.once('message', done).once('error', onError).once('exit', onExit);
      thread.postMessage(job);
    });

  return {
    check(bytes, about) {
      const job = { bytes, options: { ...about, trustedRoots } };
      // A thread gets a copy of what it is asked; of a file that it would refuse, better not.
      if (bytes.length > MAX_CHECKED_BYTES) {
        return Promise.resolve(unreadable(job, 'FILE_TOO_LARGE', `${bytes.length} bytes`));
      }
      const next = last.then(() => run(job));
      last = next;
      return next;
    },
    async close() {
      const thread = worker;
      worker = undefined;
      await thread?.terminate();
    },
  };
}

function start(): Worker {
  const worker = new Worker(new URL('./signed-pdf-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // An idle thread must not keep a process alive that has nothing else to do.
  worker.unref();
  return worker;
}

function unreadable(job: SignedPdfJob, reason: string, detail: string): SignedPdfFindings {
  const { documentSha256 } = job.options;
  const told = { reason, detail: detail.slice(0, 500).toWellFormed() };
  return {
    documentSha256,
    result: 'unreadable',
    ...told,
    signatures: [],
    checker: SIGNATURE_CHECKER,
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');
