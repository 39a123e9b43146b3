import { concatBytes, uint64, utf8 } from './bytes.ts';
import { verifyEd25519 } from './ed25519.ts';
import { FormatError } from './errors.ts';
import {
  type Ed25519Sign,
  type KeyType,
  parseNote,
  parseVerifierKey,
  type SignedNote,
  signatureLine,
  type VerifierKey,
  verifierKey,
} from './note.ts';

/*
 * Cosignatures of checkpoints by auditors (C2SP tlog-cosignature, Ed25519, "cosignature/v1"): the
 * statement that, as of a time, this was the largest consistent tree head that the cosigner had seen
 * of the log.
 */

const COSIGNATURE: KeyType = 0x04;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = TIME_BYTES + 64;

/** What a note holds of one witness; `time` in seconds since 1970, by the witness's clock. */
export type CosignatureResult =
  | { result: 'valid'; time: number }
  | { result: 'invalid' }
  | { result: 'absent' };

/**
 * The verifier key of an auditor who cosigns checkpoints.
 * @param name schema-less URL of the auditor, such as `auditor.example/2026`
 * @throws FormatError NOTE_INVALID for a name with white space, control characters or a plus
 */
export function witnessKey(name: string, publicKey: Uint8Array): VerifierKey {
  return verifierKey(name, publicKey, COSIGNATURE);
}

/** Reads the text form of a witness's key. @throws FormatError NOTE_INVALID */
export function parseWitnessKey(vkey: string): VerifierKey {
  return parseVerifierKey(vkey, COSIGNATURE);
}

/** The signed bytes: header line, time line, then the checkpoint's note text. */
export function cosignedMessage(text: string, time: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`);
}

/**
 * The signature line by which a witness cosigns a checkpoint.
 * @param text note text of the checkpoint
 * @param time seconds since 1970
 */
export function cosignatureLine(
  text: string,
  key: VerifierKey,
  sign: Ed25519Sign,
  time: number,
): string {
  const signature = sign(cosignedMessage(text, time));
  return signatureLine(key, concatBytes(uint64(time), signature));
}

/**
 * Whether `note` carries a cosignature of `key`. Of several valid ones the earliest time counts:
 * since then the witness knows the head.
 */
export function checkCosignature(note: SignedNote, key: VerifierKey): CosignatureResult {
  const own = note.signatures.filter(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (own.length === 0) return { result: 'absent' };
  let earliest = Number.POSITIVE_INFINITY;
  for (const { signature } of own) {
    const time = timeOf(signature);
    if (time === undefined) return { result: 'invalid' };
    const message = cosignedMessage(note.text, time);
    if (!verifyEd25519(signature.subarray(TIME_BYTES), message, key.publicKey)) {
      return { result: 'invalid' };
    }
    earliest = Math.min(earliest, time);
  }
  return { result: 'valid', time: earliest };
}

/** Seconds; undefined for a wrong length or a time past 2^53. */
function timeOf(signature: Uint8Array): number | undefined {
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  const view = new DataView(signature.buffer, signature.byteOffset, TIME_BYTES);
  const time = Number(view.getBigUint64(0));
  return Number.isSafeInteger(time) ? time : undefined;
}

/** The signature lines of a note that were made by `key`, each with its newline. */
export function linesOf(note: SignedNote, key: VerifierKey): string[] {
  return note.signatures
    .filter(({ name, keyId }) => name === key.name && keyId === key.keyId)
    .map(({ signature }) => signatureLine(key, signature));
}

/**
 * The note with further signature lines: those that it has already are not repeated.
 * @throws FormatError NOTE_INVALID when a line is malformed or there are more than 64
 */
export function withSignatures(note: string, lines: string[]): string {
  const present = note.slice(note.lastIndexOf('\n\n') + 2);
  const added = [...new Set(lines)].filter((line) => !present.includes(line));
  const whole = note + added.join('');
  if (parseNote(whole).text !== parseNote(note).text) {
    const remedy = 'Hand in signature lines alone, each ending in a newline.';
    throw new FormatError('NOTE_INVALID', 'signed note: a signature line holds a text', remedy);
  }
  return whole;
}
