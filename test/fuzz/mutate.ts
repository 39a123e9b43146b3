import fc from 'fast-check';
import { createContainerWriter } from '../../src/adapters/zip/container-writer.ts';
import { concatBytes, utf8 } from '../../src/formats/bytes.ts';
import { canonicalJson, type Json } from '../../src/formats/jcs.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import { mutateDer } from './mutate-der.ts';
import { mutateJson } from './mutate-json.ts';

/** How the bytes of a sample are built up, and so where a change can hit. */
export type Form = 'json' | 'text' | 'der' | 'zip' | 'bytes';

/**
 * One change: three random numbers whose meaning the form decides. Plain numbers, so that a failing
 * case can be printed, repeated and made smaller.
 */
export type Change = [how: number, where: number, what: number];

const u32 = fc.nat(0xffffffff);
export const changes: fc.Arbitrary<Change[]> = fc.array(fc.tuple(u32, u32, u32), {
  minLength: 1,
  maxLength: 4,
});

/** Texts that parsers have stumbled over. */
const TOKENS: readonly string[] = [
  '\u0000',
  '\ufeff',
  '\u202e',
  '\u2028',
  '\ud800',
  '\u0085',
  '\n\n',
  '\n— ',
  '"',
  '\\',
  '{',
  '[[[[[[[[',
  '-0',
  '1e999',
  '9007199254740993',
  '99999999999999999999999',
  '__proto__',
  '../',
  '%00',
  '\r',
  '=',
  '+',
  '.',
  ' ',
];

/** A changed copy of `sample`; `others` are what can be spliced in. */
export async function mutate(
  sample: Uint8Array,
  form: Form,
  list: readonly Change[],
  others: readonly Uint8Array[],
): Promise<Uint8Array> {
  let bytes = sample;
  for (const change of list) bytes = await mutateOnce(bytes, form, change, others);
  return bytes;
}

async function mutateOnce(
  bytes: Uint8Array,
  form: Form,
  change: Change,
  others: readonly Uint8Array[],
): Promise<Uint8Array> {
  const [how, where, what] = change;
  // A quarter of all changes do not care for the structure.
  if (how % 4 === 0) return mutateBytes(bytes, [how >>> 2, where, what], others);
  const inner: Change = [how >>> 2, where, what];
  if (form === 'json') return mutateJson(bytes, inner, mutateText) ?? mutateLines(bytes, inner);
  if (form === 'der') return mutateDer(bytes, inner) ?? mutateBytes(bytes, inner, others);
  if (form === 'zip') return (await mutateEntry(bytes, inner)) ?? mutateBytes(bytes, inner, others);
  if (form === 'text') return mutateLines(bytes, inner);
  return mutateBytes(bytes, inner, others);
}

const tokenOf = (what: number): string => TOKENS[what % TOKENS.length] ?? '';

/** Flip, set, cut, repeat, insert, splice, swap: for bytes of any form. */
function mutateBytes(
  bytes: Uint8Array,
  [how, where, what]: Change,
  others: readonly Uint8Array[],
): Uint8Array {
  if (bytes.length === 0) return utf8(tokenOf(what));
  const at = where % bytes.length;
  const end = Math.min(bytes.length, at + 1 + (what % 64));
  const [before, part, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, end),
    bytes.subarray(end),
  ];
  const other = others[what % Math.max(1, others.length)] ?? part;
  const from = what % Math.max(1, other.length);
  switch (how % 8) {
    case 0:
      return concatBytes(
        before,
        part.map((byte, i) => (i === 0 ? byte ^ (1 << (what % 8)) : byte)),
        after,
      );
    case 1:
      return concatBytes(before, Uint8Array.of(what % 256), bytes.subarray(at + 1));
    case 2:
      return concatBytes(before, after);
    case 3:
      return before;
    case 4:
      return concatBytes(before, part, part, part, after);
    case 5:
      return concatBytes(before, utf8(tokenOf(what)), bytes.subarray(at));
    case 6:
      return concatBytes(before, other.subarray(from, from + 200), after);
    default:
      return concatBytes(after, part, before);
  }
}

const decode = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** A changed text: a line or a number of it, or its characters. */
function mutateText(text: string, [how, where, what]: Change): string {
  const lines = text.split('\n');
  const at = where % lines.length;
  const line = lines[at] ?? '';
  switch (how % 6) {
    case 0:
      return lines.toSpliced(at, 1).join('\n');
    case 1:
      return lines.toSpliced(at, 0, line).join('\n');
    case 2:
      return lines.toSpliced(what % lines.length, 1, line).join('\n');
    case 3:
      return lines.with(at, line.replace(/\d+/, tokenOf(what))).join('\n');
    case 4:
      return lines.with(at, tokenOf(what)).join('\n');
    default: {
      const place = what % (line.length + 1);
      return lines.with(at, line.slice(0, place) + tokenOf(what) + line.slice(place)).join('\n');
    }
  }
}

const mutateLines = (bytes: Uint8Array, change: Change): Uint8Array =>
  utf8(mutateText(decode(bytes), change));

/** One entry of a container changed, removed or moved, and everything around it made right again. */
async function mutateEntry(zip: Uint8Array, change: Change): Promise<Uint8Array | undefined> {
  const [how, where, what] = change;
  try {
    const files = readContainer(zip).map(({ path, bytes }) => ({ path, bytes }));
    const at = 1 + (where % Math.max(1, files.length - 1));
    const file = files[at];
    if (file === undefined) return undefined;
    const other = files[1 + (what % Math.max(1, files.length - 1))] ?? file;
    if (how % 8 === 0) files.splice(at, 1);
    else if (how % 8 === 1) file.path = `${file.path}${what % 10}`;
    else if (how % 8 === 2) file.bytes = other.bytes;
    else file.bytes = changedEntry(file.bytes, [how >>> 3, what, where]);
    return await createContainerWriter().write(files);
  } catch {
    return undefined; // A container that an earlier change has broken, or a path nobody may write.
  }
}

function changedEntry(bytes: Uint8Array, change: Change): Uint8Array {
  if (bytes[0] === 0x7b) return mutateJson(bytes, change, mutateText) ?? bytes;
  if (bytes[0] === 0x30) return mutateDer(bytes, change) ?? bytes;
  return mutateBytes(bytes, change, []);
}

/** Text of a JSON value, for tables of hostile members. */
export const jsonBytes = (value: Json): Uint8Array => utf8(canonicalJson(value));
