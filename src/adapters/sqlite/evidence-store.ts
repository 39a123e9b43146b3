import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EvidenceError } from '../../evidence/errors.ts';
import type { EntryRow, EvidenceStore, LoanHead, LoanRow } from '../../evidence/ports.ts';
import { loanKey } from '../../formats/evidence-number.ts';
import { leafHash } from '../../formats/merkle.ts';
import { explainDiskFull } from '../system/disk-full.ts';
import { checkEvidenceTables } from './check-evidence-tables.ts';
import { checkSchema } from './check-schema.ts';
import { EvidenceIndex } from './evidence-index.ts';
import { EvidenceReader } from './evidence-reader.ts';
import { hexOf } from './evidence-rows.ts';
import { EVIDENCE_SCHEMA, EVIDENCE_VERSION } from './evidence-schema.ts';
import { EvidenceTail } from './evidence-tail.ts';
import { EvidenceWriter, requireContinuation } from './evidence-writer.ts';
import { IndexFollower } from './index-follower.ts';
import { type Indexer, inlineIndexer, readersIndexer, ThreadIndexer } from './indexer.ts';
import { LoanMapTable } from './loan-map-table.ts';
import type { SqliteDatabase } from './open-database.ts';
import { damageMark, openIndex, openIndexFile } from './open-index.ts';
import { RecentLookUps } from './recent-look-ups.ts';
import { createReplay } from './replay-index.ts';

export interface EvidenceStoreOptions {
  /**
   * `inline` (default): the one writer, which keeps the index itself. `thread`: the one writer, with
   * a thread for the index. `reader`: another connection beside such a writer.
   */
  role?: 'inline' | 'thread' | 'reader';
  /** Told why an index that was there is made anew. */
  say?: (reason: string) => void;
}

/** How far the index may stay behind; bounds the tail in memory. */
const MAX_TAIL = 400_000;

/** @throws EvidenceError STORE_VERSION for a file of an earlier release */
export function prepareEvidenceTables(db: SqliteDatabase): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  const tables = db.prepare(`SELECT count(*) FROM sqlite_master WHERE name = 'entries'`).pluck();
  const isNew = version === 0 && tables.get() === 0;
  if (!isNew && version !== EVIDENCE_VERSION) {
    const what = `evidence.db has version ${version}, this release needs ${EVIDENCE_VERSION}`;
    const remedy = 'Use the release that wrote the folder, or start with a new CUNZHENG_DATA.';
    throw new EvidenceError('STORE_VERSION', what, remedy);
  }
  db.exec(EVIDENCE_SCHEMA);
  if (isNew) db.pragma(`user_version = ${EVIDENCE_VERSION}`);
}

function indexerOf(
  role: EvidenceStoreOptions['role'],
  db: SqliteDatabase,
  parts: { indexDb: SqliteDatabase; log: EvidenceReader; drop: (size: number) => void },
): Indexer {
  if (role === 'reader') return readersIndexer(new EvidenceIndex(parts.indexDb));
  const follower = new IndexFollower(parts.indexDb, parts.log);
  const indexed = follower.catchUp();
  if (role !== 'thread') return inlineIndexer(follower, parts.drop);
  return new ThreadIndexer({ log: db.name, index: parts.indexDb.name }, indexed, parts.drop);
}

/**
 * The evidence tables in SQLite: evidence.db, which only grows, and index.db beside it, which can
 * be made anew. Calls finish within themselves (better-sqlite3 is synchronous) but for those that
 * wait for the index thread.
 * @param macKey key of the row HMACs, derived from the master key
 * @throws EvidenceError STORE_VERSION
 */
