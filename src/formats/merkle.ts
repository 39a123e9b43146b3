import { concatBytes, equalBytes } from './bytes.ts';
import { sha256 } from './digest.ts';

/** A hash of the tree at `level` (0 = leaves), position `index`, over 2^level leaves. */
export type HashReader = (level: number, index: number) => Uint8Array;

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** Hash of a leaf: SHA-256(0x00 ‖ data) (RFC 9162 §2.1.1). */
export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF_PREFIX, data));
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 9162 §2.1.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== 32 || right.length !== 32) {
    return sha256(concatBytes(NODE_PREFIX, left, right));
  }
  pair.set(left, 1);
  pair.set(right, 33);
  return sha256(pair);
}

/** Used anew for every node: making an array costs as much as the hash. */
const pair = Uint8Array.of(0x01, ...new Uint8Array(64));

/** Root of the empty tree: SHA-256 of nothing (RFC 9162 §2.1.1). */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array());
}

/** Reads the complete subtrees over leaf hashes that are all at hand. */
export function leavesReader(leaves: readonly Uint8Array[]): HashReader {
  const levels = [leaves];
  for (let below = leaves; below.length > 1; ) {
    const level: Uint8Array[] = [];
    for (let i = 1; i < below.length; i += 2) level.push(nodeHash(at(below, i - 1), at(below, i)));
    levels.push(level);
    below = level;
  }
  return (level, index) => at(levels[level] ?? [], index);
}

function at(hashes: readonly Uint8Array[], index: number): Uint8Array {
  const hash = hashes[index];
  if (hash === undefined) throw new RangeError(`no hash ${index}`);
  return hash;
}

/** Largest power of two smaller than `n`; `n` ≥ 2. No bit operators: sizes may pass 2^32. */
function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** Exact for every safe integer; a bare logarithm takes 2^50 + 1 for a power of two. */
function levelOf(size: number): number | undefined {
  const level = Math.round(Math.log2(size));
  return 2 ** level === size ? level : undefined;
}

/** Root over leaves [begin, end), read through complete subtrees. */
export function rangeRoot(begin: number, end: number, read: HashReader): Uint8Array {
  if (begin === end) return emptyRoot();
  const size = end - begin;
  const level = levelOf(size);
  if (level !== undefined && begin % size === 0) return read(level, begin / size);
  const middle = begin + splitPoint(size);
  return nodeHash(rangeRoot(begin, middle, read), rangeRoot(middle, end, read));
}

/**
 * Inclusion proof of leaf `index` in the tree of `size` leaves, from the leaf's sibling upwards
 * (RFC 9162 §2.1.3.1).
 * @throws RangeError when index ≥ size
 */
export function inclusionProof(index: number, size: number, read: HashReader): Uint8Array[] {
  if (index < 0 || index >= size) throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
  const path = (begin: number, end: number): Uint8Array[] => {
    if (end - begin === 1) return [];
    const middle = begin + splitPoint(end - begin);
    return index < middle
      ? [...path(begin, middle), rangeRoot(middle, end, read)]
      : [...path(middle, end), rangeRoot(begin, middle, read)];
  };
  return path(0, size);
}

/**
 * Consistency proof from the tree of `oldSize` leaves to that of `newSize` (RFC 9162 §2.1.4.1).
 * @returns nothing for equal sizes or an empty old tree
 * @throws RangeError when oldSize > newSize
 */
export function consistencyProof(oldSize: number, newSize: number, read: HashReader): Uint8Array[] {
  if (oldSize > newSize) throw new RangeError(`a tree of ${newSize} cannot contain ${oldSize}`);
  if (oldSize === 0 || oldSize === newSize) return [];
  const subproof = (begin: number, end: number, whole: boolean): Uint8Array[] => {
    if (oldSize === end) return whole ? [] : [rangeRoot(begin, end, read)];
    const middle = begin + splitPoint(end - begin);
    return oldSize <= middle
      ? [...subproof(begin, middle, whole), rangeRoot(middle, end, read)]
      : [...subproof(middle, end, false), rangeRoot(begin, middle, read)];
  };
  return subproof(0, newSize, true);
}

const isHash = (bytes: Uint8Array): boolean => bytes.length === 32;
const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

/** The walk that both RFC algorithms share: `fn` our node, `sn` the last node, level by level. */
class Walk {
  fn: number;
  sn: number;

  constructor(fn: number, sn: number) {
    this.fn = fn;
    this.sn = sn;
  }

  /** One level up. */
  rise(): void {
    this.fn = half(this.fn);
    this.sn = half(this.sn);
  }

  /** Whether the next sibling of the proof stands to the left; climbs past levels without one. */
  siblingIsLeft(): boolean {
    if (!isOdd(this.fn) && this.fn !== this.sn) return false;
    while (!isOdd(this.fn) && this.fn !== 0) this.rise();
    return true;
  }
}

/**
 * Root that an inclusion proof leads to (RFC 9162 §2.1.3.2).
 * @returns undefined when the proof has the wrong length or the arguments make no sense
 */
export function rootFromInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: Uint8Array[],
): Uint8Array | undefined {
  if (!isSize(index) || !isSize(size) || index >= size) return undefined;
  if (!isHash(leaf) || !proof.every(isHash)) return undefined;
  const walk = new Walk(index, size - 1);
  let root = leaf;
  for (const sibling of proof) {
    if (walk.sn === 0) return undefined;
    root = walk.siblingIsLeft() ? nodeHash(sibling, root) : nodeHash(root, sibling);
    walk.rise();
  }
  return walk.sn === 0 ? root : undefined;
}

/** Whether `leaf` is leaf `index` of the tree of `size` leaves with this root. Never throws. */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: Uint8Array[],
  root: Uint8Array,
): boolean {
  const found = rootFromInclusion(index, size, leaf, proof);
  return found !== undefined && equalBytes(found, root);
}

/**
 * Whether the tree of `newSize` with `newRoot` begins with the tree of `oldSize` with `oldRoot`
 * (RFC 9162 §2.1.4.2). An old size of 0 is refused: everything extends an empty tree, so such a
 * proof would say nothing. Equal sizes need equal roots and an empty proof. Never throws.
 */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  proof: Uint8Array[],
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize === 0 || oldSize > newSize) return false;
  if (!isHash(oldRoot) || !isHash(newRoot) || !proof.every(isHash)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (proof.length === 0) return false;
  // Step 2 of the RFC: a power of two starts from the old root itself.
  const [first = oldRoot, ...rest] = levelOf(oldSize) === undefined ? proof : [oldRoot, ...proof];
  const walk = new Walk(oldSize - 1, newSize - 1);
  while (isOdd(walk.fn)) walk.rise();
  let [fr, sr] = [first, first];
  for (const sibling of rest) {
    if (walk.sn === 0) return false;
    if (walk.siblingIsLeft()) {
      fr = nodeHash(sibling, fr);
      sr = nodeHash(sibling, sr);
    } else sr = nodeHash(sr, sibling);
    walk.rise();
  }
  return walk.sn === 0 && equalBytes(fr, oldRoot) && equalBytes(sr, newRoot);
}
