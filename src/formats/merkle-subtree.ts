import { equalBytes } from './bytes.ts';
import { nodeHash, verifyInclusion } from './merkle.ts';

/**
 * Whether [start, end) is a subtree of an append-only tree (draft-ietf-plants-merkle-tree-certs
 * §4.1): `start` is a multiple of the smallest power of two that is at least `end - start`. The
 * empty range is refused: a proof about no entry says nothing.
 */
export function isSubtree(start: number, end: number): boolean {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return false;
  if (start < 0 || start >= end) return false;
  let width = 1;
  while (width < end - start) width *= 2;
  return start % width === 0;
}

/** Whether `leaf` is leaf `index` of the subtree [start, end) with this root. Never throws. */
export function verifySubtreeInclusion(
  index: number,
  range: { start: number; end: number },
  leaf: Uint8Array,
  proof: Uint8Array[],
  root: Uint8Array,
): boolean {
  const { start, end } = range;
  return isSubtree(start, end) && verifyInclusion(index - start, end - start, leaf, proof, root);
}

/** Positions of the subtree's first and last node and of the tree's last node, level by level. */
class RangeWalk {
  fn: number;
  sn: number;
  tn: number;

  constructor(start: number, end: number, size: number) {
    this.fn = start;
    this.sn = end - 1;
    this.tn = size - 1;
  }

  rise(): void {
    this.fn = Math.floor(this.fn / 2);
    this.sn = Math.floor(this.sn / 2);
    this.tn = Math.floor(this.tn / 2);
  }

  /** Climbs to the largest subtree at the right edge whose hash the proof starts from. */
  enter(): void {
    const atEdge = this.sn === this.tn;
    while (this.fn !== this.sn && (atEdge || this.sn % 2 === 1)) this.rise();
  }

  /** Whether the next hash stands to the left; the last node of a level has no right sibling. */
  siblingIsLeft(): boolean {
    return this.sn % 2 === 1 || this.sn === this.tn;
  }
}

/**
 * Whether the subtree [start, end) with `subtreeRoot` belongs to the tree of `size` leaves with
 * `treeRoot` (draft-ietf-plants-merkle-tree-certs §4.4.3; with `start` 0 it is the consistency
 * proof of RFC 9162). Never throws.
 */
export function verifySubtreeConsistency(
  range: { start: number; end: number; size: number },
  proof: Uint8Array[],
  subtreeRoot: Uint8Array,
  treeRoot: Uint8Array,
): boolean {
  const { start, end, size } = range;
  if (!isSubtree(start, end) || !Number.isSafeInteger(size) || end > size) return false;
  if (![subtreeRoot, treeRoot, ...proof].every((hash) => hash.length === 32)) return false;
  const walk = new RangeWalk(start, end, size);
  walk.enter();
  const [first, ...rest] = walk.fn === walk.sn ? [subtreeRoot, ...proof] : proof;
  if (first === undefined) return false;
  let [fr, sr] = [first, first];
  for (const sibling of rest) {
    if (walk.tn === 0) return false;
    if (walk.siblingIsLeft()) {
      if (walk.fn < walk.sn) fr = nodeHash(sibling, fr);
      sr = nodeHash(sibling, sr);
      while (walk.sn % 2 === 0 && walk.sn !== 0) walk.rise();
    } else sr = nodeHash(sr, sibling);
    walk.rise();
  }
  return walk.tn === 0 && equalBytes(fr, subtreeRoot) && equalBytes(sr, treeRoot);
}
