import { concatBytes, equalBytes, fromHex, toHex, uint64 } from './bytes.ts';
import { sha256 } from './digest.ts';
import { FieldReader } from './fields.ts';
import type { Json } from './jcs.ts';

/** What the map says of one loan: how many entries it has, and the leaf hash of the last. */
export interface LoanHead {
  count: number;
  head: Uint8Array;
}

/**
 * Proof that the map holds a value for a key, or none: the siblings on the way from the root
 * (first) down, and, for an absence, the one other leaf standing where the key would be.
 */
export interface LoanMapProof {
  siblings: Uint8Array[];
  other?: { keyHash: Uint8Array; valueHash: Uint8Array };
}

const LEAF_PREFIX = Uint8Array.of(0x00);
const INNER_PREFIX = Uint8Array.of(0x01);
const MAX_DEPTH = 256;

/** Root of a map without any loan: 32 zero bytes. */
export const EMPTY_MAP: Uint8Array = new Uint8Array(32);

/** Place of a loan key in the map: SHA-256(key); its bits, most significant first, are the path. */
export function mapKeyHash(loanKey: Uint8Array): Uint8Array {
  return sha256(loanKey);
}

/** SHA-256 of the map value: count (8 bytes, big-endian) ‖ head leaf hash (32 bytes). */
export function mapValueHash({ count, head }: LoanHead): Uint8Array {
  return sha256(concatBytes(uint64(count), head));
}

/** Preimage of a leaf node: 0x00 ‖ SHA-256(key) ‖ SHA-256(value) (ICS-23, SMT form). */
export function mapLeafNode(keyHash: Uint8Array, valueHash: Uint8Array): Uint8Array {
  return concatBytes(LEAF_PREFIX, keyHash, valueHash);
}

/** Preimage of an inner node: 0x01 ‖ left ‖ right. */
export function mapInnerNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return concatBytes(INNER_PREFIX, left, right);
}

/** Bit `depth` (0 = most significant) of a key hash. */
export function mapBit(keyHash: Uint8Array, depth: number): 0 | 1 {
  return (((keyHash[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1) === 1 ? 1 : 0;
}

function climb(keyHash: Uint8Array, start: Uint8Array, siblings: Uint8Array[]): Uint8Array {
  let node = start;
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = siblings[depth] as Uint8Array;
    const onTheRight = mapBit(keyHash, depth) === 1;
    node = sha256(onTheRight ? mapInnerNode(sibling, node) : mapInnerNode(node, sibling));
  }
  return node;
}

/**
 * A subtree with one leaf is that leaf, and one with none is empty: a bottom node whose sibling is
 * empty would be a second form of the same map.
 */
function isCollapsed(siblings: Uint8Array[]): boolean {
  const last = siblings.at(-1);
  return last === undefined || !equalBytes(last, EMPTY_MAP);
}

/** The other leaf must really stand where the key would be, and be another key's. */
function standsInTheWay(
  keyHash: Uint8Array,
  other: { keyHash: Uint8Array; valueHash: Uint8Array },
  depth: number,
): boolean {
  if (other.keyHash.length !== 32 || other.valueHash.length !== 32) return false;
  if (equalBytes(other.keyHash, keyHash)) return false;
  for (let bit = 0; bit < depth; bit++) {
    if (mapBit(other.keyHash, bit) !== mapBit(keyHash, bit)) return false;
  }
  return true;
}

/** A loan without entries is absent: a count of 0 in the map would be a second form of absence. */
function isHead({ count, head }: LoanHead): boolean {
  return Number.isSafeInteger(count) && count > 0 && head.length === 32;
}

/**
 * Whether the map with `root` says exactly `value` of the loan; `value` undefined asks for the
 * proof that the map says nothing of it. Never throws.
 */
export function verifyLoanMap(
  root: Uint8Array,
  loanKey: Uint8Array,
  value: LoanHead | undefined,
  proof: LoanMapProof,
): boolean {
  const { siblings, other } = proof;
  if (siblings.length > MAX_DEPTH || siblings.some((s) => s.length !== 32)) return false;
  if (!isCollapsed(siblings)) return false;
  const keyHash = mapKeyHash(loanKey);
  if (value !== undefined) {
    if (other !== undefined || !isHead(value)) return false;
    const leaf = sha256(mapLeafNode(keyHash, mapValueHash(value)));
    return equalBytes(climb(keyHash, leaf, siblings), root);
  }
  if (other === undefined) return equalBytes(climb(keyHash, EMPTY_MAP, siblings), root);
  if (!standsInTheWay(keyHash, other, siblings.length)) return false;
  const leaf = sha256(mapLeafNode(other.keyHash, other.valueHash));
  return equalBytes(climb(keyHash, leaf, siblings), root);
}

/** The proof as JSON: hashes in hex. */
export function loanMapProofToJson({ siblings, other }: LoanMapProof): Json {
  const json: Json = { siblings: siblings.map(toHex) };
  if (other !== undefined) {
    json.other = { keyHash: toHex(other.keyHash), valueHash: toHex(other.valueHash) };
  }
  return json;
}

/** @throws FormatError MAP_PROOF_INVALID, BYTES_NOT_HEX */
export function parseLoanMapProof(value: Json): LoanMapProof {
  const read = new FieldReader(value, 'MAP_PROOF_INVALID', 'loan map proof');
  const siblings = read.list('siblings', MAX_DEPTH).map((hash) => fromHex(hash as string, 32));
  const otherJson = read.optionalJson('other');
  read.end();
  if (otherJson === undefined) return { siblings };
  const other = new FieldReader(otherJson, 'MAP_PROOF_INVALID', 'loan map proof');
  const leaf = {
    keyHash: fromHex(other.hash('keyHash')),
    valueHash: fromHex(other.hash('valueHash')),
  };
  other.end();
  return { siblings, other: leaf };
}
