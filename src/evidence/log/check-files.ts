import { equalBytes } from '../../formats/bytes.ts';
import { leafHash } from '../../formats/merkle.ts';
import {
  encodeBundle,
  parseTilePath,
  TILE_WIDTH,
  type TileId,
  tilePath,
} from '../../formats/tile.ts';
import type { TileFiles } from '../ports.ts';
import { CHECKPOINT_PATH } from './publish-checkpoint.ts';
import { type LogFile, TreeGrowth } from './tile-tree.ts';

/** Holds published files against the entries that they are made of, in the order of the log. */
export class FileCheck {
  readonly #tiles: TileFiles;
  readonly #findings: string[];
  readonly #tree = new TreeGrowth(0, []);
  #data: Uint8Array[] = [];
  #leaves: Uint8Array[] = [];
  #index = 0;
  #full: LogFile[] = [];

  constructor(tiles: TileFiles, findings: string[]) {
    this.#tiles = tiles;
    this.#findings = findings;
  }

  /** Adds entries, not past the end of their tile. */
  add(data: Uint8Array[]): void {
    this.#data.push(...data);
    this.#leaves.push(...data.map(leafHash));
    this.#full = this.#tree.addLeaves(this.#leaves);
  }

  /** Root of the tree over all entries so far. */
  root(): Uint8Array {
    return this.#tree.root();
  }

  /** At the end of a tile: it, its bundle, and the tiles above that it fills. */
  async full(): Promise<void> {
    await this.#compare([this.#bundle(), ...this.#full]);
    this.#index++;
    this.#data = [];
    this.#leaves = [];
  }

  /** At a checkpoint: the unfinished tiles that it publishes. */
  async partial(): Promise<void> {
    if (this.#full.length > 0) return this.#compare(this.#tree.partialTiles());
    await this.#compare([this.#bundle(), ...this.#tree.partialTiles()]);
  }

  #bundle(): LogFile {
    const id = { index: this.#index, width: this.#data.length };
    return { path: tilePath({ level: 'entries', ...id }), bytes: encodeBundle(this.#data) };
  }

  async #compare(files: LogFile[]): Promise<void> {
    for (const { path, bytes } of files) {
      const found = await this.#tiles.read(path);
      // Which of them must be there is a question of its own: see `checkFiles`.
      if (found !== undefined && !equalBytes(found, bytes)) {
        this.#findings.push(`log/${path}: was changed`);
      }
    }
  }
}

/** What the sizes of checkpoints say about which files there must be. */
interface Published {
  /** In ascending order. */
  sizes: number[];
  lastNote: Uint8Array | undefined;
}

/**
 * Which files are there: all of the last checkpoint, and none that no checkpoint explains.
 * @param size of the log, of which full tiles may be ahead of the last checkpoint
 * @returns number of files
 */
export async function checkFiles(
  tiles: TileFiles,
  size: number,
  { sizes, lastNote }: Published,
  findings: string[],
): Promise<number> {
  let count = 0;
  for await (const path of tiles.walk()) {
    count++;
    const id = parseTilePath(path);
    const known = id === undefined ? path === CHECKPOINT_PATH : explains(id, size, sizes);
    if (!known || lastNote === undefined) findings.push(`log/${path}: does not belong to the log`);
  }
  if (lastNote === undefined) return count;
  const head = await tiles.read(CHECKPOINT_PATH);
  if (head === undefined) findings.push(`log/${CHECKPOINT_PATH}: is missing`);
  else if (!equalBytes(head, lastNote)) findings.push(`log/${CHECKPOINT_PATH}: was changed`);
  for (const id of tilesAt(sizes.at(-1) ?? 0)) {
    const path = tilePath(id);
    if (!(await tiles.has(path))) findings.push(`log/${path}: is missing`);
  }
  return count;
}

const LEVELS = ['entries', 0, 1, 2, 3, 4, 5, 6] as const;
const spanOf = (level: TileId['level']) => (level === 'entries' ? 1 : TILE_WIDTH ** level);

/** Every tile of a log of `size` entries, one after the other. */
function* tilesAt(size: number): Generator<TileId> {
  for (const level of LEVELS) {
    const hashes = Math.floor(size / spanOf(level));
    for (let index = 0; index * TILE_WIDTH < hashes; index++) {
      yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
    }
  }
}

/** A full tile of entries that are there, or the unfinished one of some checkpoint. */
function explains({ level, index, width }: TileId, size: number, sizes: number[]): boolean {
  const span = spanOf(level);
  const wanted = (index * TILE_WIDTH + width) * span;
  if (width === TILE_WIDTH) return wanted <= size;
  const first = sizes[lowerBound(sizes, wanted)];
  return first !== undefined && first < wanted + span;
}

/** Place of the first value that is not below `wanted`, in ascending values. */
function lowerBound(values: number[], wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
