import { concatBytes } from '../../formats/bytes.ts';
import { type HashReader, rangeRoot } from '../../formats/merkle.ts';
import { hashInTile, locateHash, TILE_WIDTH, tilePath } from '../../formats/tile.ts';
import { EvidenceError } from '../errors.ts';
import type { TileFiles } from '../ports.ts';

const CACHE_TILES = 4096;

/** Where the tree's leaves come from. */
export interface LeafSource {
  /** 32-byte leaf hashes of [begin, end), in one array. */
  leafHashes(begin: number, end: number): Promise<Uint8Array>;
}

/** A grown tree that is not on disk yet. */
export interface GrownTree {
  root: Uint8Array;
  files: { path: string; bytes: Uint8Array }[];
}

/**
 * The Merkle tree in C2SP tiles. Level 0 comes from the store's leaf hashes; every level above is
 * read from the files, so memory does not grow with the log.
 */
export class TileTree {
  readonly #files: TileFiles;
  readonly #leaves: LeafSource;
  readonly #cache = new Map<string, Uint8Array>();

  constructor(files: TileFiles, leaves: LeafSource) {
    this.#files = files;
    this.#leaves = leaves;
  }

  /** Tiles and root of the tree grown from `oldSize` to `newSize` leaves; nothing is written. */
  async grow(oldSize: number, newSize: number): Promise<GrownTree> {
    const files: GrownTree['files'] = [];
    const fresh = new Map<string, Uint8Array>();
    const keep = (level: number, index: number, bytes: Uint8Array) => {
      const path = tilePath({ level, index, width: bytes.length / 32 });
      fresh.set(path, bytes);
      files.push({ path, bytes });
    };
    let completed = await this.#growLeaves(oldSize, newSize, keep);
    for (let level = 1; completed.length > 0; level++) {
      completed = await this.#growLevel(level, oldSize, completed, keep);
    }
    const root = await this.#withHashes(newSize, (read) => rangeRoot(0, newSize, read), fresh);
    return { root, files };
  }

  /** Computes something from hashes of the tree as it was at `size`. */
  read<T>(size: number, compute: (read: HashReader) => T): Promise<T> {
    return this.#withHashes(size, compute, new Map());
  }

  /** Root of the tree as it was at `size`. */
  rootAt(size: number): Promise<Uint8Array> {
    return this.read(size, (read) => rangeRoot(0, size, read));
  }

  /** @returns the hashes of the level-0 tiles that became full */
  async #growLeaves(
    oldSize: number,
    newSize: number,
    keep: (level: number, index: number, bytes: Uint8Array) => void,
  ): Promise<Uint8Array[]> {
    const completed: Uint8Array[] = [];
    for (let index = Math.floor(oldSize / TILE_WIDTH); index * TILE_WIDTH < newSize; index++) {
      const begin = index * TILE_WIDTH;
      const end = Math.min(begin + TILE_WIDTH, newSize);
      const bytes = await this.#leaves.leafHashes(begin, end);
      keep(0, index, bytes);
      if (end - begin === TILE_WIDTH) completed.push(hashInTile(bytes, 8, 0));
    }
    return completed;
  }

  async #growLevel(
    level: number,
    oldSize: number,
    added: Uint8Array[],
    keep: (level: number, index: number, bytes: Uint8Array) => void,
  ): Promise<Uint8Array[]> {
    const oldCount = Math.floor(oldSize / TILE_WIDTH ** level);
    const firstTile = Math.floor(oldCount / TILE_WIDTH);
    const before = oldCount % TILE_WIDTH;
    const start = before === 0 ? new Uint8Array() : await this.#tile(level, firstTile, before);
    const hashes = concatBytes(start, ...added);
    const completed: Uint8Array[] = [];
    for (let at = 0; at < hashes.length; at += TILE_WIDTH * 32) {
      const bytes = hashes.slice(at, at + TILE_WIDTH * 32);
      keep(level, firstTile + at / (TILE_WIDTH * 32), bytes);
      if (bytes.length === TILE_WIDTH * 32) completed.push(hashInTile(bytes, 8, 0));
    }
    return completed;
  }

  /**
   * Which hashes a computation reads does not depend on their values: a first run with zeros finds
   * the tiles, a second one computes.
   */
  async #withHashes<T>(
    size: number,
    compute: (read: HashReader) => T,
    fresh: Map<string, Uint8Array>,
  ): Promise<T> {
    const wanted = new Map<string, { level: number; index: number; width: number }>();
    const place = (level: number, index: number) => {
      const at = locateHash(level, index);
      const total = Math.floor(size / TILE_WIDTH ** at.level);
      const width = Math.min(TILE_WIDTH, total - at.index * TILE_WIDTH);
      const id = { level: at.level, index: at.index, width };
      return { at, id, path: tilePath(id) };
    };
    compute((level, index) => {
      const { id, path } = place(level, index);
      wanted.set(path, id);
      return new Uint8Array(32);
    });
    const tiles = new Map<string, Uint8Array>();
    for (const [path, { level, index, width }] of wanted) {
      tiles.set(path, fresh.get(path) ?? (await this.#tile(level, index, width)));
    }
    return compute((level, index) => {
      const { at, path } = place(level, index);
      return hashInTile(tiles.get(path) ?? new Uint8Array(), at.height, at.offset);
    });
  }

  async #tile(level: number, index: number, width: number): Promise<Uint8Array> {
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
    if (bytes.length < width * 32) {
      throw new EvidenceError(
        'LOG_DAMAGED',
        `log file ${path} is missing or too short`,
        'Run "cunzheng log check"; the tiles can be rebuilt from the entries.',
      );
    }
    if (this.#cache.size >= CACHE_TILES) this.#cache.clear();
    const hashes = bytes.subarray(0, width * 32);
    this.#cache.set(path, hashes);
    return hashes;
  }

  /** A tile from the level below it, down to the leaves; short when there are not enough leaves. */
  async #rebuild(level: number, index: number, width: number): Promise<Uint8Array> {
    const begin = index * TILE_WIDTH;
    if (level === 0) return this.#leaves.leafHashes(begin, begin + width);
    const hashes: Uint8Array[] = [];
    for (let at = begin; at < begin + width; at++) {
      hashes.push(hashInTile(await this.#tile(level - 1, at, TILE_WIDTH), 8, 0));
    }
    return concatBytes(...hashes);
  }
}
