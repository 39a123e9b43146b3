import { fromBase64, toBase64 } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { FormatError } from './errors.ts';
import type { SignedNote } from './note.ts';

/** An inclusion proof with its checkpoint (C2SP tlog-proof@v1, without extra data). */
export interface TlogProof {
  index: number;
  hashes: Uint8Array[];
  checkpoint: Checkpoint & { note: SignedNote };
  checkpointText: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';

const invalid = (problem: string): FormatError =>
  new FormatError('PROOF_INVALID', `tlog-proof: ${problem}`, 'Use the original, unedited file.');

/** The text of a proof: header, index, hashes from the leaf's sibling upwards, checkpoint. */
export function encodeTlogProof(index: number, hashes: Uint8Array[], checkpoint: string): string {
  return [HEADER, `index ${index}`, ...hashes.map(toBase64), '', checkpoint].join('\n');
}

/**
 * Reads a proof; only the canonical form without an `extra` line is accepted, since nothing of
 * ours needs unauthenticated data.
 * @throws FormatError PROOF_INVALID, CHECKPOINT_INVALID, NOTE_INVALID, BYTES_NOT_BASE64
 */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  const [header, indexLine, ...hashLines] = text.slice(0, Math.max(split, 0)).split('\n');
  const indexText = /^index (0|[1-9]\d{0,15})$/.exec(indexLine ?? '')?.[1];
  if (header !== HEADER || indexText === undefined) throw invalid('malformed header or index');
  if (!Number.isSafeInteger(Number(indexText))) throw invalid('the index is too large');
  if (hashLines.length > 63) throw invalid('more than 63 hashes');
  const hashes = hashLines.map(fromBase64);
  if (hashes.some((hash) => hash.length !== 32)) throw invalid('a hash is not 32 bytes');
  const checkpointText = text.slice(split + 2);
  const checkpoint = parseCheckpoint(checkpointText);
  return { index: Number(indexText), hashes, checkpoint, checkpointText };
}
