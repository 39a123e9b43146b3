import { equalBytes } from '../../formats/bytes.ts';
import { EMPTY_MAP, type LoanMapProof, mapBit, mapValueHash } from '../../formats/loan-map.ts';
import {
  EMPTY_NODE,
  joinMapNodes,
  type MapLeaf,
  type MapNode,
  type MapNodeKind,
  mapSubtree,
  mapSubtreePath,
} from '../../formats/loan-map-tree.ts';
import type { EntryLink } from './evidence-index.ts';
import type { SqliteDatabase } from './open-database.ts';

/** Levels of tiles, and the bits that each spans: 16 bits of the key hash in all. */
const LEVELS = 4;
const BITS = 4;
const WIDTH = 2 ** BITS;
const DEPTH = LEVELS * BITS;
const KINDS: MapNodeKind[] = ['empty', 'leaf', 'inner'];

/** One byte for the kind of each child, then the hashes of those that are not empty. */
function encodeTile(children: MapNode[]): Buffer {
  const kinds = Buffer.from(children.map((child) => KINDS.indexOf(child.kind)));
  const filled = children.filter((child) => child.kind !== 'empty');
  return Buffer.concat([kinds, ...filled.map((child) => child.hash)]);
}

function decodeTile(bytes: Buffer | undefined): MapNode[] {
  if (bytes === undefined) return Array(WIDTH).fill(EMPTY_NODE);
  let at = WIDTH;
  return Array.from({ length: WIDTH }, (_, i) => {
    const kind = KINDS[bytes[i] ?? 0] ?? 'empty';
    if (kind === 'empty') return EMPTY_NODE;
    at += 32;
    return { kind, hash: bytes.subarray(at - 32, at) };
  });
}

/** All nodes of a tile: the root at 1, the children of node n at 2n and 2n + 1. */
function pyramid(children: MapNode[]): MapNode[] {
  const nodes: MapNode[] = [...Array(WIDTH).fill(EMPTY_NODE), ...children];
  for (let at = WIDTH - 1; at > 0; at--) {
    nodes[at] = joinMapNodes(nodes[2 * at] ?? EMPTY_NODE, nodes[2 * at + 1] ?? EMPTY_NODE);
  }
  return nodes;
}

/** The first `bits` bits of a key hash as a number; at most 16. */
function prefixOf(keyHash: Uint8Array, bits: number): number {
  return (((keyHash[0] ?? 0) << 8) | (keyHash[1] ?? 0)) >> (DEPTH - bits);
}

/** The smallest and the largest key hash of a bucket. */
function bucketRange(bucket: number): [Buffer, Buffer] {
  const [low, high] = [Buffer.alloc(32), Buffer.alloc(32, 0xff)];
  low.writeUInt16BE(bucket);
  high.writeUInt16BE(bucket);
  return [low, high];
}

interface LeafRow {
  key_hash: Buffer;
  value_hash: Buffer;
  /** Leaf index of the loan's last entry that `value_hash` states. */
  head: number;
}

interface ChangedLoan {
  key_hash: Buffer;
  value_hash: Buffer;
  leaf_index: number;
}

function prepare(db: SqliteDatabase) {
  return {
    changed: db.prepare(`SELECT key_hash, value_hash, leaf_index FROM loan_heads
      WHERE loan IN (SELECT loan FROM entry_links WHERE leaf_index >= ? AND leaf_index < ?)
      ORDER BY key_hash`),
    setLeaf: db.prepare('UPDATE loans_by_key SET value_hash = ?, head = ? WHERE key_hash = ?'),
    bucket: db.prepare(`SELECT key_hash, value_hash, head FROM loans_by_key
      WHERE key_hash BETWEEN ? AND ? AND head IS NOT NULL`),
    tile: db
      .prepare(
        `SELECT children FROM map_tiles WHERE level = ? AND prefix = ? AND since <= ?
         ORDER BY since DESC LIMIT 1`,
      )
      .pluck(),
    putTile: db.prepare('INSERT OR REPLACE INTO map_tiles VALUES (?, ?, ?, ?)'),
    setMapped: db.prepare('UPDATE state SET mapped = ?'),
    link: db.prepare('SELECT loan, seq, previous FROM entry_links WHERE leaf_index = ?'),
  };
}

/**
 * The loan map with its history. The tree's first 16 bits are kept as tiles of 16 children in four
 * levels, a row for each time that one changed; what is below (a bucket: the loans whose key hashes
 * begin alike) is computed from the loans themselves. A tile row says `since` which checkpoint it
 * holds: one more than the size of the checkpoint before the change, so that the map of a
 * checkpoint can be prepared before its size is known.
 */
export class LoanMapTable {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #leafHashAt: (leafIndex: number) => Uint8Array | undefined;

  /** @param leafHashAt leaf hash of an entry of the log */
  constructor(db: SqliteDatabase, leafHashAt: (leafIndex: number) => Uint8Array | undefined) {
    this.#sql = prepare(db);
    this.#leafHashAt = leafHashAt;
  }

