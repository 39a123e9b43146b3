import { fromHex, toHex } from './bytes.ts';
import { FieldReader } from './fields.ts';
import { canonicalJson, parseCanonical } from './jcs.ts';
import { verifyConsistency } from './merkle.ts';

/** Shows that a later tree head begins with an earlier one (docs/formats/consistency-file.md). */
export interface ConsistencyFile {
  oldSize: number;
  /** Hex. */
  oldRoot: string;
  newSize: number;
  newRoot: string;
  /** RFC 9162 §2.1.4.1, hex, oldest node first. */
  hashes: string[];
}

/** Enough for any two trees of 2^53 leaves. */
const MAX_HASHES = 110;

/** The file's text: RFC 8785 JSON. */
export function encodeConsistencyFile(file: ConsistencyFile): string {
  const { oldSize, oldRoot, newSize, newRoot, hashes } = file;
  return canonicalJson({ v: 1, type: 'consistency', oldSize, oldRoot, newSize, newRoot, hashes });
}

/**
 * Reads the form; whether the proof holds is for `consistencyHolds` to say.
 * @throws FormatError PROOF_INVALID, JSON_INVALID, JSON_NOT_CANONICAL
 */
export function parseConsistencyFile(input: Uint8Array | string): ConsistencyFile {
  const read = new FieldReader(parseCanonical(input), 'PROOF_INVALID', 'consistency file');
  read.constant('v', 1);
  read.constant('type', 'consistency');
  const file = {
    oldSize: read.count('oldSize'),
    oldRoot: read.hash('oldRoot'),
    newSize: read.count('newSize'),
    newRoot: read.hash('newRoot'),
    hashes: read.list('hashes', MAX_HASHES).map((hash) => {
      if (typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) return hash;
      throw read.error('needs hashes in "hashes"');
    }),
  };
  read.end();
  return file;
}

/** Whether the later tree begins with all of the earlier one. Never throws. */
export function consistencyHolds(file: ConsistencyFile): boolean {
  const { oldSize, newSize, hashes } = file;
  const proof = hashes.map((hash) => fromHex(hash));
  return verifyConsistency(oldSize, newSize, proof, fromHex(file.oldRoot), fromHex(file.newRoot));
}

/** The head that `head` is shown to be a beginning of; null when the file is about another head. */
export function laterHead(
  head: { size: number; root: Uint8Array },
  file: ConsistencyFile,
): { size: number; root: string } | null {
  if (file.oldSize !== head.size || file.oldRoot !== toHex(head.root)) return null;
  return consistencyHolds(file) ? { size: file.newSize, root: file.newRoot } : null;
}
