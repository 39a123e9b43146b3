/**
 * A small deterministic generator of pseudo-random numbers: sfc32 (Chris Doty-Humphrey's "small
 * fast chaotic", 128 bits of state, 32-bit integer operations only), seeded by FNV-1a over the
 * UTF-16 units of a text. It makes demonstration data repeatable; it is not for keys or salts.
 */
export interface Random {
  /** Next value, uniform over 0 … 2^32 − 1. */
  uint32(): number;
  /** Uniform whole number, both ends included. */
  integer(min: number, max: number): number;
  /** Uniform over [0, 1), 32 bits of resolution. For drawing only, never for money. */
  fraction(): number;
  /** One element. @throws RangeError on an empty list */
  pick<T>(items: readonly T[]): T;
  /** An independent stream, named: adding a draw in one place shifts nothing in another. */
  fork(label: string): Random;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** sfc32's author discards this many outputs so that close seeds drift apart. */
const WARM_UP = 15;

/** @param seed any text; the same text gives the same stream on every machine */
export function createRandom(seed: string): Random {
  const uint32 = sfc32(seed);
  const integer = (min: number, max: number): number => {
    const span = max - min + 1;
    return min + Math.floor((uint32() / 0x1_0000_0000) * span);
  };
  return {
    uint32,
    integer,
    fraction: () => uint32() / 0x1_0000_0000,
    pick: <T>(items: readonly T[]): T => pickOne(items, integer),
    fork: (label) => createRandom(`${seed}/${label}`),
  };
}

function pickOne<T>(items: readonly T[], integer: (min: number, max: number) => number): T {
  if (items.length === 0) throw new RangeError('pick: the list is empty');
  return items[integer(0, items.length - 1)] as T;
}

function sfc32(seed: string): () => number {
  let a = fnv1a(`a${seed}`);
  let b = fnv1a(`b${seed}`);
  let c = fnv1a(`c${seed}`);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP; round += 1) next();
  return next;
}

function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  }
  return hash;
}
