import { sha256 } from './digest.ts';
import { EMPTY_MAP, mapBit, mapInnerNode, mapLeafNode } from './loan-map.ts';

/** One loan's place in the map. */
export interface MapLeaf {
  keyHash: Uint8Array;
  valueHash: Uint8Array;
}

/** What stands at a place of the tree: nothing, one leaf however deep, or an inner node. */
export type MapNodeKind = 'empty' | 'leaf' | 'inner';

/** The hash of a place with its kind, which decides how it joins with its sibling. */
export interface MapNode {
  kind: MapNodeKind;
  hash: Uint8Array;
}

export const EMPTY_NODE: MapNode = { kind: 'empty', hash: EMPTY_MAP };

/** The node over two places: a subtree with one leaf is that leaf, one with none is empty. */
export function joinMapNodes(left: MapNode, right: MapNode): MapNode {
  if (right.kind === 'empty' && left.kind !== 'inner') return left;
  if (left.kind === 'empty' && right.kind !== 'inner') return right;
  return { kind: 'inner', hash: sha256(mapInnerNode(left.hash, right.hash)) };
}

/** Where the leaves of [begin, end), sorted by key hash, turn from bit 0 to bit 1 at `depth`. */
function turn(leaves: MapLeaf[], begin: number, end: number, depth: number): number {
  let at = begin;
  while (at < end && mapBit(leaves[at]?.keyHash ?? EMPTY_MAP, depth) === 0) at++;
  return at;
}

/**
 * The node over leaves that share their first `depth` bits.
 * @param leaves sorted by key hash, each key once
 */
export function mapSubtree(
  leaves: MapLeaf[],
  depth: number,
  begin = 0,
  end = leaves.length,
): MapNode {
  const first = leaves[begin];
  if (begin >= end || first === undefined) return EMPTY_NODE;
  if (end - begin === 1) {
    return { kind: 'leaf', hash: sha256(mapLeafNode(first.keyHash, first.valueHash)) };
  }
  const middle = turn(leaves, begin, end, depth);
  return joinMapNodes(
    mapSubtree(leaves, depth + 1, begin, middle),
    mapSubtree(leaves, depth + 1, middle, end),
  );
}

/**
 * The way from the top of such a subtree to the place of a key.
 * @returns the siblings, first the uppermost, and the leaf that stands where they end, if one does
 */
export function mapSubtreePath(
  leaves: MapLeaf[],
  depth: number,
  keyHash: Uint8Array,
): { siblings: Uint8Array[]; leaf?: MapLeaf } {
  const siblings: Uint8Array[] = [];
  let [begin, end, at] = [0, leaves.length, depth];
  while (end - begin > 1) {
    const middle = turn(leaves, begin, end, at);
    const goesRight = mapBit(keyHash, at) === 1;
    at++;
    const [from, to] = goesRight ? [begin, middle] : [middle, end];
    siblings.push(mapSubtree(leaves, at, from, to).hash);
    [begin, end] = goesRight ? [middle, end] : [begin, middle];
  }
  const leaf = end > begin ? leaves[begin] : undefined;
  return leaf === undefined ? { siblings } : { siblings, leaf };
}
