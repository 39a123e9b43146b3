import { equalBytes, fromHex, toHex } from '../../formats/bytes.ts';
import { type DepositEntry, type MapEntry, NO_PREVIOUS, parseEntry } from '../../formats/entry.ts';
import type { Reason } from '../report.ts';
import type { AuditState } from './audit-state.ts';
import { ReplayMap } from './replay-map.ts';
import { type ComputedTile, ReplayTree } from './replay-tree.ts';

/** Called for whatever the replay finds wrong with an entry. */
export type EntryFinding = (
  id: 'audit.entries' | 'audit.map',
  reason: Reason,
  index: number,
  detail?: string,
) => void;

/**
 * Replays a log's entries in order: the tree over them, the head of every loan, and at every map
 * entry the map that should stand there.
 */
export class ReplayEntries {
  readonly tree: ReplayTree;
  readonly map: ReplayMap;
  /** Root of every checkpoint by its size: each ends in a map entry. */
  readonly roots: Map<number, Uint8Array>;
  maps = 0;
  readonly #finding: EntryFinding;

  constructor(state: AuditState | undefined, finding: EntryFinding) {
    this.tree = new ReplayTree(state?.tree);
    this.map = state?.map ?? new ReplayMap();
    this.roots = state?.roots ?? new Map();
    this.#finding = finding;
  }

  /**
   * @param leaf hash of `data` as a leaf
   * @returns the tiles that this entry made full
   */
  add(data: Uint8Array, leaf: Uint8Array): ComputedTile[] {
    const index = this.tree.size;
    const full = this.tree.append(leaf);
    try {
      const entry = parseEntry(data);
      if (entry.type === 'deposit') this.#deposit(entry, leaf, index);
      if (entry.type === 'map') this.#checkMap(entry, index);
    } catch (error) {
      const detail = error instanceof Error ? error.message.slice(0, 120) : 'unreadable';
      this.#finding('audit.entries', 'ENTRY_MALFORMED', index, detail);
    }
    return full;
  }

  #deposit({ loan, seq, prev }: DepositEntry, leaf: Uint8Array, index: number): void {
    const last = this.map.head(loan);
    const count = last?.count ?? 0;
    if (seq !== count || prev !== (last === undefined ? NO_PREVIOUS : toHex(last.head))) {
      this.#finding('audit.entries', 'ENTRY_UNLINKED', index, `seq ${seq}, due ${count}`);
    }
    // Goes on from what stands there, so that one wrong link is one finding and not thousands.
    this.map.set(loan, { count: seq + 1, head: leaf });
  }

  #checkMap({ root, covers }: MapEntry, index: number): void {
    this.maps++;
    this.roots.set(index + 1, this.tree.root());
    if (covers !== index) this.#finding('audit.map', 'MAP_MISPLACED', index, `covers ${covers}`);
    if (!equalBytes(fromHex(root), fromHex(this.map.root()))) {
      this.#finding('audit.map', 'MAP_WRONG', index);
    }
  }
}
