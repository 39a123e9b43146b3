import { parseCheckpoint } from '../../formats/checkpoint.ts';
import { checkCosignature, linesOf } from '../../formats/cosignature.ts';
import type { VerifierKey } from '../../formats/note.ts';
import { EvidenceError } from '../errors.ts';
import type { CosignatureStore, EvidenceStore } from '../ports.ts';

/** A note holds 64 signatures; what is left is for the log and for what may come. */
const MOST_PER_CHECKPOINT = 32;

/**
 * Takes an auditor's cosignature of one of our checkpoints. It must verify under the auditor's key,
 * and the text must be the one that we published: a cosignature of anything else would stand beside
 * our head without being about it.
 * @returns size of the checkpoint, and how many lines are new
 * @throws EvidenceError CHECKPOINT_UNKNOWN, COSIGNATURE_REFUSED, FormatError NOTE_INVALID,
 *   CHECKPOINT_INVALID
 */
export async function addCosignature(
  { store, cosignatures }: { store: EvidenceStore; cosignatures: CosignatureStore },
  cosigned: string,
  witness: VerifierKey,
): Promise<{ size: number; added: number }> {
  const { note, size } = parseCheckpoint(cosigned);
  const own = await store.checkpoint(size);
  if (own === undefined || parseCheckpoint(own.note).note.text !== note.text) {
    const what = `no checkpoint of ours has this text (size ${size})`;
    const remedy = 'Compare it with what the log publishes; if it is signed by us, it is a fork.';
    throw new EvidenceError('CHECKPOINT_UNKNOWN', what, remedy);
  }
  const { result } = checkCosignature(note, witness);
  if (result !== 'valid') throw refused(`the cosignature of ${witness.name} is ${result}`);
  const known = await cosignatures.list(size);
  const lines = linesOf(note, witness).filter((line) => !known.includes(line));
  if (known.length + lines.length > MOST_PER_CHECKPOINT) {
    throw refused(`size ${size} has ${known.length} cosignatures already`);
  }
  for (const line of lines) await cosignatures.add(size, line);
  return { size, added: lines.length };
}

function refused(problem: string): EvidenceError {
  const remedy = 'Ask the auditor for the note as "cunzheng log audit --cosign" wrote it.';
  return new EvidenceError('COSIGNATURE_REFUSED', problem, remedy);
}
