import { createHash, createPublicKey, verify } from 'node:crypto';

// A reader of C2SP tlog-tiles logs, written from the specifications (c2sp.org/tlog-tiles,
// tlog-checkpoint, signed-note; RFC 6962 §2.1) on node:crypto and fetch. It takes nothing from
// src/, so that it stands for a client that others wrote.

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(Buffer.of(1), left, right);
const leafHash = (data: Uint8Array) => sha256(Buffer.of(0), data);

export interface TreeHead {
  origin: string;
  size: number;
  root: Buffer;
}

/** One log behind a URL, known by its verifier key. */
export class TlogClient {
  readonly #url: string;
  readonly #name: string;
  readonly #keyId: Buffer;
  readonly #key: ReturnType<typeof createPublicKey>;
  /** Every path that was asked for. */
  readonly fetched: string[] = [];

  constructor(url: string, vkey: string) {
    this.#url = url;
    const [name = '', id = '', ...rest] = vkey.split('+');
    const encoded = Buffer.from(rest.join('+'), 'base64');
    const hash = sha256(Buffer.from(`${name}\n`), encoded);
    if (hash.subarray(0, 4).toString('hex') !== id) throw new Error('key id does not fit the key');
    if (encoded[0] !== 1 || encoded.length !== 33) throw new Error('not an Ed25519 key');
    const der = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      encoded.subarray(1),
    ]);
    this.#name = name;
    this.#keyId = hash.subarray(0, 4);
    this.#key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  }

  async get(path: string): Promise<Buffer> {
    this.fetched.push(path);
    const response = await fetch(`${this.#url}/${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** The latest tree head, its signature verified. */
  async checkpoint(): Promise<TreeHead> {
    const note = (await this.get('checkpoint')).toString('utf8');
    const end = note.lastIndexOf('\n\n') + 1;
    const text = note.slice(0, end);
    const signed = note
      .slice(end + 1)
      .split('\n')
      .some((line) => this.#isSignature(line, text));
    if (!signed) throw new Error('no valid signature of the log');
    const [origin = '', size = '', root = ''] = text.split('\n');
    return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
  }

  #isSignature(line: string, text: string): boolean {
    const [dash, name, encoded = ''] = line.split(' ');
    const bytes = Buffer.from(encoded, 'base64');
    if (dash !== '—' || name !== this.#name) return false;
    if (!bytes.subarray(0, 4).equals(this.#keyId)) return false;
    return verify(null, Buffer.from(text), this.#key, bytes.subarray(4));
  }

  /** Hashes of one tile level; `size` counts leaves of the tree. */
  async level(level: number, size: number): Promise<Buffer[]> {
    const total = Math.floor(size / 256 ** level);
    const hashes: Buffer[] = [];
    for (let index = 0; index * 256 < total; index++) {
      const width = Math.min(256, total - index * 256);
      const tile = await this.get(pathOf(`tile/${level}`, index, width));
      if (tile.length !== width * 32) throw new Error(`tile ${level}/${index} has a wrong length`);
      for (let at = 0; at < tile.length; at += 32) hashes.push(tile.subarray(at, at + 32));
    }
    return hashes;
  }

  /** All entries, from the bundles. */
  async entries(size: number): Promise<Buffer[]> {
    const out: Buffer[] = [];
    for (let index = 0; index * 256 < size; index++) {
      const width = Math.min(256, size - index * 256);
      const bundle = await this.get(pathOf('tile/entries', index, width));
      let at = 0;
      for (let i = 0; i < width; i++) {
        const length = bundle.readUInt16BE(at);
        out.push(bundle.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      }
      if (at !== bundle.length) throw new Error(`bundle ${index} has bytes left over`);
    }
    return out;
  }
}

/** c2sp.org/tlog-tiles: groups of three digits, all but the last behind an x; `.p/W` if partial. */
function pathOf(prefix: string, index: number, width: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/.{3}/g) ?? [];
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `${prefix}/${name}${width < 256 ? `.p/${width}` : ''}`;
}

/** RFC 6962 §2.1: the Merkle tree hash over leaf hashes. */
export function treeHash(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

/** RFC 6962 §2.1.1: the audit path of one leaf, nearest sibling first. */
export function auditPath(index: number, leaves: Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...auditPath(index, left), treeHash(right)]
    : [...auditPath(index - split, right), treeHash(left)];
}

/** RFC 9162 §2.1.3.2: root that an audit path leads to. */
export function rootOf(index: number, size: number, data: Buffer, path: Buffer[]): Buffer {
  let [fn, sn] = [index, size - 1];
  let hash: Buffer = leafHash(data);
  for (const sibling of path) {
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  if (sn !== 0) throw new Error('the audit path is too short');
  return hash;
}

export { leafHash };
