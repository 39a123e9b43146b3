import { dirname } from 'node:path';
import { createFolderLogFiles, createHttpLogFiles } from './adapters/log/log-files.ts';
import { writeDurably } from './adapters/objects/durable-file.ts';
import { type AuditState, encodeAuditState } from './verify/audit/audit-state.ts';
import type { LogFiles } from './verify/audit/log-files.ts';

export { createWitnessKey, openWitnessKey } from './adapters/keys/witness-key.ts';

/**
 * The files of a log at a place.
 * @param place folder, or http(s) address below which `checkpoint` and `tile/` lie
 * @param apiKey of an auditor, for the entry bundles
 * @throws LogUnreadableError when the address is not a URL; so do the reads when nothing answers
 */
export function openLogFiles(place: string, apiKey?: string): LogFiles {
  return /^https?:\/\//.test(place)
    ? createHttpLogFiles(place, apiKey)
    : createFolderLogFiles(place);
}

/**
 * Whole or not at all: a crash leaves the state before, from which the same audit goes on again.
 */
export async function writeAuditState(path: string, state: AuditState): Promise<void> {
  await writeDurably(dirname(path), [encodeAuditState(state)], path, 0o600);
}
