import { hex } from './registry-on-chain.ts';
import { consistencyProof, inclusionPath, leafHash, treeHead } from './rfc9162-reference.ts';

export const MAX = 64;
export const leaves = Array.from({ length: MAX }, (_, i) => leafHash(`entry ${i}`));
const roots = Array.from({ length: MAX + 1 }, (_, n) => treeHead(leaves.slice(0, n)));
const proofs = Array.from({ length: MAX + 1 }, (_, n) =>
  Array.from({ length: n }, (_, m) => consistencyProof(m + 1, leaves.slice(0, n)).map(hex)),
);

/** Root of the first `size` leaves by the reference, 0x-prefixed. */
export const rootOf = (size: number) => hex(roots[size] as string);

/** Consistency proof from size m to size n by the reference. */
export const proofOf = (m: number, n: number) => proofs[n]?.[m - 1] as string[];

/** Inclusion path of leaf i in the tree of size n by the reference. */
export const pathOf = (i: number, n: number) => inclusionPath(i, leaves.slice(0, n)).map(hex);

/** The node with one bit changed. */
export const flip = (node: string, bit: number) => {
  const bytes = Buffer.from(node.slice(2), 'hex');
  const at = (bit >> 3) % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
  return hex(bytes.toString('hex'));
};

/** Every way of one step in which a proof can be wrong; one altered node, chosen by `salt`. */
export function spoilt(proof: string[], salt: number): [string, string[]][] {
  const at = salt % Math.max(proof.length, 1);
  const other = proof[at] ?? rootOf(1);
  const longer: [string, string[]][] = [
    ['lengthened at the end', [...proof, other]],
    ['lengthened at the start', [other, ...proof]],
  ];
  if (proof.length === 0) return longer;
  return [
    ...longer,
    ['altered', proof.map((node, i) => (i === at ? flip(node, salt * 7) : node))],
    ['truncated at the end', proof.slice(0, -1)],
    ['truncated at the start', proof.slice(1)],
  ];
}
