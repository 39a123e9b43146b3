import { EvidenceError } from '../../evidence/errors.ts';

/** How a full disk or a used-up quota shows itself in Node and in SQLite. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/**
 * The error to throw in place of `error`: STORE_FULL when there was no room left, else itself.
 * Whatever was under way has not been acknowledged and left nothing behind.
 */
export function explainDiskFull(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !FULL.has(code)) return error;
  const remedy = 'Free space on the disk of the data folder and send the event again.';
  return new EvidenceError('STORE_FULL', 'the disk is full', remedy, { cause: error });
}
