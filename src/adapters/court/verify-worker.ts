import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { TrustPolicy } from '../../formats/policy.ts';
import type { ChainObservation } from '../../verify/trust.ts';
import { verifyPackage } from '../../verify/verify-package.ts';
import { inspectPackage } from './inspect-package.ts';

/** What the pool asks of a worker thread; everything in it can be cloned. */
export type VerifyJob =
  | { id: number; task: 'inspect'; path: string; policy: TrustPolicy }
  | {
      id: number;
      task: 'verify';
      path: string;
      context: { policy: TrustPolicy; observations?: ChainObservation[]; now: Date };
    };

export interface VerifyAnswer {
  id: number;
  result?: unknown;
  /** A failure of the machine (the file is gone, memory ran out), never of the package. */
  failure?: string;
}

function answer(job: VerifyJob): VerifyAnswer {
  try {
    const zip = new Uint8Array(readFileSync(job.path));
    const result =
      job.task === 'inspect' ? inspectPackage(zip, job.policy) : verifyPackage(zip, job.context);
    return { id: job.id, result };
  } catch (error) {
    return { id: job.id, failure: error instanceof Error ? error.message : 'unknown' };
  }
}

parentPort?.on('message', (job: VerifyJob) => parentPort?.postMessage(answer(job)));
