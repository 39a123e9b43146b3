import { encodeChainMove, type LeftHead, type RegistryPlace } from '../../formats/chain-move.ts';
import type { Clock } from '../ports.ts';
import { AnchorMoveError } from './anchor-move-error.ts';
import type { AnchorMove, AnchorOutboxStore } from './ports.ts';

export interface MovePorts {
  store: AnchorOutboxStore;
  clock: Clock;
  /** 32 bytes, lower-case hex. */
  logId: string;
  treeSize(): Promise<number>;
  /** Adds the note unless one of the entries from `since` on is it already. */
  ensureNote(text: string, since: number): Promise<number>;
}

/**
 * The log leaves one registry and goes on in another: a note in the log says so, and the last
 * confirmed head of the old one becomes the first of the new one.
 *
 * The intention is a row; a crash after it leaves a move whose note or seed is missing, which
 * `finishMove` completes at the next start. A crash before it leaves nothing.
 * @throws AnchorMoveError MOVED_ELSEWHERE when the log left `from` for another target before
 */
export async function moveLog(
  ports: MovePorts,
  from: RegistryPlace,
  to: RegistryPlace,
): Promise<AnchorMove> {
  const { store, clock, logId } = ports;
  const earlier = (await store.moves()).find((move) => move.from === from.target);
  if (earlier !== undefined && earlier.to !== to.target) {
    const what = `the log left ${from.target} for ${earlier.to} on ${earlier.at}`;
    const remedy = `Move from ${earlier.to} instead.`;
    throw new AnchorMoveError('MOVED_ELSEWHERE', what, remedy);
  }
  if (earlier !== undefined) {
    await finishMove(ports, earlier);
    return earlier;
  }
  const last = await store.lastFinal(from.target, logId);
  const head: LeftHead | undefined = last?.place
    ? {
        size: last.size,
        root: last.root,
        blockNumber: last.place.blockNumber,
        blockHash: last.place.blockHash,
      }
    : undefined;
  const move: AnchorMove = {
    from: from.target,
    to: to.target,
    note: encodeChainMove({ from, to, ...(head === undefined ? {} : { head }) }),
    logSize: await ports.treeSize(),
    at: clock.now().toISOString(),
  };
  await store.recordMove(move);
  await finishMove(ports, move);
  return move;
}

/** Whatever of a move is not done yet; doing it again changes nothing. */
export async function finishMove(ports: MovePorts, move: AnchorMove): Promise<void> {
  const { store, clock, logId } = ports;
  await ports.ensureNote(move.note, move.logSize);
  const last = await store.lastFinal(move.from, logId);
  const waiting = await store.open(move.from);
  const at = clock.now().toISOString();
  const isUsed = (await store.firstItem(move.to, logId)) !== null;
  // The seed: the registry takes a first head of any size, and a proof for every later one.
  const seeds = isUsed || last === null ? [] : [last];
  const wanted = [...seeds, ...waiting].toSorted((a, b) => a.size - b.size);
  for (const { size, root } of wanted) {
    await store.enqueue({ target: move.to, logId, size, root, at });
  }
  for (const { id } of waiting) {
    await store.record(id, { state: 'REPLACED', at, detail: `the log moved to ${move.to}` });
  }
}
