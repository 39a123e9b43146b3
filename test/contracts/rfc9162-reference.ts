import { createHash } from 'node:crypto';

/**
 * RFC 9162 §2.1 as its text defines it: recursive, over slices of the leaves, without any index
 * arithmetic. Shares no code with the product. Hashes are lower-case hex.
 */

const sha256 = (...parts: Buffer[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** HASH(0x00 || d) */
export const leafHash = (data: string) => sha256(Buffer.from([0]), Buffer.from(data));

/** HASH(0x01 || left || right) */
export const nodeHash = (left: string, right: string) =>
  sha256(Buffer.from([1]), Buffer.from(left, 'hex'), Buffer.from(right, 'hex'));

/** The largest power of two smaller than n. */
function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** §2.1.1 MTH(D[n]), of leaf hashes. */
export function treeHead(leaves: string[]): string {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  const k = splitPoint(leaves.length);
  return nodeHash(treeHead(leaves.slice(0, k)), treeHead(leaves.slice(k)));
}

/** §2.1.3.1 PATH(m, D[n]) */
export function inclusionPath(m: number, leaves: string[]): string[] {
  if (leaves.length === 1) return [];
  const k = splitPoint(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  if (m < k) return [...inclusionPath(m, left), treeHead(right)];
  return [...inclusionPath(m - k, right), treeHead(left)];
}

/** §2.1.4.1 PROOF(m, D[n]) */
export function consistencyProof(m: number, leaves: string[]): string[] {
  return subProof(m, leaves, true);
}

function subProof(m: number, leaves: string[], isWholeTree: boolean): string[] {
  if (m === leaves.length) return isWholeTree ? [] : [treeHead(leaves)];
  const k = splitPoint(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  if (m <= k) return [...subProof(m, left, isWholeTree), treeHead(right)];
  return [...subProof(m - k, right, false), treeHead(left)];
}