export function createSqliteEvidenceStore(
  db: SqliteDatabase,
  macKey: Uint8Array,
  { role = 'inline', say = () => undefined }: EvidenceStoreOptions = {},
): EvidenceStore {
  prepareEvidenceTables(db);
  const log = new EvidenceReader(db);
  const path = join(dirname(db.name), 'index.db');
  const indexDb = role === 'reader' ? openIndexFile(path) : openIndex(path, log, say);
  const tail = new EvidenceTail();
  const indexer = indexerOf(role, db, { indexDb, log, drop: (size) => tail.drop(size) });
  const index = new EvidenceIndex(indexDb);
  const map = new LoanMapTable(indexDb, (leafIndex) => log.leafHash(leafIndex));
  const lookUp = new LookUp(log, index, tail, indexer);
  const recent = lookUp.recent;
  const writer = new EvidenceWriter(db, macKey);
  const guard = guardOf(path);
  const one = <T>(found: T[]) => found[0];

  return {
    treeSize: async () => log.size(),
    append: (batch) =>
      guard(async () => {
        const size = log.size();
        if (size - index.state().indexed > MAX_TAIL) await indexer.settle(size - MAX_TAIL / 2);
        const added = requireContinuation(batch, size, lookUp);
        try {
          writer.append(batch);
        } catch (error) {
          recent.forget();
          throw error;
        }
        tail.add(added);
        recent.appended(added);
        indexer.appended(added.end);
      }),
    findLoan: (reference) => guard(async () => one(await lookUp.loans([reference]))),
    findLoans: (references) => guard(() => lookUp.loans(references)),
    findLoansByKey: (keys) => guard(() => lookUp.loansByKey(keys)),
    findLoanByEvidenceNo: (no) =>
      guard(async () => one(await lookUp.loansByKey([hexOf(loanKey(no))]))),
    listLoans: async () => log.loans(),
    findEvent: (key) => guard(async () => one(await lookUp.events([key]))),
    findEvents: (keys) => guard(() => lookUp.events(keys)),
    loanHeads: (keys) => guard(() => lookUp.heads(keys)),
    readEntries: async (begin, end) => log.entries(begin, end),
    readData: async (begin, end) => log.data(begin, end),
    leafHashes: async (begin, end) => Buffer.concat(log.data(begin, end).map(leafHash)),
    loanEntries: (key, below) => guard(() => lookUp.loanEntries(key, below)),
    loanEntry: (key, seq) => guard(() => lookUp.loanEntry(key, seq)),
    latestCheckpoint: async () => log.latestCheckpoint(),
    checkpoint: async (size) => log.checkpoint(size),
    listCheckpoints: async () => log.checkpoints(),
    checkpointAfter: async (size) => log.checkpointAfter(size),
    checkpointBefore: async (size) => log.checkpointBefore(size),
    updateMap: () => guard(() => indexer.updateMap()),
    mapRoot: (size) => guard(async () => map.root(size)),
    // The map of a checkpoint is in the index before the checkpoint is in the log.
    proveLoan: (keyHash, size) => guard(async () => map.prove(keyHash, size)),
    replay: createReplay,
    checkIntegrity: async ({ quick = false } = {}) => [
      ...(quick ? checkSchema(db, EVIDENCE_SCHEMA) : checkEvidenceTables(db, macKey)),
      // Only what was on the disk is ever indexed.
      ...missingEntries(log.size(), index.state().indexed),
    ],
    async close() {
      const closing = indexer.close();
      if (role === 'thread') await closing;
      indexDb.close();
    },
  };
}

function missingEntries(size: number, indexed: number): string[] {
  if (size >= indexed) return [];
  const what = `${indexed} entries were indexed, ${size} are there`;
  return [`evidence.db: table entries: ${what}`];
}

/** Runs look-ups; a damaged index is marked, so that the next start makes it anew. */
function guardOf(path: string) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      const damaged = code === 'INDEX_DAMAGED' || code === 'SQLITE_CORRUPT';
      if (damaged) writeFileSync(damageMark(path), '');
      throw explainDiskFull(error);
    }
  };
}

