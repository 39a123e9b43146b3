import type { MapState } from '../../evidence/ports.ts';
import { EvidenceIndex } from './evidence-index.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import { LoanMapTable } from './loan-map-table.ts';
import type { SqliteDatabase } from './open-database.ts';

/** Entries and loans that one commit of the index takes in; bounds its memory. */
const ENTRIES_AT_ONCE = 32_768;
const LOANS_AT_ONCE = 32_768;

/**
 * Keeps index.db behind evidence.db: it reads what was committed there and writes what follows from
 * it. A crash leaves the index some entries behind, never ahead and never half of a commit; the
 * next call goes on from there.
 */
export class IndexFollower {
  readonly index: EvidenceIndex;
  readonly map: LoanMapTable;
  readonly #db: SqliteDatabase;
  readonly #log: EvidenceReader;

  constructor(db: SqliteDatabase, log: EvidenceReader) {
    this.#db = db;
    this.#log = log;
    this.index = new EvidenceIndex(db);
    this.map = new LoanMapTable(db, (leafIndex) => log.leafHash(leafIndex));
  }

  /**
   * Takes in what was committed since the last call. The maps of checkpoints on the way are made
   * as they are passed, which happens when the index is made anew.
   * @returns how many entries are indexed now
   */
  catchUp(): number {
    const size = this.#log.size();
    for (;;) {
      const { indexed, mapped } = this.index.state();
      // The map of a checkpoint covers all entries but the last, which states it.
      const checkpoint = this.#log.checkpointSizeAbove(mapped);
      const stop = checkpoint === undefined ? size : Math.min(size, checkpoint - 1);
      if (indexed < stop) this.#addUpTo(Math.min(stop, indexed + ENTRIES_AT_ONCE));
      else if (checkpoint !== undefined && checkpoint <= size) this.#closeMap(checkpoint);
      else return Math.max(indexed, stop);
    }
  }

  /** Brings index and map up to the entries there are. */
  updateMap(): MapState {
    this.catchUp();
    const { indexed, mapped } = this.index.state();
    if (indexed > mapped) {
      const since = this.#log.checkpointSizeUpTo(mapped) + 1;
      this.#commit(() => this.map.update(mapped, indexed, since));
    }
    return { covers: indexed, root: this.map.root() };
  }

  #addUpTo(end: number): void {
    this.#commit(() => {
      const { indexed, loans } = this.index.state();
      for (let after = loans; ; ) {
        const added = this.#log.loansAfter(after, LOANS_AT_ONCE);
        this.index.addLoans(added);
        after = added.at(-1)?.id ?? after;
        if (added.length < LOANS_AT_ONCE) break;
      }
      this.index.addEntries(this.#log.indexedEntries(indexed, end), end);
    });
  }

  /** The checkpoint's own map entry changes no loan: the next map begins behind it. */
  #closeMap(size: number): void {
    this.#commit(() => {
      const { mapped } = this.index.state();
      const since = this.#log.checkpointSizeUpTo(mapped) + 1;
      if (mapped < size - 1) this.map.update(mapped, size - 1, since);
      this.map.setMapped(size);
    });
  }

  #commit(work: () => void): void {
    try {
      this.#db.transaction(work).immediate();
    } catch (error) {
      this.index.forget();
      throw error;
    }
  }
}
