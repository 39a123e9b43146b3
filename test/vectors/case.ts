import type { FormatErrorCode } from '../../src/formats/errors.ts';

/** What one vector says of one input: it is read (and what comes out), or refused with a code. */
export interface ParseCase {
  name: string;
  input?: string;
  /** Instead of `input` where the bytes are not UTF-8. */
  inputBase64?: string;
  valid: boolean;
  error?: FormatErrorCode;
  [expected: string]: unknown;
}

export function accept(name: string, input: string, expected: object = {}): ParseCase {
  return { name, input, valid: true, ...expected };
}

export function reject(name: string, input: string, error: FormatErrorCode): ParseCase {
  return { name, input, valid: false, error };
}

export function rejectBytes(name: string, bytes: Uint8Array, error: FormatErrorCode): ParseCase {
  return { name, inputBase64: Buffer.from(bytes).toString('base64'), valid: false, error };
}

/** The input of a case as the parsers take it. */
export function inputOf(vector: ParseCase): Uint8Array | string {
  if (vector.input !== undefined) return vector.input;
  return new Uint8Array(Buffer.from(vector.inputBase64 ?? '', 'base64'));
}

/** `text` with one part replaced; throws when the part is not there, so no vector is a no-op. */
export function edit(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`nothing to edit: ${from}`);
  return text.replace(from, () => to);
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
