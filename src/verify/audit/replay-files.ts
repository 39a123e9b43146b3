import { equalBytes } from '../../formats/bytes.ts';
import { FormatError } from '../../formats/errors.ts';
import { leafHash } from '../../formats/merkle.ts';
import { decodeBundle, TILE_WIDTH, type TileId, tilePath } from '../../formats/tile.ts';
import type { AuditFindings } from './audit-findings.ts';
import { FileMissing, type LogFiles, readTile } from './log-files.ts';
import type { ReplayEntries } from './replay-entries.ts';
import type { ComputedTile } from './replay-tree.ts';

/** Bundles asked for ahead of the one that is replayed. */
const READ_AHEAD = 8;

/** Tells how far the replay is, in entries. */
export type OnProgress = (done: number, total: number) => void;

const widthAt = (index: number, size: number): number =>
  Math.min(TILE_WIDTH, size - index * TILE_WIDTH);

/** The bundles from `first` on, a few of them under way at once. */
async function* bundlesFrom(files: LogFiles, first: number, size: number) {
  const coming: Promise<{ id: TileId; bytes: Uint8Array | Error }>[] = [];
  const last = Math.ceil(size / TILE_WIDTH);
  for (let next = first; next < last || coming.length > 0; ) {
    for (; next < last && coming.length < READ_AHEAD; next++) {
      const id: TileId = { level: 'entries', index: next, width: widthAt(next, size) };
      const bytes = readTile(files, id).catch((error: Error) => error);
      coming.push(bytes.then((read) => ({ id, bytes: read })));
    }
    const bundle = await coming.shift();
    if (bundle?.bytes instanceof Error) throw bundle.bytes;
    if (bundle !== undefined) yield { id: bundle.id, bytes: bundle.bytes };
  }
}

/**
 * Replays the entries up to `size` out of the bundles and compares every tile with what they give.
 * Stops at the first bundle that is missing or cannot be taken apart: what follows it has no place.
 * @returns whether all entries were replayed
 * @throws whatever `files` throws when the log cannot be read at all
 */
export async function replayFiles(
  files: LogFiles,
  size: number,
  replay: ReplayEntries,
  findings: AuditFindings,
  onProgress: OnProgress,
): Promise<boolean> {
  const first = Math.floor(replay.tree.size / TILE_WIDTH);
  try {
    for await (const { id, bytes } of bundlesFrom(files, first, size)) {
      const entries = decodeBundle(bytes).slice(0, id.width);
      if (entries.length < id.width) {
        const what = `${tilePath(id)} holds ${entries.length} entries`;
        throw new FormatError('TILE_INVALID', what, 'Ask the operator of the log for it.');
      }
      for (const tile of replayBundle(entries, id.index, replay, findings)) {
        await compareTile(files, tile, findings);
      }
      onProgress(replay.tree.size, size);
    }
    for (const tile of replay.tree.partialTiles()) await compareTile(files, tile, findings);
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const missing = error instanceof FileMissing;
    const what = missing ? error.path : error.message;
    findings.fail('audit.entries', missing ? 'FILE_MISSING' : 'MALFORMED', what);
    return false;
  }
}

/** @returns the tiles that became full */
function replayBundle(
  entries: Uint8Array[],
  bundle: number,
  replay: ReplayEntries,
  findings: AuditFindings,
): ComputedTile[] {
  const full: ComputedTile[] = [];
  const known = [...replay.tree.openLeaves];
  const done = replay.tree.size - bundle * TILE_WIDTH;
  for (const [offset, data] of entries.entries()) {
    const leaf = leafHash(data);
    const before = known[offset];
    if (offset >= done) full.push(...replay.add(data, leaf));
    else if (before !== undefined && !equalBytes(before, leaf)) {
      findings.fail('audit.entries', 'ENTRY_CHANGED', `#${bundle * TILE_WIDTH + offset}`);
    }
  }
  return full;
}

/** A bottom tile that differs names the entry; a higher one the tile. */
async function compareTile(
  files: LogFiles,
  { id, bytes }: ComputedTile,
  findings: AuditFindings,
): Promise<void> {
  const path = tilePath(id);
  findings.tiles++;
  let published: Uint8Array;
  try {
    published = await readTile(files, id);
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error;
    findings.fail('audit.tiles', 'FILE_MISSING', path);
    return;
  }
  if (equalBytes(published, bytes)) return;
  for (let offset = 0; offset < id.width; offset++) {
    const range: [number, number] = [offset * 32, offset * 32 + 32];
    if (equalBytes(published.subarray(...range), bytes.subarray(...range))) continue;
    const where = id.level === 0 ? `${path} #${id.index * TILE_WIDTH + offset}` : path;
    findings.fail('audit.tiles', 'TILE_DIFFERS', where);
    return;
  }
}