  /**
   * Puts the loans with entries in [begin, end) at their heads; the index must end at `end`. Must
   * stand in a transaction.
   * @param since one more than the size of the latest checkpoint within [0, begin]
   */
  update(begin: number, end: number, since: number): void {
    const changed = this.#sql.changed.all(begin, end) as ChangedLoan[];
    const buckets = new Set<number>();
    for (const { key_hash, value_hash, leaf_index } of changed) {
      this.#sql.setLeaf.run(value_hash, leaf_index, key_hash);
      buckets.add(prefixOf(key_hash, DEPTH));
    }
    let nodes = new Map<number, MapNode>();
    for (const bucket of buckets) nodes.set(bucket, mapSubtree(this.#leaves(bucket), DEPTH));
    for (let level = LEVELS - 1; level >= 0; level--) nodes = this.#putLevel(level, nodes, since);
    this.setMapped(end);
  }

  /** Says that the first `end` entries are in the map. */
  setMapped(end: number): void {
    this.#sql.setMapped.run(end);
  }

  /** Root of the map as of a checkpoint's size, or of the newest state. */
  root(size = Number.MAX_SAFE_INTEGER): Uint8Array {
    return pyramid(this.#tile(0, 0, size))[1]?.hash ?? EMPTY_MAP;
  }

  /** The proof of what the map of the checkpoint of `size` says, or does not say, of a key. */
  prove(keyHash: Uint8Array, size: number): LoanMapProof {
    const siblings: Uint8Array[] = [];
    for (let level = 0; level < LEVELS; level++) {
      const nodes = pyramid(this.#tile(level, prefixOf(keyHash, level * BITS), size));
      let at = 1;
      for (let bit = 0; bit <= BITS; bit++) {
        const { kind } = nodes[at] ?? EMPTY_NODE;
        if (kind === 'empty') return { siblings };
        if (kind === 'leaf')
          return ended(siblings, keyHash, this.#leafBelow(level, keyHash, at, size));
        if (bit === BITS) break;
        const side = mapBit(keyHash, level * BITS + bit);
        siblings.push(nodes[2 * at + 1 - side]?.hash ?? EMPTY_MAP);
        at = 2 * at + side;
      }
    }
    const leaves = this.#leaves(prefixOf(keyHash, DEPTH), size);
    const below = mapSubtreePath(leaves, DEPTH, keyHash);
    return ended([...siblings, ...below.siblings], keyHash, below.leaf);
  }

  #putLevel(level: number, nodes: Map<number, MapNode>, since: number): Map<number, MapNode> {
    const tiles = new Map<number, MapNode[]>();
    for (const [prefix, node] of nodes) {
      const above = prefix >> BITS;
      const children = tiles.get(above) ?? this.#tile(level, above, since);
      children[prefix & (WIDTH - 1)] = node;
      tiles.set(above, children);
    }
    const roots = new Map<number, MapNode>();
    for (const [prefix, children] of tiles) {
      this.#sql.putTile.run(level, prefix, since, encodeTile(children));
      roots.set(prefix, pyramid(children)[1] ?? EMPTY_NODE);
    }
    return roots;
  }

  #tile(level: number, prefix: number, size: number): MapNode[] {
    return decodeTile(this.#sql.tile.get(level, prefix, size) as Buffer | undefined);
  }

  /** The one leaf under node `at` of a tile, which may stand in another bucket than the key. */
  #leafBelow(level: number, keyHash: Uint8Array, at: number, size: number): MapLeaf | undefined {
    let prefix = prefixOf(keyHash, level * BITS);
    let top = at;
    for (let below = level; below < LEVELS; below++) {
      let node = top;
      const nodes = pyramid(this.#tile(below, prefix, size));
      while (node < WIDTH) node = nodes[2 * node]?.kind === 'empty' ? 2 * node + 1 : 2 * node;
      prefix = (prefix << BITS) | (node - WIDTH);
      top = 1;
    }
    return this.#leaves(prefix, size)[0];
  }

  /** The leaves of a bucket, by key hash: the newest ones, or those of a checkpoint's map. */
  #leaves(bucket: number, size?: number): MapLeaf[] {
    const rows = this.#sql.bucket.all(...bucketRange(bucket)) as LeafRow[];
    return rows.flatMap((row) => {
      const valueHash = size === undefined ? row.value_hash : this.#valueAt(row, size - 1);
      return valueHash === undefined ? [] : [{ keyHash: row.key_hash, valueHash }];
    });
  }

  /** The loan's value in the map over the first `covers` entries, walked back from its newest. */
  #valueAt({ head, value_hash }: LeafRow, covers: number): Uint8Array | undefined {
    if (head < covers) return value_hash;
    let at: number | null = head;
    while (at !== null) {
      const link = this.#sql.link.get(at) as EntryLink | undefined;
      if (link === undefined) return undefined;
      if (at < covers) {
        const leaf = this.#leafHashAt(at);
        return leaf && mapValueHash({ count: link.seq + 1, head: leaf });
      }
      at = link.previous;
    }
    return undefined;
  }
}

function ended(
  siblings: Uint8Array[],
  keyHash: Uint8Array,
  leaf: MapLeaf | undefined,
): LoanMapProof {
  if (leaf === undefined || equalBytes(leaf.keyHash, keyHash)) return { siblings };
  const { keyHash: other, valueHash } = leaf;
  return { siblings, other: { keyHash: other, valueHash } };
}
