import { concatBytes, equalBytes, fromBase64, toBase64, utf8 } from './bytes.ts';
import { sha256 } from './digest.ts';
import { FormatError } from './errors.ts';
import { emptyRoot } from './merkle.ts';
import {
  type Ed25519Sign,
  parseNote,
  type SignedNote,
  signNote,
  type VerifierKey,
} from './note.ts';

/** A signed tree head (C2SP tlog-checkpoint v1.0.0) without extension lines. */
export interface Checkpoint {
  origin: string;
  /** Number of leaves. */
  size: number;
  /** 32 bytes. */
  root: Uint8Array;
}

const LOG_DOMAIN = utf8('cunzheng/v1/log\n');

const invalid = (problem: string): FormatError =>
  new FormatError(
    'CHECKPOINT_INVALID',
    `checkpoint: ${problem}`,
    'Use the original, unedited file.',
  );

/** The note text of a checkpoint: origin, size, root in base64. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** The signed checkpoint. The key's name is the origin. */
export function signCheckpoint(
  checkpoint: Checkpoint,
  key: VerifierKey,
  sign: Ed25519Sign,
): string {
  return signNote(checkpointText(checkpoint), key, sign);
}

/**
 * Reads a signed checkpoint without judging its signatures. Extension lines are refused: no
 * monitor could audit them.
 * @throws FormatError CHECKPOINT_INVALID, NOTE_INVALID
 */
export function parseCheckpoint(input: Uint8Array | string): Checkpoint & { note: SignedNote } {
  const note = parseNote(input);
  const lines = note.text.split('\n');
  const [origin, sizeText, rootText, end] = lines;
  if (lines.length !== 4 || end !== '' || !origin || !sizeText || !rootText) {
    throw invalid('needs exactly origin, size and root');
  }
  if (!/^(?:0|[1-9]\d{0,15})$/.test(sizeText) || !Number.isSafeInteger(Number(sizeText))) {
    throw invalid(`malformed size ${JSON.stringify(sizeText.slice(0, 40))}`);
  }
  const root = fromBase64(rootText);
  if (root.length !== 32) throw invalid('the root is not 32 bytes');
  if (Number(sizeText) === 0 && !equalBytes(root, emptyRoot())) {
    throw invalid('an empty tree has only one root');
  }
  return { origin, size: Number(sizeText), root, note };
}

/**
 * Identity of a log on a chain: SHA-256("cunzheng/v1/log\n" ‖ verifier key text). A log cannot
 * take over another one's anchors without its key.
 */
export function logId(key: VerifierKey): Uint8Array {
  return sha256(concatBytes(LOG_DOMAIN, utf8(key.vkey)));
}
