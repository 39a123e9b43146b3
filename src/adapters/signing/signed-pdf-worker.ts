import { parentPort } from 'node:worker_threads';
import {
  checkSignedPdf,
  type SignedPdfFindings,
  type SignedPdfOptions,
} from '../../verify/check-signed-pdf.ts';

/** What the thread is asked; everything in it can be cloned. */
export interface SignedPdfJob {
  bytes: Uint8Array;
  options: SignedPdfOptions;
}

parentPort?.on('message', ({ bytes, options }: SignedPdfJob) => {
  const findings: SignedPdfFindings = checkSignedPdf(bytes, options);
  parentPort?.postMessage(findings);
});
