import { utf8 } from '../../src/formats/bytes.ts';
import { canonicalJson, type Json } from '../../src/formats/jcs.ts';
import type { Change } from './mutate.ts';

type TextChange = (text: string, change: Change) => string;

const deep = (levels: number): Json => {
  let value: Json = 0;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Values that a member of a format is not prepared for. */
const HOSTILE: readonly Json[] = [
  null,
  true,
  0,
  -1,
  0.5,
  -0,
  1e308,
  2 ** 53,
  Number.MAX_SAFE_INTEGER,
  '',
  '0',
  'a'.repeat(5000),
  '\u0000',
  '\ufeff',
  '\u202e',
  '0'.repeat(64),
  'f'.repeat(64),
  '999999999999999999999999999999.99',
  '2999-12-31',
  '0000-00-00',
  [],
  {},
  [[]],
  { toString: 1, valueOf: 1 },
  JSON.parse('{"__proto__":{"length":3}}') as Json,
  { length: 64 },
  deep(60),
];

/**
 * JSON with one member, at any depth, changed: its value, its presence, its place, or, when it is a
 * text, the text, which may itself be JSON. Mostly written canonically, so that the parser behind
 * the reader of JSON is reached. @returns undefined when the bytes are no JSON
 */
export function mutateJson(
  bytes: Uint8Array,
  change: Change,
  mutateText: TextChange,
): Uint8Array | undefined {
  const value = parsed(new TextDecoder().decode(bytes));
  if (value === undefined) return undefined;
  const [how, where, what] = change;
  const changed = changeAt(value, where, (member) =>
    newMember(member, [how >>> 3, what, where], mutateText),
  );
  return utf8(written(changed, how % 8));
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function written(value: Json, how: number): string {
  try {
    const text = canonicalJson(value);
    if (how === 0) return JSON.stringify(value, null, 1);
    if (how === 1) return `${text.slice(0, -1)},${text.slice(1)}`;
    return text;
  } catch {
    return JSON.stringify(value); // A lone surrogate or too deep: for the parser to refuse.
  }
}

/** What takes a member's place: several copies of it, none, or another value. */
function newMember(member: Json, [how, what, more]: Change, mutateText: TextChange): Json[] {
  switch (how % 5) {
    case 0:
      return [];
    case 1:
      return Array.from({ length: 2 + (what % 100) }, () => member);
    case 2:
      if (typeof member === 'string')
        return [changedText(member, [how >>> 3, what, more], mutateText)];
      if (typeof member === 'number') return [member + (what % 3) - 1];
      return [deep(1 + (what % 70))];
    case 3:
      if (typeof member === 'string')
        return [changedText(member, [how >>> 3, what, more], mutateText)];
      return [member, HOSTILE[what % HOSTILE.length] ?? null];
    default:
      return [HOSTILE[what % HOSTILE.length] ?? null];
  }
}

/** A text inside JSON is often JSON or a signed note itself. */
function changedText(text: string, change: Change, mutateText: TextChange): string {
  const inner = text.startsWith('{') ? mutateJson(utf8(text), change, mutateText) : undefined;
  return inner === undefined ? mutateText(text, change) : new TextDecoder().decode(inner);
}

function countOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + countOf(item as Json), 1);
}

/** Replaces the node number `where` (mod their count), in the order of writing. */
function changeAt(value: Json, where: number, make: (member: Json) => Json[]): Json {
  let left = where % countOf(value);
  if (left === 0) return make(value)[0] ?? null;
  const walk = (here: Json): Json => {
    if (here === null || typeof here !== 'object') return here;
    if (Array.isArray(here))
      return here.flatMap((item) => (--left === 0 ? make(item) : [walk(item)]));
    const members = Object.entries(here).flatMap(([key, item]) => {
      if (--left !== 0) return [[key, walk(item)] as const];
      // A second value for a name can only stand under another name.
      return make(item)
        .slice(0, 2)
        .map((one, i) => [i === 0 ? key : `${key}2`, one] as const);
    });
    return Object.fromEntries(members);
  };
  return walk(value);
}
