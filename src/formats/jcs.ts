import { fromUtf8, utf8 } from './bytes.ts';
import { FormatError } from './errors.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const MAX_DEPTH = 64;

function serialise(value: Json, depth: number): string {
  if (typeof value === 'string') return serialiseString(value);
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
    `${serialiseString(key)}:${serialise(value[key] as Json, depth + 1)}`;
  return `{${keys.map(member).join(',')}}`;
}

function serialiseString(text: string): string {
  if (!text.isWellFormed()) throw notJson('a string with a lone surrogate');
  return JSON.stringify(text);
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
  return serialise(value, 0);
}

/** UTF-8 bytes of `canonicalJson(value)`. */
export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonicalJson(value));
}

/** Place behind the string that opens at `start`; the text is known to parse as JSON. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function addKey(keys: Set<string> | undefined, token: string): void {
  const key: string = JSON.parse(token);
  if (keys?.has(key)) {
    const what = `JSON object repeats the key ${JSON.stringify(key.slice(0, 60))}`;
    throw new FormatError('JSON_INVALID', what, 'Send each key once.');
  }
  keys?.add(key);
}

/**
 * Attacker-controlled input: finds a repeated key or too deep a nesting in text that parses. A
 * scanner and not a pattern: a pattern overflows the engine's stack on a string of megabytes.
 */
function checkStructure(text: string): void {
  const open: Set<string>[] = [];
  let [start, end] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      [start, end] = [at, stringEnd(text, at)];
      at = end - 1;
    } else if (char === ':') addKey(open.at(-1), text.slice(start, end));
    else if (char === '}' || char === ']') open.pop();
    else if (char === '{' || char === '[') {
      open.push(new Set());
      if (open.length > MAX_DEPTH) throw tooDeep();
    }
  }
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
    const what = `not JSON: ${cause instanceof Error ? cause.message.slice(0, 120) : 'unreadable'}`;
    throw new FormatError('JSON_INVALID', what, 'Send valid JSON (RFC 8259).', { cause });
  }
  checkStructure(text);
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
