import type { CheckpointRow, EntryRow, LoanRow } from '../../evidence/ports.ts';
import { loanKey } from '../../formats/evidence-number.ts';
import { leafHash } from '../../formats/merkle.ts';
import type { IndexedEntry, IndexedLoan } from './evidence-index.ts';
import {
  type StoredCheckpoint,
  type StoredEntry,
  type StoredLoan,
  toCheckpointRow,
  toEntryRow,
  toLoanRow,
} from './evidence-rows.ts';
import type { SqliteDatabase } from './open-database.ts';

function prepare(db: SqliteDatabase) {
  const range = 'FROM entries WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index';
  return {
    size: db.prepare('SELECT coalesce(max(leaf_index) + 1, 0) FROM entries').pluck(),
    entries: db.prepare(`SELECT * ${range}`),
    entry: db.prepare('SELECT * FROM entries WHERE leaf_index = ?'),
    data: db.prepare(`SELECT data ${range}`).pluck(),
    datum: db.prepare('SELECT data FROM entries WHERE leaf_index = ?').pluck(),
    indexed: db.prepare(`SELECT leaf_index, data, event_key ${range}`).raw(),
    loans: db.prepare('SELECT * FROM loans ORDER BY reference'),
    loansAfter: db.prepare(
      'SELECT id, evidence_no, reference FROM loans WHERE id > ? ORDER BY id LIMIT ?',
    ),
    loan: db.prepare('SELECT * FROM loans WHERE id = ?'),
    lastLoan: db.prepare('SELECT coalesce(max(id), 0) FROM loans').pluck(),
    latest: db.prepare('SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1'),
    checkpoint: db.prepare('SELECT * FROM checkpoints WHERE size = ?'),
    before: db.prepare('SELECT * FROM checkpoints WHERE size < ? ORDER BY size DESC LIMIT 1'),
    after: db.prepare('SELECT * FROM checkpoints WHERE size > ? ORDER BY size LIMIT 1'),
    checkpoints: db.prepare('SELECT * FROM checkpoints ORDER BY size'),
    sizeAbove: db.prepare('SELECT min(size) FROM checkpoints WHERE size > ?').pluck(),
    objects: db
      .prepare('SELECT lower(hex(object_id)) FROM entries WHERE object_id IS NOT NULL')
      .pluck(),
    sizeUpTo: db.prepare('SELECT coalesce(max(size), 0) FROM checkpoints WHERE size <= ?').pluck(),
  };
}

/** Reads evidence.db, over any connection. */
export class EvidenceReader {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: SqliteDatabase) {
    this.#sql = prepare(db);
  }

  size(): number {
    return this.#sql.size.get() as number;
  }

  lastLoanId(): number {
    return this.#sql.lastLoan.get() as number;
  }

  entries(begin: number, end: number): EntryRow[] {
    return (this.#sql.entries.all(begin, end) as StoredEntry[]).map(toEntryRow);
  }

  entry(leafIndex: number): EntryRow | undefined {
    const row = this.#sql.entry.get(leafIndex) as StoredEntry | undefined;
    return row && toEntryRow(row);
  }

  data(begin: number, end: number): Buffer[] {
    return this.#sql.data.all(begin, end) as Buffer[];
  }

  leafHash(leafIndex: number): Uint8Array | undefined {
    const data = this.#sql.datum.get(leafIndex) as Buffer | undefined;
    return data && leafHash(data);
  }

  /** Names of the objects that entries have their contents in, hex; one can come twice. */
  objectIds(): Iterable<string> {
    return this.#sql.objects.iterate() as Iterable<string>;
  }

  indexedEntries(begin: number, end: number): IndexedEntry[] {
    const rows = this.#sql.indexed.all(begin, end) as [number, Buffer, Buffer | null][];
    return rows.map(([leafIndex, data, eventKey]) => ({ leafIndex, data, eventKey }));
  }

  loansAfter(id: number, limit: number): IndexedLoan[] {
    const rows = this.#sql.loansAfter.all(id, limit) as Omit<StoredLoan, 'mac'>[];
    return rows.map((row) => ({
      id: row.id,
      loanKey: loanKey(row.evidence_no),
      reference: row.reference,
    }));
  }

  loans(): LoanRow[] {
    return (this.#sql.loans.all() as StoredLoan[]).map(toLoanRow);
  }

  loan(id: number | undefined): LoanRow | undefined {
    const row = id === undefined ? undefined : (this.#sql.loan.get(id) as StoredLoan | undefined);
    return row && toLoanRow(row);
  }

  latestCheckpoint(): CheckpointRow | undefined {
    return this.#checkpoint(this.#sql.latest.get());
  }

  checkpoint(size: number): CheckpointRow | undefined {
    return this.#checkpoint(this.#sql.checkpoint.get(size));
  }

  checkpointBefore(size: number): CheckpointRow | undefined {
    return this.#checkpoint(this.#sql.before.get(size));
  }

  checkpointAfter(size: number): CheckpointRow | undefined {
    return this.#checkpoint(this.#sql.after.get(size));
  }

  checkpoints(): CheckpointRow[] {
    return this.#sql.checkpoints.all().flatMap((row) => this.#checkpoint(row) ?? []);
  }

  /** Size of the first checkpoint above `size`. */
  checkpointSizeAbove(size: number): number | undefined {
    return (this.#sql.sizeAbove.get(size) as number | null) ?? undefined;
  }

  /** Size of the last checkpoint up to `size`; 0 when there is none. */
  checkpointSizeUpTo(size: number): number {
    return this.#sql.sizeUpTo.get(size) as number;
  }

  #checkpoint(found: unknown): CheckpointRow | undefined {
    if (found === undefined) return undefined;
    const row = found as StoredCheckpoint;
    return toCheckpointRow(row, this.#sql.datum.get(row.size - 1) as Buffer | undefined);
  }
}
