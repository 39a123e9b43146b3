import { toHex, utf8 } from '../../formats/bytes.ts';
import { signCheckpoint } from '../../formats/checkpoint.ts';
import { encodeEntry } from '../../formats/entry.ts';
import { parseVerifierKey } from '../../formats/note.ts';
import { EvidenceError } from '../errors.ts';
import type { CheckpointRow, Clock, EvidenceStore, LogSigner, TileFiles } from '../ports.ts';
import { LogGrowth } from './log-growth.ts';

export interface PublisherPorts {
  store: EvidenceStore;
  tiles: TileFiles;
  signer: LogSigner;
  clock: Clock;
  /** Runs work while no deposit is being written. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** File of the latest checkpoint, beside the tiles. */
export const CHECKPOINT_PATH = 'checkpoint';

/** So many new entries may be left for the moment in which deposits wait. */
const REMAINDER = 256;
const ROUNDS = 8;

/**
 * Appends the map entry, computes the tree head over it, signs it and publishes the files.
 *
 * Map and full tiles are brought up beside the deposits that go on; only the small remainder, the
 * signature and their commit happen while deposits wait. Full tiles of entries that no checkpoint
 * covers yet are the same in any later one, so writing them ahead says nothing new.
 *
 * Map entry and checkpoint are one commit: a crash before it leaves the log as it was; a crash
 * after it leaves a signed checkpoint whose files are missing, which `publishFiles` writes again at
 * the next start. The checkpoint file is written last, so no reader sees a head whose tiles are not
 * there.
 * @returns the new checkpoint, or the last one when nothing was deposited since
 * @throws EvidenceError LOG_DAMAGED when the published head is not the one of the database
 */
export async function publishCheckpoint(ports: PublisherPorts): Promise<CheckpointRow | undefined> {
  const { store, tiles } = ports;
  // Files of the checkpoint before may be missing when the disk was full then: theirs come first,
  // else they would be left out for ever.
  await publishFiles(ports);
  const last = await store.latestCheckpoint();
  await requireOwnHead(tiles, last);
  const from = last?.size ?? 0;
  if ((await store.treeSize()) === from) return last;
  const tree = await LogGrowth.from(ports, from);
  await prepare(store, tree);
  const checkpoint = await ports.exclusive(() => sign(ports, tree));
  await tree.writePartial();
  await tiles.write([{ path: CHECKPOINT_PATH, bytes: utf8(checkpoint.note) }]);
  return checkpoint;
}

/** Brings map and full tiles up to few entries below the size of the log. */
async function prepare(store: EvidenceStore, tree: LogGrowth): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const { covers } = await store.updateMap();
    await tree.writeFull(covers);
    if ((await store.treeSize()) - covers <= REMAINDER) return;
  }
}

/** While no deposit is written: the rest of the map, the head over it, and their commit. */
async function sign(ports: PublisherPorts, tree: LogGrowth): Promise<CheckpointRow> {
  const { store, signer, clock } = ports;
  const { covers, root: mapHash } = await store.updateMap();
  const mapRoot = toHex(mapHash);
  const data = encodeEntry({ type: 'map', root: mapRoot, covers });
  const size = covers + 1;
  const key = parseVerifierKey(signer.vkey);
  const head = { origin: key.name, size, root: await tree.close(covers, data) };
  const note = signCheckpoint(head, key, (text) => signer.sign(text));
  const checkpoint = { size, note, mapRoot, publishedAt: clock.now().toISOString() };
  await store.append({ loans: [], entries: [{ leafIndex: covers, data }], checkpoint });
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
export async function publishFiles(
  ports: Pick<PublisherPorts, 'store' | 'tiles'>,
): Promise<number> {
  const { store, tiles } = ports;
  const last = await store.latestCheckpoint();
  if (last === undefined) return 0;
  const bytes = await tiles.read(CHECKPOINT_PATH);
  const published = bytes && new TextDecoder().decode(bytes);
  if (published === last.note) return 0;
  const before = await store.checkpointBefore(last.size);
  if (published !== before?.note) return 0;
  const tree = await LogGrowth.from(ports, before?.size ?? 0);
  await tree.writeFull(last.size);
  await tree.close(last.size);
  await tree.writePartial();
  await tiles.write([{ path: CHECKPOINT_PATH, bytes: utf8(last.note) }]);
  return tree.written + 1;
}
