import { createHash } from 'node:crypto';

// The definitions of RFC 9162 §2.1.1 and of the loan map, word for word and slow, on node:crypto:
// nothing of src/ is used here, so that vectors and property tests compare two implementations.

export function hash(...parts: Uint8Array[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);

/** MTH over leaf hashes. */
export function treeRoot(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return hash();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return hash(ONE, treeRoot(leaves.slice(0, k)), treeRoot(leaves.slice(k)));
}

export interface MapLeaf {
  keyHash: Uint8Array;
  valueHash: Uint8Array;
}

export interface MapValue {
  count: number;
  head: Uint8Array;
}

/** Leaf of the map for a loan key and its value. */
export function mapLeaf(loanKey: Uint8Array, { count, head }: MapValue): MapLeaf {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64BE(BigInt(count));
  return { keyHash: hash(loanKey), valueHash: hash(eight, head) };
}

function bit(keyHash: Uint8Array, depth: number): number {
  const bits = Array.from(keyHash, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return Number(bits[depth]);
}

/** Root of the map: empty is zeros, one leaf is itself, more are split by the next bit. */
export function mapRoot(leaves: MapLeaf[], depth = 0): Uint8Array {
  if (leaves.length === 0) return new Uint8Array(32);
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return hash(ZERO, only.keyHash, only.valueHash);
  const [left, right] = split(leaves, depth);
  return hash(ONE, mapRoot(left, depth + 1), mapRoot(right, depth + 1));
}

function split(leaves: MapLeaf[], depth: number): [MapLeaf[], MapLeaf[]] {
  return [
    leaves.filter((leaf) => bit(leaf.keyHash, depth) === 0),
    leaves.filter((leaf) => bit(leaf.keyHash, depth) === 1),
  ];
}

/** Siblings from the root down, and the other leaf when one stands where the key would be. */
export function mapProof(
  leaves: MapLeaf[],
  loanKey: Uint8Array,
): { siblings: Uint8Array[]; other?: MapLeaf } {
  const keyHash = hash(loanKey);
  const siblings: Uint8Array[] = [];
  let here = leaves;
  for (let depth = 0; here.length > 1; depth++) {
    const [left, right] = split(here, depth);
    const goRight = bit(keyHash, depth) === 1;
    siblings.push(mapRoot(goRight ? left : right, depth + 1));
    here = goRight ? right : left;
  }
  const [only] = here;
  if (only === undefined || Buffer.from(only.keyHash).equals(keyHash)) return { siblings };
  return { siblings, other: only };
}
