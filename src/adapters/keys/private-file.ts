import { readFileSync, statSync } from 'node:fs';
import { CodedError } from '../../formats/errors.ts';

export type PrivateFileErrorCode = 'FILE_EXPOSED' | 'KEY_FILE_INVALID';

/** A file with a secret is not as it must be. */
export class PrivateFileError extends CodedError<PrivateFileErrorCode> {}

/**
 * The text of a file that only its owner may read (mode 0600; not judged on Windows).
 * @throws PrivateFileError FILE_EXPOSED; the file system's own errors
 */
export function readPrivateFile(path: string): string {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    const what = `${path} can be read by others`;
    throw new PrivateFileError('FILE_EXPOSED', what, `Run: chmod 600 ${path}`);
  }
  return readFileSync(path, 'utf8');
}

/**
 * A private key of an Ethereum account from a file of 64 hex digits (0x in front is allowed).
 * @returns 32 bytes
 * @throws PrivateFileError FILE_EXPOSED, KEY_FILE_INVALID
 */
export function readAccountKey(path: string): Uint8Array {
  const [, digits] = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(readPrivateFile(path).trim()) ?? [];
  if (digits !== undefined) return new Uint8Array(Buffer.from(digits, 'hex'));
  const what = `${path} does not hold 64 hex digits`;
  throw new PrivateFileError('KEY_FILE_INVALID', what, 'Write the private key as hex digits.');
}
