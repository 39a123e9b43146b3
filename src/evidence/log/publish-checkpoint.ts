import { fromHex, toHex } from '../../formats/bytes.ts';
import { signCheckpoint } from '../../formats/checkpoint.ts';
import { encodeEntry } from '../../formats/entry.ts';
import { EMPTY_MAP, mapKeyHash, mapValueHash } from '../../formats/loan-map.ts';
import { leafHash } from '../../formats/merkle.ts';
import { parseVerifierKey } from '../../formats/note.ts';
import { encodeBundle, TILE_WIDTH, tilePath } from '../../formats/tile.ts';
import { EvidenceError } from '../errors.ts';
import { type MapLeaf, updateLoanMap } from '../map/update-loan-map.ts';
import type {
  CheckpointRow,
  Clock,
  EntryRow,
  EvidenceStore,
  LogSigner,
  TileFiles,
} from '../ports.ts';
import { TileTree } from './tile-tree.ts';

export interface PublisherPorts {
  store: EvidenceStore;
  tiles: TileFiles;
  signer: LogSigner;
  clock: Clock;
}

/** File of the latest checkpoint, beside the tiles. */
export const CHECKPOINT_PATH = 'checkpoint';

/**
 * Appends the map entry, computes the tree head over it, signs it and publishes the files. Must run
 * while no deposit batch is under way.
 *
 * Map entry, map nodes and checkpoint are one commit: a crash before it leaves the log as it was; a
 * crash after it leaves a signed checkpoint whose files are missing, which `publishFiles` writes
 * again at the next start. The checkpoint file is written last, so no reader sees a head whose
 * tiles are not there.
 * @returns the new checkpoint, or the last one when nothing was deposited since
 * @throws EvidenceError LOG_DAMAGED when the published head is not the one of the database
 */
export async function publishCheckpoint(ports: PublisherPorts): Promise<CheckpointRow | undefined> {
  const { store, signer, clock } = ports;
  // Files of the checkpoint before may be missing when the disk was full then: theirs come first,
  // else they would be left out for ever.
  await publishFiles(ports);
  const last = await store.latestCheckpoint();
  await requireOwnHead(ports.tiles, last);
  const covers = await store.treeSize();
  if (covers === 0 || last?.size === covers) return last;
  const changes = await changedLoans(store, last?.size ?? 0, covers);
  const oldRoot = last === undefined ? EMPTY_MAP : fromHex(last.mapRoot);
  const map = await updateLoanMap(oldRoot, changes, (hash) => store.mapNode(hash));
  const mapRoot = toHex(map.root);
  const data = encodeEntry({ type: 'map', root: mapRoot, covers });
  const entry: EntryRow = { leafIndex: covers, leafHash: leafHash(data), data };
  const size = covers + 1;
  const tree = await new TileTree(ports.tiles, withPending(store, entry)).grow(
    last?.size ?? 0,
    size,
  );
  const key = parseVerifierKey(signer.vkey);
  const head = { origin: key.name, size, root: tree.root };
  const note = signCheckpoint(head, key, (text) => signer.sign(text));
  const checkpoint = { size, note, mapRoot, publishedAt: clock.now().toISOString() };
  await store.append({ loans: [], entries: [entry], mapNodes: map.nodes, checkpoint });
  await ports.tiles.write([...tree.files, ...(await bundles(store, last?.size ?? 0, size))]);
  await ports.tiles.write([{ path: CHECKPOINT_PATH, bytes: new TextEncoder().encode(note) }]);
  return checkpoint;
}

/**
 * The published head must be the one in the database: a database restored from an old backup would
 * otherwise sign a second history over the same places.
 */
async function requireOwnHead(tiles: TileFiles, last: CheckpointRow | undefined): Promise<void> {
  const bytes = await tiles.read(CHECKPOINT_PATH);
  const published = bytes && new TextDecoder().decode(bytes);
  if (published === last?.note) return;
  throw new EvidenceError(
    'LOG_DAMAGED',
    `the published checkpoint is not the one of size ${last?.size ?? 0} in the database`,
    'Nothing was signed. Restore the newest backup of the database; then run "cunzheng log check".',
  );
}

/**
 * Writes the files of the latest checkpoint when they did not get to the disk (a crash or a full
 * disk between commit and files). Only then: the checkpoint file must still be the one before, or
 * not there before the first. Any other text was put there by somebody else, or this database is
 * older than its files; both are for the check to name, so nothing is written over.
 * @returns number of files written
 */
export async function publishFiles(ports: PublisherPorts): Promise<number> {
  const { store, tiles } = ports;
  const last = await store.latestCheckpoint();
  if (last === undefined) return 0;
  const bytes = await tiles.read(CHECKPOINT_PATH);
  const published = bytes && new TextDecoder().decode(bytes);
  if (published === last.note) return 0;
  const before = (await store.listCheckpoints()).at(-2);
  if (published !== before?.note) return 0;
  const tree = await new TileTree(tiles, store).grow(before?.size ?? 0, last.size);
  const files = [...tree.files, ...(await bundles(store, before?.size ?? 0, last.size))];
  await tiles.write(files);
  await tiles.write([{ path: CHECKPOINT_PATH, bytes: new TextEncoder().encode(last.note) }]);
  return files.length + 1;
}

/** The last entry of every loan with entries in [begin, end), as map leaves. */
export async function changedLoans(
  store: EvidenceStore,
  begin: number,
  end: number,
): Promise<MapLeaf[]> {
  const last = new Map<string, EntryRow>();
  for (let at = begin; at < end; at += 4096) {
    for (const row of await store.readEntries(at, Math.min(at + 4096, end))) {
      if (row.loanKey !== undefined) last.set(row.loanKey, row);
    }
  }
  return [...last.entries()].map(([loanKey, row]) => ({
    keyHash: mapKeyHash(fromHex(loanKey)),
    valueHash: mapValueHash({ count: (row.seq ?? 0) + 1, head: row.leafHash }),
  }));
}

/** Leaf hashes of the store with one entry on top that is not written yet. */
function withPending(store: EvidenceStore, entry: EntryRow) {
  return {
    async leafHashes(begin: number, end: number): Promise<Uint8Array> {
      const stored = await store.leafHashes(begin, Math.min(end, entry.leafIndex));
      return end <= entry.leafIndex ? stored : Buffer.concat([stored, entry.leafHash]);
    },
  };
}

/** Entry bundles that cover [oldSize, newSize): the partial one at the old end grows. */
export async function bundles(store: EvidenceStore, oldSize: number, newSize: number) {
  const files: { path: string; bytes: Uint8Array }[] = [];
  for (let index = Math.floor(oldSize / TILE_WIDTH); index * TILE_WIDTH < newSize; index++) {
    const begin = index * TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, newSize - begin);
    const rows = await store.readEntries(begin, begin + width);
    const path = tilePath({ level: 'entries', index, width });
    files.push({ path, bytes: encodeBundle(rows.map((row) => row.data)) });
  }
  return files;
}
