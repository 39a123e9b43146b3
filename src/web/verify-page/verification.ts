/// <reference lib="dom" />
import type { Outcome, RunContext } from './outcome.ts';
import { type Progress, run } from './run.ts';
import type { Answer, Order } from './worker.ts';

/** A verification under way. */
export interface Verification {
  outcomes: Promise<Outcome[]>;
  /** Ends the worker; `outcomes` then stays open for ever. */
  stop(): void;
}

/**
 * Verifies in a worker made of the page's own script, so that the page stays alive; where the
 * browser gives a page from disk no worker, in the page itself.
 * @param script text of the page's script
 */
export function startVerification(
  script: string,
  order: Order,
  tell: (progress: Progress) => void,
): Verification {
  try {
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const worker = new Worker(url);
    const outcomes = new Promise<Outcome[]>((resolve, reject) => {
      listen(worker, order, { tell, resolve, reject });
    }).finally(() => URL.revokeObjectURL(url));
    return { outcomes, stop: () => worker.terminate() };
  } catch {
    return { outcomes: runInPage(order.files, order.context, tell), stop: () => {} };
  }
}

interface Listener {
  tell: (progress: Progress) => void;
  resolve: (outcomes: Outcome[] | Promise<Outcome[]>) => void;
  reject: (error: Error) => void;
}

function listen(worker: Worker, order: Order, { tell, resolve, reject }: Listener): void {
  let alive = false;
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    switch (data.kind) {
      case 'ready':
        alive = true;
        return worker.postMessage(order);
      case 'progress':
        return tell(data.progress);
      case 'done':
        worker.terminate();
        return resolve(data.outcomes);
      case 'fault':
        worker.terminate();
        return reject(new Error(data.message));
    }
  });
  worker.addEventListener('error', (event) => {
    worker.terminate();
    // Never came up: the browser refuses workers here. Broke off later: out of memory, most likely.
    if (alive) reject(new Error(event.message || 'the worker broke off'));
    else resolve(runInPage(order.files, order.context, tell));
  });
}

function runInPage(files: File[], context: RunContext, tell: (progress: Progress) => void) {
  return run(files, context, tell, () => new Promise((done) => setTimeout(done, 60)));
}
