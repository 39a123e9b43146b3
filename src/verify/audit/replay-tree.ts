import { concatBytes } from '../../formats/bytes.ts';
import { emptyRoot, nodeHash } from '../../formats/merkle.ts';
import { TILE_WIDTH, type TileId } from '../../formats/tile.ts';

/** A complete subtree at the right edge of the tree: over 2^level leaves. */
export interface EdgeNode {
  level: number;
  hash: Uint8Array;
}

/** What a tree is resumed from: its right edge and the hashes of the tiles that are not full. */
export interface TreeState {
  size: number;
  edge: EdgeNode[];
  /** By tile level, lowest first. */
  open: Uint8Array[];
}

/** A tile as the entries give it. */
export interface ComputedTile {
  id: TileId;
  bytes: Uint8Array;
}

/**
 * The RFC 9162 tree, leaf by leaf, in memory that grows with the logarithm of its size: it keeps the
 * right edge, and of each tile level the tile that is not full yet.
 */
export class ReplayTree {
  #size: number;
  readonly #edge: EdgeNode[];
  readonly #open: Uint8Array[][];

  constructor(state: TreeState = { size: 0, edge: [], open: [] }) {
    this.#size = state.size;
    this.#edge = [...state.edge];
    this.#open = state.open.map((bytes) =>
      Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32)),
    );
  }

  get size(): number {
    return this.#size;
  }

  /** Hashes of the leaves in the last bundle, when it is not full. */
  get openLeaves(): readonly Uint8Array[] {
    return this.#open[0] ?? [];
  }

  /** @returns the tiles that this leaf made full */
  append(leaf: Uint8Array): ComputedTile[] {
    const full: ComputedTile[] = [];
    let node: EdgeNode = { level: 0, hash: leaf };
    this.#size++;
    this.#keep(node, full);
    for (let left = this.#edge.at(-1); left?.level === node.level; left = this.#edge.at(-1)) {
      this.#edge.pop();
      node = { level: node.level + 1, hash: nodeHash(left.hash, node.hash) };
      this.#keep(node, full);
    }
    this.#edge.push(node);
    return full;
  }

  /** Every eighth level of the tree is the bottom row of a tile level. */
  #keep({ level, hash }: EdgeNode, full: ComputedTile[]): void {
    if (level % 8 !== 0) return;
    const tileLevel = level / 8;
    const row = this.#open[tileLevel] ?? [];
    this.#open[tileLevel] = row;
    row.push(hash);
    if (row.length < TILE_WIDTH) return;
    full.push(this.#tile(tileLevel, row));
    this.#open[tileLevel] = [];
  }

  #tile(level: number, row: Uint8Array[]): ComputedTile {
    const last = Math.floor(this.#size / TILE_WIDTH ** level) - 1;
    const id = { level, index: Math.floor(last / TILE_WIDTH), width: row.length };
    return { id, bytes: concatBytes(...row) };
  }

  /** The tiles that are not full, as a log of this size publishes them. */
  partialTiles(): ComputedTile[] {
    return this.#open.flatMap((row, level) => (row.length === 0 ? [] : [this.#tile(level, row)]));
  }

  root(): Uint8Array {
    const [last, ...rest] = [...this.#edge].reverse();
    if (last === undefined) return emptyRoot();
    return rest.reduce((right, { hash }) => nodeHash(hash, right), last.hash);
  }

  state(): TreeState {
    const open = this.#open.map((row) => concatBytes(...row));
    return { size: this.#size, edge: [...this.#edge], open };
  }
}
