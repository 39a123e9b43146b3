import { concatBytes } from '../../formats/bytes.ts';
import { emptyRoot, type HashReader, nodeHash, rangeRoot } from '../../formats/merkle.ts';
import { locateHash, TILE_WIDTH, tilePath } from '../../formats/tile.ts';
import { EvidenceError } from '../errors.ts';
import type { TileFiles } from '../ports.ts';

/** Tiles kept in memory with all hashes inside them, 16 KiB each. */
const CACHE_TILES = 1024;
const HASH_BYTES = 32;

/** Where the tree's leaves come from. */
export interface LeafSource {
  /** 32-byte leaf hashes of [begin, end), in one array. */
  leafHashes(begin: number, end: number): Promise<Uint8Array>;
}

/** A file of the published log. */
export interface LogFile {
  path: string;
  bytes: Uint8Array;
}

/** Rows of hashes inside a tile: row 0 the tile's own, each above half as long, as far as complete. */
type TileRows = Uint8Array[][];

function rowsOf(bytes: Uint8Array): TileRows {
  let row = Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  const rows: TileRows = [row];
  while (row.length > 1) {
    const below = row;
    const at = (i: number) => below[i] ?? new Uint8Array();
    row = Array.from({ length: below.length >> 1 }, (_, i) => nodeHash(at(2 * i), at(2 * i + 1)));
    rows.push(row);
  }
  return rows;
}

/**
 * The Merkle tree in C2SP tiles. Level 0 comes from the files, or from the store's leaf hashes where
 * no file is; every level above is read from the files, so memory does not grow with the log.
 */
export class TileTree {
  readonly #files: TileFiles;
  readonly #leaves: LeafSource;
  readonly #cache = new Map<string, TileRows>();

  constructor(files: TileFiles, leaves: LeafSource) {
    this.#files = files;
    this.#leaves = leaves;
  }

  /** What is needed to grow the tree from `size` leaves on: its unfinished tiles. */
  async growth(size: number): Promise<TreeGrowth> {
    const tiles: Uint8Array[][] = [];
    // An unfinished tile of level 0 is begun anew with its first leaf.
    let hashes = Math.floor(size / TILE_WIDTH);
    for (let level = 1; hashes > 0; level++) {
      const width = hashes % TILE_WIDTH;
      const index = Math.floor(hashes / TILE_WIDTH);
      const rows = width === 0 ? [[]] : await this.#tile(level, index, width);
      tiles[level] = [...(rows[0] ?? [])];
      hashes = index;
    }
    return new TreeGrowth(Math.floor(size / TILE_WIDTH), tiles);
  }

  /** Computes something from hashes of the tree as it was at `size`. */
  read<T>(size: number, compute: (read: HashReader) => T): Promise<T> {
    return this.#withHashes(size, compute);
  }

  /** Root of the tree as it was at `size`. */
  rootAt(size: number): Promise<Uint8Array> {
    return this.read(size, (read) => rangeRoot(0, size, read));
  }

  /**
   * Which hashes a computation reads does not depend on their values: a first run with zeros finds
   * the tiles, a second one computes.
   */
  async #withHashes<T>(size: number, compute: (read: HashReader) => T): Promise<T> {
    const tiles = new Map<number, TileRows>();
    const wanted: { key: number; level: number; index: number; width: number }[] = [];
    // Levels are few and indexes below 2^47, so both fit one safe number.
    const keyOf = (level: number, index: number) => index * 64 + level;
    compute((level, index) => {
      const at = locateHash(level, index);
      const key = keyOf(at.level, at.index);
      if (!tiles.has(key)) {
        tiles.set(key, []);
        const total = Math.floor(size / TILE_WIDTH ** at.level);
        const width = Math.min(TILE_WIDTH, total - at.index * TILE_WIDTH);
        wanted.push({ key, level: at.level, index: at.index, width });
      }
      return new Uint8Array(HASH_BYTES);
    });
    for (const { key, level, index, width } of wanted) {
      tiles.set(key, await this.#tile(level, index, width));
    }
    return compute((level, index) => {
      const { height, offset, ...at } = locateHash(level, index);
      const hash = tiles.get(keyOf(at.level, at.index))?.[height]?.[offset];
      if (hash === undefined) throw damaged(`tile ${at.level}/${at.index} has no hash ${offset}`);
      return hash;
    });
  }

