import { FormatError } from '../../formats/errors.ts';
import type { HashReader } from '../../formats/merkle.ts';
import { hashInTile, locateHash, TILE_WIDTH, type TileId, tilePath } from '../../formats/tile.ts';

/** Where an auditor reads a log from: its public files by C2SP tlog-tiles path. */
export interface LogFiles {
  /**
   * @returns undefined when the log has no such file
   * @throws when the log cannot be read at all: a verdict must not be made of that
   */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** A file that a log of this size must have is not there. */
export class FileMissing extends FormatError {
  readonly path: string;

  constructor(path: string) {
    super('TILE_INVALID', `the log lacks ${path}`, 'Ask the operator of the log for it.');
    this.path = path;
  }
}

/**
 * A tile or bundle; a partial one may have given way to the full one (C2SP tlog-tiles), which then
 * begins with the same bytes.
 * @throws FileMissing
 */
export async function readTile(files: LogFiles, id: TileId): Promise<Uint8Array> {
  const path = tilePath(id);
  const bytes =
    (await files.read(path)) ??
    (id.width === TILE_WIDTH
      ? undefined
      : await files.read(tilePath({ ...id, width: TILE_WIDTH })));
  if (bytes === undefined) throw new FileMissing(path);
  return typeof id.level === 'number' ? bytes.subarray(0, id.width * 32) : bytes;
}

/**
 * Computes with the tree's hashes as its tiles state them. Which hashes a computation reads does not
 * depend on their values: a first run with zeros finds the tiles, a second one computes.
 * @throws FileMissing, FormatError TILE_INVALID
 */
export async function withTileHashes<T>(
  files: LogFiles,
  size: number,
  compute: (read: HashReader) => T,
): Promise<T> {
  const wanted = new Map<string, TileId>();
  const tiles = new Map<string, Uint8Array>();
  const idOf = (level: number, index: number): TileId => {
    const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH);
    return { level, index, width };
  };
  compute((level, index) => {
    const at = locateHash(level, index);
    const id = idOf(at.level, at.index);
    wanted.set(tilePath(id), id);
    return new Uint8Array(32);
  });
  for (const [path, id] of wanted) tiles.set(path, await readTile(files, id));
  return compute((level, index) => {
    const at = locateHash(level, index);
    const tile = tiles.get(tilePath(idOf(at.level, at.index))) ?? new Uint8Array();
    return hashInTile(tile, at.height, at.offset);
  });
}
