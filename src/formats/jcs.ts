import { fromUtf8, utf8 } from './bytes.ts';
import { FormatError } from './errors.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const MAX_DEPTH = 64;

function serialise(value: Json, depth: number): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw notJson(String(value));
  if (value === null || typeof value === 'number' || typeof value === 'boolean') {
    return JSON.stringify(value);
  }
  // The reader's limit, so that whatever was written can be read: 64 containers, one in another.
  if (depth >= MAX_DEPTH) throw tooDeep();
  if (Array.isArray(value)) return `[${value.map((item) => serialise(item, depth + 1)).join(',')}]`;
  if (typeof value !== 'object') throw notJson(typeof value);
  // RFC 8785 §3.2.3: keys sorted by UTF-16 code units, which is what Array.prototype.sort does.
  const keys = Object.keys(value).sort();
  const member = (key: string) =>
    `${canonicalString(key)}:${serialise(value[key] as Json, depth + 1)}`;
  return `{${keys.map(member).join(',')}}`;
}

/**
 * Canonical form of a string.
 * @throws FormatError JSON_INVALID when it holds half of a surrogate pair
 */
export function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw notJson('a string with a lone surrogate');
  return JSON.stringify(text);
}

/**
 * Whether the engine's own writer gives the canonical form of `value` but for lone surrogates: JSON
 * types only, members in order, no more than 64 deep.
 */
function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= MAX_DEPTH || 'toJSON' in value) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isInOrder(value[i], depth + 1)) return false;
    return true;
  }
  const members = value as Record<string, unknown>;
  let last: string | undefined;
  for (const key of Object.keys(members)) {
    if (last !== undefined && key <= last) return false;
    if (!isInOrder(members[key], depth + 1)) return false;
    last = key;
  }
  return true;
}

function notJson(what: string): FormatError {
  return new FormatError('JSON_INVALID', `${what} has no JSON form`, 'Send valid JSON (RFC 8259).');
}

function tooDeep(): FormatError {
  return new FormatError('JSON_TOO_DEEP', `JSON nested deeper than ${MAX_DEPTH}`, 'Flatten it.');
}

/**
 * Canonical JSON text (RFC 8785). Every JSON value that is hashed or signed goes through here.
 * @throws FormatError JSON_INVALID for values without a JSON form, JSON_TOO_DEEP
 */
export function canonicalJson(value: Json): string {
  if (isInOrder(value, 0)) {
    const text = JSON.stringify(value);
    // A lone surrogate is written as an escape, which no other character begins like this.
    if (!text.includes('\\ud')) return text;
  }
  return serialise(value, 0);
}

/** UTF-8 bytes of `canonicalJson(value)`. */
export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonicalJson(value));
}

/** Place behind the string that opens at `start`; the text is known to parse as JSON. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const isOpening = (code: number): boolean => code === 0x7b || code === 0x5b;
const isClosing = (code: number): boolean => code === 0x7d || code === 0x5d;

/** Members as the text has them, repeated keys each time. */
function countMembers(text: string): number {
  let [members, depth] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at) - 1;
    else if (code === COLON) members += 1;
    else if (isClosing(code)) depth -= 1;
    else if (isOpening(code)) {
      depth += 1;
      if (depth > MAX_DEPTH) throw tooDeep();
    }
  }
  return members;
}

/** Members of the value, where a repeated key is there once. */
function membersOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  let members = 0;
  if (Array.isArray(value)) for (const item of value) members += membersOf(item);
  else {
    const own = Object.values(value);
    members += own.length;
    for (const item of own) members += membersOf(item);
  }
  return members;
}

/**
 * Attacker-controlled input: finds a repeated key or too deep a nesting in text that parses. A
 * scanner and not a pattern: a pattern overflows the engine's stack on a string of megabytes.
 */
function checkStructure(text: string, value: Json): void {
  if (countMembers(text) === membersOf(value)) return;
  const what = 'a JSON object repeats a key';
  throw new FormatError('JSON_INVALID', what, 'Send each key once.');
}

/**
 * Parses JSON from outside: valid UTF-8, no repeated key, no nesting beyond 64.
 * @throws FormatError JSON_INVALID, JSON_TOO_DEEP
 */
export function parseJson(input: Uint8Array | string): Json {
  const text = typeof input === 'string' ? input : fromUtf8(input);
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The engine's own message quotes the text, and with it personal data.
    const place =
      cause instanceof Error ? / at position (\d+)/.exec(cause.message)?.[1] : undefined;
    const what = place === undefined ? 'not JSON' : `not JSON from character ${place} on`;
    throw new FormatError('JSON_INVALID', what, 'Send valid JSON (RFC 8259).');
  }
  checkStructure(text, value);
  return value;
}

/**
 * Parses text that must already be canonical: parse, write again, compare. Repeated keys, spaces,
 * other number forms and a byte order mark all fail the comparison.
 * @throws FormatError JSON_INVALID, JSON_NOT_CANONICAL
 */
export function parseCanonical(input: Uint8Array | string): Json {
  const text = typeof input === 'string' ? input : fromUtf8(input);
  const value = parseJson(text);
  if (canonicalJson(value) !== text) {
    const remedy = 'The bytes were changed or written by another program; use the original file.';
    throw new FormatError('JSON_NOT_CANONICAL', 'JSON is not in RFC 8785 form', remedy);
  }
  return value;
}