/** Look-ups over tail, index and log. */
class LookUp {
  readonly recent = new RecentLookUps();
  readonly #log: EvidenceReader;
  readonly #index: EvidenceIndex;
  readonly #tail: EvidenceTail;
  readonly #indexer: Indexer;

  constructor(log: EvidenceReader, index: EvidenceIndex, tail: EvidenceTail, indexer: Indexer) {
    this.#log = log;
    this.#index = index;
    this.#tail = tail;
    this.#indexer = indexer;
  }

  event(key: string): number | undefined {
    if (this.recent.hasNoEvent(key)) return undefined;
    const found = this.#tail.event(key) ?? this.#index.event(Buffer.from(key, 'hex'));
    if (found === undefined && !this.#indexer.readsOnly) this.recent.noEvent(key);
    return found;
  }

  head(key: string): LoanHead | undefined {
    const recent = this.#tail.head(key) ?? this.recent.head(key);
    if (recent !== undefined) return recent;
    const loan = this.#index.loanByKey(Buffer.from(key, 'hex'));
    const head = loan === undefined ? undefined : this.#index.head(loan);
    if (head !== undefined && !this.#indexer.readsOnly) this.recent.keepHead(key, head);
    return head;
  }

  loan(key: string): LoanRow | undefined {
    const recent = this.#tail.loan(key);
    return recent ?? this.#log.loan(this.#index.loanByKey(Buffer.from(key, 'hex')));
  }

  loanByReference(reference: string): LoanRow | undefined {
    const recent = this.#tail.loanByReference(reference);
    if (recent !== undefined) return recent;
    const found = this.#log.loan(this.#index.loanByReference(reference));
    return found?.reference === reference ? found : undefined;
  }

  /** @returns whether there is a loan of this key: cheaper than the loan itself */
  knowsLoan(key: string): boolean {
    if ((this.#tail.loan(key) ?? this.recent.head(key)) !== undefined) return true;
    return this.#index.loanByKey(Buffer.from(key, 'hex')) !== undefined;
  }

  async events(keys: string[]): Promise<(number | undefined)[]> {
    await this.#settleReader();
    return keys.map((key) => this.event(key));
  }

  async heads(keys: string[]): Promise<(LoanHead | undefined)[]> {
    await this.#settleReader();
    return keys.map((key) => this.head(key));
  }

  async loans(references: string[]): Promise<(LoanRow | undefined)[]> {
    await this.#settleReader();
    return references.map((reference) => this.loanByReference(reference));
  }

  async loansByKey(keys: string[]): Promise<(LoanRow | undefined)[]> {
    await this.#settleReader();
    return keys.map((key) => this.loan(key));
  }

  async loanEntries(key: string, below = Number.MAX_SAFE_INTEGER): Promise<EntryRow[]> {
    await this.#settleReader();
    const rows: EntryRow[] = [];
    for (const leafIndex of this.#walk(key)) {
      const row = leafIndex < below ? this.#log.entry(leafIndex) : undefined;
      if (row !== undefined) rows.push(row);
    }
    return rows.reverse();
  }

  async loanEntry(key: string, seq: number): Promise<EntryRow | undefined> {
    await this.#settleReader();
    const count = this.head(key)?.count ?? 0;
    if (seq < 0 || seq >= count) return undefined;
    let at = count - 1;
    for (const leafIndex of this.#walk(key)) {
      if (at-- === seq) return this.#log.entry(leafIndex);
    }
    return undefined;
  }

  /** Leaf indexes of a loan's entries, the last one first. */
  *#walk(key: string): Generator<number> {
    let at = this.head(key)?.leafIndex ?? null;
    while (at !== null) {
      yield at;
      const recent = this.#tail.previous(at);
      at = recent === undefined ? (this.#index.link(at)?.previous ?? null) : recent;
    }
  }

  /** Whoever has no tail waits for the index instead. */
  #settleReader(): Promise<void> | undefined {
    return this.#indexer.readsOnly ? this.#indexer.settle(this.#log.size()) : undefined;
  }
}
