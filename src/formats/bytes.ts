import { FormatError } from './errors.ts';

const HEX = /^(?:[0-9a-f]{2})*$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += PAIRS[bytes[i] ?? 0];
  return out;
}

/** Value of a lower-case hex digit by its character code. */
const digit = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57);

/**
 * Bytes of a lower-case hex string.
 * @param length expected number of bytes; any when absent
 * @throws FormatError BYTES_NOT_HEX
 */
export function fromHex(hex: string, length?: number): Uint8Array {
  // The length first: the pattern is never run over more than was asked for.
  const right = typeof hex === 'string' && (length === undefined || hex.length === length * 2);
  if (!right || !HEX.test(hex)) {
    const wanted = length === undefined ? 'lower-case hex' : `${length} bytes of lower-case hex`;
    throw new FormatError(
      'BYTES_NOT_HEX',
      `expected ${wanted}, got ${shown(hex)}`,
      'Check that the file was not edited or cut.',
    );
  }
  const out = new Uint8Array(hex.length / 2);
  for (let i = 0; i < out.length; i++) {
    out[i] = digit(hex.charCodeAt(2 * i)) * 16 + digit(hex.charCodeAt(2 * i + 1));
  }
  return out;
}

/** A hostile value for a message; `String(value)` may itself throw (`{"toString":1}`). */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : `a ${typeof value}`;
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(binary);
}

/**
 * Bytes of canonical base64: padded, no white space, no stray bits in the last character.
 * @throws FormatError BYTES_NOT_BASE64
 */
export function fromBase64(text: string): Uint8Array {
  // A pattern over the whole text would overflow the engine's stack at tens of megabytes, so the
  // decoder does the work and writing the bytes again decides whether the text was canonical.
  const out = typeof text === 'string' ? decodeBase64(text) : undefined;
  if (out !== undefined && toBase64(out) === text) return out;
  throw new FormatError(
    'BYTES_NOT_BASE64',
    `expected canonical base64, got ${shown(text)}`,
    'Check that the file was not edited or cut.',
  );
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text);
    const out = new Uint8Array(binary.length);
    for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
    return out;
  } catch {
    return undefined;
  }
}

// Node's buffers encode two to three times as fast; a browser has none.
type Encode = { from(text: string, encoding: 'utf8'): Uint8Array };
const native = (globalThis as { Buffer?: Encode }).Buffer;

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  if (native === undefined) return encoder.encode(text);
  const bytes = native.from(text, 'utf8');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Text of UTF-8 bytes; no replacement characters, a byte order mark is kept as a character.
 * @throws FormatError JSON_INVALID when the bytes are not UTF-8
 */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new FormatError('JSON_INVALID', 'not valid UTF-8', 'Save the text as UTF-8.', { cause });
  }
}

/** One array out of several. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (let i = 0; i < parts.length; i++) length += parts[i]?.length ?? 0;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Whether both hold the same bytes. Not constant-time: nothing compared here is secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Eight bytes, big-endian, of a safe non-negative integer.
 * @throws RangeError for any other number: a negative one would silently wrap to a huge count
 */
export function uint64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a count`);
  const out = new Uint8Array(8);
  let rest = value;
  for (let i = 7; i >= 0; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}