  async #tile(level: number, index: number, width: number): Promise<TileRows> {
    const path = tilePath({ level, index, width });
    const cached = this.#cache.get(path);
    if (cached !== undefined) return cached;
    const full = tilePath({ level, index, width: TILE_WIDTH });
    // A partial tile may have been removed once the full one was there, or never have been made:
    // only checkpoints are published, and a chain may ask for a size that was never one of ours.
    const bytes =
      (await this.#files.read(path)) ??
      (await this.#files.read(full)) ??
      (await this.#rebuild(level, index, width));
    if (bytes.length < width * HASH_BYTES)
      throw damaged(`log file ${path} is missing or too short`);
    if (this.#cache.size >= CACHE_TILES) this.#cache.clear();
    const rows = rowsOf(bytes.subarray(0, width * HASH_BYTES));
    this.#cache.set(path, rows);
    return rows;
  }

  /** A tile from the level below it, down to the leaves; short when there are not enough leaves. */
  async #rebuild(level: number, index: number, width: number): Promise<Uint8Array> {
    const begin = index * TILE_WIDTH;
    if (level === 0) return this.#leaves.leafHashes(begin, begin + width);
    const hashes: Uint8Array[] = [];
    for (let at = begin; at < begin + width; at++) {
      const [top] = (await this.#tile(level - 1, at, TILE_WIDTH)).at(-1) ?? [];
      if (top !== undefined) hashes.push(top);
    }
    return concatBytes(...hashes);
  }
}

function damaged(what: string): EvidenceError {
  const remedy = 'Run "cunzheng log check"; the tiles can be rebuilt from the entries.';
  return new EvidenceError('LOG_DAMAGED', what, remedy);
}

/** A tree that grows by whole tiles of leaves, and gives each of its tiles once it is full. */
export class TreeGrowth {
  /** Number of full tiles of level 0. */
  #full: number;
  /** Hashes of the unfinished tile of each level. */
  readonly #tiles: Uint8Array[][];
  /** How many of them were there at the start: such a tile is published already. */
  readonly #before: number[];

  constructor(full: number, tiles: Uint8Array[][]) {
    this.#full = full;
    this.#tiles = tiles;
    this.#tiles[0] = [];
    this.#before = tiles.map((tile) => tile.length);
  }

  /**
   * Adds the next leaf hashes, from a multiple of 256 on: 256 of them, or fewer the last time.
   * @returns the tiles that became full
   */
  addLeaves(leaves: Uint8Array[]): LogFile[] {
    this.#tiles[0] = leaves;
    const files: LogFile[] = [];
    let index = this.#full;
    for (let level = 0; this.#tiles[level]?.length === TILE_WIDTH; level++) {
      const bytes = concatBytes(...(this.#tiles[level] ?? []));
      files.push({ path: tilePath({ level, index, width: TILE_WIDTH }), bytes });
      this.#tiles[level] = [];
      this.#before[level] = 0;
      const [top] = rowsOf(bytes).at(-1) ?? [];
      const above = this.#tiles[level + 1] ?? [];
      if (top !== undefined) this.#tiles[level + 1] = [...above, top];
      if (level === 0) this.#full++;
      index = Math.floor(index / TILE_WIDTH);
    }
    return files;
  }

  /** The unfinished tiles that grew. */
  partialTiles(): LogFile[] {
    return this.#tiles.flatMap((hashes, level) => {
      if (hashes.length === (this.#before[level] ?? 0)) return [];
      const index = Math.floor(this.#full / TILE_WIDTH ** level);
      const id = { level, index, width: hashes.length };
      return [{ path: tilePath(id), bytes: concatBytes(...hashes) }];
    });
  }

  /** Root over all leaves so far: the complete subtrees, joined from the right (RFC 9162 §2.1). */
  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const hashes of this.#tiles) {
      const rows = rowsOf(concatBytes(...hashes));
      for (const row of rows) {
        // An odd one at the end of its row has no neighbour to be joined with.
        const last = row.length % 2 === 1 ? row.at(-1) : undefined;
        if (last !== undefined) root = root === undefined ? last : nodeHash(last, root);
      }
    }
    return root ?? emptyRoot();
  }
}
