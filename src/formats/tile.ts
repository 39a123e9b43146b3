import { concatBytes } from './bytes.ts';
import { MAX_ENTRY_BYTES } from './entry.ts';
import { FormatError } from './errors.ts';
import { nodeHash } from './merkle.ts';

/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
const HASH_BYTES = 32;

/** Which tile: `level` counts tile levels, `width` < 256 for a partial tile. */
export interface TileId {
  level: number | 'entries';
  index: number;
  width: number;
}

/** Relative path of a tile or entry bundle, such as `tile/0/x001/x234/067.p/5`. */
export function tilePath({ level, index, width }: TileId): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`;
  return `tile/${level}/${groups.join('/')}${partial}`;
}

const TILE_PATH =
  /^tile\/(entries|0|[1-5]?[0-9]|6[0-3])\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The tile a path names, or undefined when it is not the one canonical path of a tile. */
export function parseTilePath(path: string): TileId | undefined {
  const match = TILE_PATH.exec(path);
  if (match === null) return undefined;
  const [, levelText, groups, widthText] = match;
  const index = Number((groups ?? '').replace(/[x/]/g, ''));
  const level = levelText === 'entries' ? 'entries' : Number(levelText);
  const id: TileId = {
    level,
    index,
    width: widthText === undefined ? TILE_WIDTH : Number(widthText),
  };
  const canonical = Number.isSafeInteger(index) && id.width <= TILE_WIDTH;
  return canonical && tilePath(id) === path ? id : undefined;
}

/** Every tile (hashes and entry bundles) that a tree of `size` leaves consists of. */
export function tilesOf(size: number): TileId[] {
  const out: TileId[] = [];
  for (const level of ['entries', 0, 1, 2, 3, 4, 5, 6] as const) {
    const span = level === 'entries' ? 1 : TILE_WIDTH ** level;
    const hashes = Math.floor(size / span);
    for (let index = 0; index * TILE_WIDTH < hashes; index++) {
      out.push({ level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) });
    }
  }
  return out;
}

/**
 * Hash `offset` at height `height` (0 to 8) above the bottom row of a tile.
 * @param tile the tile's bytes; must hold the 2^height hashes below the wanted one
 * @throws FormatError TILE_INVALID when it does not
 */
export function hashInTile(tile: Uint8Array, height: number, offset: number): Uint8Array {
  if (height > 0) {
    const left = hashInTile(tile, height - 1, offset * 2);
    return nodeHash(left, hashInTile(tile, height - 1, offset * 2 + 1));
  }
  const end = (offset + 1) * HASH_BYTES;
  if (tile.length % HASH_BYTES !== 0 || end > tile.length) {
    const what = `a tile of ${tile.length} bytes has no hash ${offset}`;
    throw new FormatError('TILE_INVALID', what, 'Fetch the tile again, wider if need be.');
  }
  return tile.subarray(end - HASH_BYTES, end);
}

/** Where the hash of a complete subtree is found: tile level, tile index, and place inside it. */
export function locateHash(
  level: number,
  index: number,
): { level: number; index: number; height: number; offset: number } {
  const height = level % TILE_HEIGHT;
  const perTile = TILE_WIDTH / 2 ** height;
  return {
    level: Math.floor(level / TILE_HEIGHT),
    index: Math.floor(index / perTile),
    height,
    offset: index % perTile,
  };
}

const tooMany = (count: number): string => `${count} entries, at most ${TILE_WIDTH}`;

/**
 * An entry bundle: each entry behind its length in two bytes, big-endian.
 * @throws FormatError TILE_INVALID for an entry over 65,535 bytes or more than 256 entries
 */
export function encodeBundle(entries: Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) throw bundleError(tooMany(entries.length));
  return concatBytes(
    ...entries.flatMap((entry) => {
      if (entry.length > MAX_ENTRY_BYTES) throw bundleError(`entry of ${entry.length} bytes`);
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/**
 * The entries of a bundle.
 * @throws FormatError TILE_INVALID when a length runs past the end or there are more than 256
 */
export function decodeBundle(bundle: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    const length = ((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > bundle.length) throw bundleError(`entry ${out.length} runs past the end`);
    out.push(bundle.subarray(at + 2, end));
    at = end;
  }
  if (out.length > TILE_WIDTH) throw bundleError(tooMany(out.length));
  return out;
}

function bundleError(problem: string): FormatError {
  const remedy = 'Fetch the bundle again; if it stays so, the log was damaged.';
  return new FormatError('TILE_INVALID', `entry bundle: ${problem}`, remedy);
}
