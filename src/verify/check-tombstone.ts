import { toHex } from '../formats/bytes.ts';
import { leafHash } from '../formats/merkle.ts';
import { addUnreadable, type ReportBuilder } from './report.ts';
import { statedErasure } from './stated-erasure.ts';
import { checkEntry, openProof } from './verify-file.ts';

/**
 * Holds the proof of a tombstone against the loan's proven history: its entry must be the last one
 * there. Then the report tells when the loan was erased, and on what ground.
 * @param leaves leaf hashes of the loan's entries, hex
 */
export function checkTombstone(
  report: ReportBuilder,
  proofText: Uint8Array | string,
  leaves: readonly string[],
): void {
  const subject = 'tombstone';
  try {
    const proof = openProof(proofText);
    const opened = checkEntry(report, proof, subject);
    const erasure = statedErasure(proof.statement);
    const isLast = leaves.at(-1) === toHex(leafHash(proof.entryBytes));
    const holds = erasure !== undefined && isLast;
    report.holds('history.tombstone', holds, 'EXHIBIT_DIFFERS', { subject });
    if (holds && opened) report.facts.erasure = erasure;
  } catch (error) {
    addUnreadable(report, 'history.tombstone', error, subject);
  }
}
