import { EvidenceError } from '../../src/evidence/errors.ts';
import { equalBytes, toHex } from '../../src/formats/bytes.ts';
import { sha256 } from '../../src/formats/digest.ts';
import {
  EMPTY_MAP,
  type LoanMapProof,
  mapBit,
  mapInnerNode,
  mapLeafNode,
} from '../../src/formats/loan-map.ts';

/** Reads the preimage of a map node by its hash (hex). */
export type NodeReader = (hash: string) => Promise<Uint8Array | undefined>;

/** One loan's new place in the map. */
export interface MapLeaf {
  keyHash: Uint8Array;
  valueHash: Uint8Array;
}

/** The new root with the nodes that did not exist before, by hash (hex). */
export interface UpdatedMap {
  root: Uint8Array;
  nodes: Map<string, Uint8Array>;
}

async function loadNode(read: NodeReader, hash: Uint8Array): Promise<Uint8Array> {
  const node = await read(toHex(hash));
  if (node !== undefined && equalBytes(sha256(node), hash)) return node;
  throw new EvidenceError(
    'LOG_DAMAGED',
    `loan map node ${toHex(hash)} is missing or changed`,
    'Restore the database from the backup; the map can be recomputed from the entries.',
  );
}

const isLeaf = (node: Uint8Array): boolean => node[0] === 0x00;
const left = (node: Uint8Array): Uint8Array => node.subarray(1, 33);
const right = (node: Uint8Array): Uint8Array => node.subarray(33, 65);

/**
 * The map with `leaves` put in or replaced. Nodes are addressed by their hash and never change, so
 * every earlier map can still be proved from.
 */
export async function updateLoanMap(
  root: Uint8Array,
  leaves: MapLeaf[],
  read: NodeReader,
): Promise<UpdatedMap> {
  const nodes = new Map<string, Uint8Array>();
  const add = (node: Uint8Array): Uint8Array => {
    const hash = sha256(node);
    nodes.set(toHex(hash), node);
    return hash;
  };
  const split = (list: MapLeaf[], depth: number) => ({
    zeros: list.filter((leaf) => mapBit(leaf.keyHash, depth) === 0),
    ones: list.filter((leaf) => mapBit(leaf.keyHash, depth) === 1),
  });
  const build = (list: MapLeaf[], depth: number): Uint8Array => {
    const [only] = list;
    if (only === undefined) return EMPTY_MAP;
    if (list.length === 1) return add(mapLeafNode(only.keyHash, only.valueHash));
    const { zeros, ones } = split(list, depth);
    return add(mapInnerNode(build(zeros, depth + 1), build(ones, depth + 1)));
  };
  const insert = async (hash: Uint8Array, list: MapLeaf[], depth: number): Promise<Uint8Array> => {
    if (list.length === 0) return hash;
    if (equalBytes(hash, EMPTY_MAP)) return build(list, depth);
    const node = await loadNode(read, hash);
    if (isLeaf(node)) {
      const here = { keyHash: left(node), valueHash: right(node) };
      const replaced = list.some((leaf) => equalBytes(leaf.keyHash, here.keyHash));
      return build(replaced ? list : [...list, here], depth);
    }
    const { zeros, ones } = split(list, depth);
    const newLeft = await insert(left(node), zeros, depth + 1);
    return add(mapInnerNode(newLeft, await insert(right(node), ones, depth + 1)));
  };
  return { root: await insert(root, leaves, 0), nodes };
}

/** The proof of what the map with `root` says, or does not say, of a key. */
export async function proveLoanMap(
  root: Uint8Array,
  keyHash: Uint8Array,
  read: NodeReader,
): Promise<LoanMapProof> {
  const siblings: Uint8Array[] = [];
  for (let hash = root; ; ) {
    if (equalBytes(hash, EMPTY_MAP)) return { siblings };
    const node = await loadNode(read, hash);
    if (isLeaf(node)) {
      const other = { keyHash: left(node), valueHash: right(node) };
      return equalBytes(other.keyHash, keyHash) ? { siblings } : { siblings, other };
    }
    const goesRight = mapBit(keyHash, siblings.length) === 1;
    siblings.push(goesRight ? left(node) : right(node));
    hash = goesRight ? right(node) : left(node);
  }
}
