import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  toBase64,
  toHex,
  utf8,
} from './bytes.ts';
import { sha256 } from './digest.ts';
import { verifyEd25519 } from './ed25519.ts';
import { FormatError } from './errors.ts';

/** A text signed by one or more keys (C2SP signed-note v1.0.0). */
export interface SignedNote {
  /** Ends in a newline. */
  text: string;
  signatures: { name: string; keyId: string; signature: Uint8Array }[];
}

/**
 * A public key as verifiers name it: `<name>+<key id>+<base64(type ‖ key)>`; type 0x01 signs notes,
 * 0x04 cosigns checkpoints (`cosignature.ts`).
 */
export interface VerifierKey {
  name: string;
  /** Eight hex digits. */
  keyId: string;
  publicKey: Uint8Array;
  /** The text form. */
  vkey: string;
}

/** Signs `data` with Ed25519 (RFC 8032): 64 bytes. The private key stays behind this function. */
export type Ed25519Sign = (data: Uint8Array) => Uint8Array;

/** First byte of an encoded key: it enters the key id, so a key of one use never serves another. */
export type KeyType = 0x01 | 0x04;

const ED25519: KeyType = 0x01;
/** UTF-16 code units. */
const MAX_NOTE_LENGTH = 1 << 20;
// Unicode white space is what \s matches, and U+0085 besides.
const KEY_NAME = /^[^\s\u0085+]+$/u;
const SIGNATURE_LINE = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the note format forbids exactly these
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

const invalid = (problem: string): FormatError =>
  new FormatError('NOTE_INVALID', `signed note: ${problem}`, 'Use the original, unedited file.');

function isKeyName(name: string): boolean {
  return KEY_NAME.test(name) && !CONTROL.test(name) && name.isWellFormed();
}

function keyIdOf(name: string, publicKey: Uint8Array, type: KeyType): string {
  const digest = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey));
  return toHex(digest.subarray(0, 4));
}

/**
 * The verifier key of an Ed25519 public key (32 bytes) under a key name.
 * @throws FormatError NOTE_INVALID for a name with white space, control characters or a plus
 */
export function verifierKey(
  name: string,
  publicKey: Uint8Array,
  type: KeyType = ED25519,
): VerifierKey {
  if (!isKeyName(name) || publicKey.length !== 32) throw invalid('malformed key name or key');
  const keyId = keyIdOf(name, publicKey, type);
  const encoded = toBase64(concatBytes(Uint8Array.of(type), publicKey));
  return { name, keyId, publicKey, vkey: `${name}+${keyId}+${encoded}` };
}

/**
 * Reads the text form of a verifier key.
 * @throws FormatError NOTE_INVALID
 */
export function parseVerifierKey(vkey: string, type: KeyType = ED25519): VerifierKey {
  const [, name, keyId, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? [];
  if (name === undefined || encoded === undefined) throw invalid('malformed verifier key');
  const bytes = fromBase64(encoded);
  if (bytes.length !== 33 || bytes[0] !== type) {
    throw invalid(`not an Ed25519 verifier key of type ${type}`);
  }
  const key = verifierKey(name, bytes.subarray(1), type);
  if (key.keyId !== keyId) throw invalid('the key id does not belong to the key');
  return key;
}

/** SHA-256 of the public key as eight groups: what people compare over the telephone. */
export function keyFingerprint(key: VerifierKey): string {
  return toHex(sha256(key.publicKey)).match(/.{8}/g)?.join(' ') ?? '';
}

/**
 * Signs `text` and returns the note.
 * @throws FormatError NOTE_INVALID when the text does not end in a newline or cannot be in a note
 */
export function signNote(text: string, key: VerifierKey, sign: Ed25519Sign): string {
  if (!text.endsWith('\n') || CONTROL.test(text) || !text.isWellFormed()) {
    throw invalid('a text to sign must end in a newline and hold no control codes');
  }
  return `${text}\n${signatureLine(key, sign(utf8(text)))}`;
}

/** One line of a note's signature block, its newline included. */
export function signatureLine({ name, keyId }: VerifierKey, signature: Uint8Array): string {
  return `— ${name} ${toBase64(concatBytes(fromHex(keyId), signature))}\n`;
}

/**
 * Reads a signed note without judging its signatures.
 * @throws FormatError NOTE_INVALID
 */
export function parseNote(input: Uint8Array | string): SignedNote {
  const note = typeof input === 'string' ? input : fromUtf8(input);
  if (note.length > MAX_NOTE_LENGTH || CONTROL.test(note) || !note.isWellFormed()) {
    throw invalid('too long, control codes or broken characters');
  }
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw invalid('no signature block');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > 64) throw invalid('more than 64 signatures');
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

function parseSignatureLine(line: string): SignedNote['signatures'][number] {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) {
    throw invalid('malformed signature line');
  }
  const bytes = fromBase64(encoded);
  if (bytes.length < 5) throw invalid('signature too short');
  return { name, keyId: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

/**
 * Whether `note` carries a valid signature of `key`.
 * @returns 'absent' when the note has no signature by that name and key id
 */
export function checkNote(note: SignedNote, key: VerifierKey): 'valid' | 'invalid' | 'absent' {
  const own = note.signatures.filter((s) => s.name === key.name && s.keyId === key.keyId);
  if (own.length === 0) return 'absent';
  const text = utf8(note.text);
  return own.every((s) => verifyEd25519(s.signature, text, key.publicKey)) ? 'valid' : 'invalid';
}

/** Whether two verifier keys are the same key under the same name. */
export function sameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.name === b.name && equalBytes(a.publicKey, b.publicKey);
}
