import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  commitmentVectors,
  entryVectors,
  evidenceNumberVectors,
  statementVectors,
} from './cases-deposit.ts';
import { jcsVectors, policyVectors } from './cases-json.ts';
import {
  checkpointVectors,
  completenessVectors,
  noteVectors,
  proofFileVectors,
  receiptVectors,
  tlogProofVectors,
} from './cases-signed.ts';
import { timestampVectors } from './cases-timestamp.ts';
import { loanMapVectors, merkleVectors, tileVectors } from './cases-tree.ts';

/**
 * The vectors of docs/formats, by file name. Fixed seeds only: no clock, no random numbers, so the
 * committed files are equal to what this returns, on every machine.
 */
export function buildVectors(): Record<string, object> {
  return {
    'jcs.json': jcsVectors(),
    'evidence-number.json': evidenceNumberVectors(),
    'statement.json': statementVectors(),
    'commitment.json': commitmentVectors(),
    'entry.json': entryVectors(),
    'merkle.json': merkleVectors(),
    'tile.json': tileVectors(),
    'note.json': noteVectors(),
    'checkpoint.json': checkpointVectors(),
    'loan-map.json': loanMapVectors(),
    'receipt.json': receiptVectors(),
    'tlog-proof.json': tlogProofVectors(),
    'proof-file.json': proofFileVectors(),
    'completeness.json': completenessVectors(),
    'policy.json': policyVectors(),
    'timestamp.json': timestampVectors(),
  };
}

/** The committed form of one vector file. */
export function vectorText(vectors: object): string {
  return `${JSON.stringify(vectors, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, vectors] of Object.entries(buildVectors())) {
    writeFileSync(new URL(name, import.meta.url), vectorText(vectors));
  }
}
