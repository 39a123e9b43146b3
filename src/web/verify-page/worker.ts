import type { Outcome, RunContext } from './outcome.ts';
import { type Progress, run } from './run.ts';

/** What the page asks of the worker. */
export interface Order {
  files: File[];
  context: RunContext;
}

/** What the worker answers. */
export type Answer =
  | { kind: 'ready' }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'done'; outcomes: Outcome[] }
  | { kind: 'fault'; message: string };

interface WorkerScope {
  postMessage(answer: Answer): void;
  addEventListener(type: 'message', listener: (event: { data: Order }) => void): void;
}

/** Serves one order; the page starts a fresh worker for the next. */
export function serveOrders(scope: WorkerScope): void {
  scope.addEventListener('message', ({ data }) => {
    const tell = (progress: Progress) => scope.postMessage({ kind: 'progress', progress });
    run(data.files, data.context, tell, async () => {})
      .then((outcomes) => scope.postMessage({ kind: 'done', outcomes }))
      .catch((error: unknown) => scope.postMessage({ kind: 'fault', message: String(error) }));
  });
  scope.postMessage({ kind: 'ready' });
}
