import { createHash } from 'node:crypto';
import { EvidenceError } from '../../evidence/errors.ts';
import type { LoanHead } from '../../evidence/ports.ts';
import { equalBytes } from '../../formats/bytes.ts';
import { sha256 } from '../../formats/digest.ts';
import { mapKeyHash, mapValueHash } from '../../formats/loan-map.ts';
import { leafHash } from '../../formats/merkle.ts';
import { INDEX_SCHEMA, INDEX_VERSION } from './evidence-index-schema.ts';
import { depositEntryOf } from './evidence-rows.ts';
import type { SqliteDatabase } from './open-database.ts';

/** What the index takes from an entry of evidence.db. */
export interface IndexedEntry {
  leafIndex: number;
  data: Uint8Array;
  eventKey: Buffer | null;
}

/** What the index takes from a loan of evidence.db. */
export interface IndexedLoan {
  id: number;
  /** 32 bytes. */
  loanKey: Uint8Array;
  reference: string;
}

/** How far the index is; `tip`: leaf hash of the last entry in it. */
export interface IndexState {
  indexed: number;
  tip: Buffer;
  mapped: number;
  loans: number;
}

/** An entry's place within its loan. */
export interface EntryLink {
  loan: number;
  seq: number;
  previous: number | null;
}

interface HeadRow {
  loan: number;
  key_hash: Buffer;
  count: number;
  leaf_index: number;
  leaf_hash: Buffer;
  value_hash: Buffer;
}

const HEAD_CACHE = 50_000;

function prepare(db: SqliteDatabase) {
  const insert = (table: string, marks: number, verb = 'INSERT') =>
    db.prepare(`${verb} INTO ${table} VALUES (${Array(marks).fill('?').join(', ')})`);
  return {
    state: db.prepare('SELECT indexed, tip, mapped, loans FROM state'),
    setIndexed: db.prepare('UPDATE state SET indexed = ?, tip = ?'),
    setLoans: db.prepare('UPDATE state SET loans = ?'),
    event: db.prepare('SELECT leaf_index FROM events WHERE event_key = ?').pluck(),
    loanByKey: db.prepare('SELECT loan FROM loans_by_key WHERE key_hash = ?').pluck(),
    loanByReference: db.prepare('SELECT loan FROM loans_by_reference WHERE reference = ?').pluck(),
    head: db.prepare('SELECT * FROM loan_heads WHERE loan = ?'),
    link: db.prepare('SELECT loan, seq, previous FROM entry_links WHERE leaf_index = ?'),
    insertEvent: insert('events', 2, 'INSERT OR IGNORE'),
    insertKey: insert('loans_by_key', 4, 'INSERT OR IGNORE'),
    insertReference: insert('loans_by_reference', 2, 'INSERT OR IGNORE'),
    putHead: insert('loan_heads', 6, 'INSERT OR REPLACE'),
    insertLink: insert('entry_links', 4, 'INSERT OR IGNORE'),
  };
}

/** The lender's identifier does not stand in the index in clear. */
function referenceKey(reference: string): Buffer {
  return createHash('sha256').update(reference).digest().subarray(0, 16);
}

const none = Buffer.alloc(0);

const byBytes = (a: [Uint8Array, ...unknown[]], b: [Uint8Array, ...unknown[]]) =>
  Buffer.compare(a[0], b[0]);

/**
 * The indexes of the log in a database of their own. It believes what stands in evidence.db: what
 * is wrong there is for the check to name. Rows that make no sense are left out.
 */
export class EvidenceIndex {
  readonly db: SqliteDatabase;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #heads = new Map<number, HeadRow>();

  constructor(db: SqliteDatabase) {
    db.exec(INDEX_SCHEMA);
    db.pragma(`user_version = ${INDEX_VERSION}`);
    this.db = db;
    this.#sql = prepare(db);
  }

  state(): IndexState {
    return this.#sql.state.get() as IndexState;
  }

  /** @param eventKey 16 bytes */
  event(eventKey: Uint8Array): number | undefined {
    return this.#sql.event.get(eventKey) as number | undefined;
  }

  /** @returns the loan's id in evidence.db */
  loanByKey(loanKey: Uint8Array): number | undefined {
    return this.#sql.loanByKey.get(mapKeyHash(loanKey)) as number | undefined;
  }

  loanByReference(reference: string): number | undefined {
    return this.#sql.loanByReference.get(referenceKey(reference)) as number | undefined;
  }

  link(leafIndex: number): EntryLink | undefined {
    return this.#sql.link.get(leafIndex) as EntryLink | undefined;
  }

  /** @throws EvidenceError INDEX_DAMAGED: the log is written on from here, so it must be right */
  head(loan: number): LoanHead | undefined {
    const row = this.#headRow(loan);
    if (row === undefined) return undefined;
    const value = mapValueHash({ count: row.count, head: row.leaf_hash });
    if (equalBytes(value, row.value_hash)) {
      return { count: row.count, leafIndex: row.leaf_index, leafHash: row.leaf_hash };
    }
    const what = `index.db: the head of loan ${loan} was changed`;
    throw new EvidenceError('INDEX_DAMAGED', what, 'Start again: the index is made anew.');
  }

  #headRow(loan: number): HeadRow | undefined {
    return this.#sql.head.get(loan) as HeadRow | undefined;
  }

  /** Adds loans in the order of their ids; must stand in a transaction. */
  addLoans(loans: IndexedLoan[]): void {
    const keys: [Uint8Array, number][] = [];
    const references: [Uint8Array, number][] = [];
    for (const { id, loanKey, reference } of loans) {
      keys.push([mapKeyHash(loanKey), id]);
      references.push([referenceKey(reference), id]);
    }
    // In the order of the tree: pages of a batch are then touched once each.
    for (const [key, id] of keys.sort(byBytes)) this.#sql.insertKey.run(key, id, null, null);
    for (const [key, id] of references.sort(byBytes)) this.#sql.insertReference.run(key, id);
    const last = loans.at(-1);
    if (last !== undefined) this.#sql.setLoans.run(last.id);
  }

  /**
   * Adds the next entries, up to `end`; must stand in a transaction.
   * @returns leaf indexes of entries whose event has an earlier one
   */
  addEntries(entries: IndexedEntry[], end: number): number[] {
    const events: [Uint8Array, number][] = [];
    const heads = new Map<string, HeadRow>();
    for (const { leafIndex, data, eventKey } of entries) {
      if (eventKey !== null) events.push([eventKey, leafIndex]);
      const entry = depositEntryOf(data);
      const head = entry && (heads.get(entry.loan) ?? this.#headOf(entry.loan));
      if (entry === undefined || head === undefined) continue;
      const previous = entry.seq === 0 ? null : head.leaf_index;
      this.#sql.insertLink.run(leafIndex, head.loan, entry.seq, previous);
      const leaf_hash = Buffer.from(leafHash(data));
      heads.set(entry.loan, { ...head, count: entry.seq + 1, leaf_index: leafIndex, leaf_hash });
    }
    this.#putHeads([...heads.values()]);
    const tip = entries.at(-1);
    this.#sql.setIndexed.run(end, tip === undefined ? none : leafHash(tip.data));
    return this.#addEvents(events);
  }

  #addEvents(events: [Uint8Array, number][]): number[] {
    const repeated: number[] = [];
    for (const [key, leafIndex] of events.sort(byBytes)) {
      if (this.#sql.insertEvent.run(key, leafIndex).changes === 0) repeated.push(leafIndex);
    }
    return repeated;
  }

  #putHeads(heads: HeadRow[]): void {
    if (this.#heads.size > HEAD_CACHE) this.#heads.clear();
    for (const row of heads.sort((a, b) => a.loan - b.loan)) {
      row.value_hash = Buffer.from(mapValueHash({ count: row.count, head: row.leaf_hash }));
      const { loan, key_hash, count, leaf_index, leaf_hash, value_hash } = row;
      this.#sql.putHead.run(loan, key_hash, count, leaf_index, leaf_hash, value_hash);
      this.#heads.set(loan, row);
    }
  }

  /** The head of a known loan, which may have no entry yet. */
  #headOf(loanKeyHex: string): HeadRow | undefined {
    const key_hash = Buffer.from(sha256(Buffer.from(loanKeyHex, 'hex')));
    const loan = this.#sql.loanByKey.get(key_hash) as number | undefined;
    if (loan === undefined) return undefined;
    const none = { count: 0, leaf_index: -1, leaf_hash: Buffer.alloc(32), value_hash: key_hash };
    return this.#heads.get(loan) ?? this.#headRow(loan) ?? { loan, key_hash, ...none };
  }

  /** Forgets what it holds in memory, after a transaction that was rolled back. */
  forget(): void {
    this.#heads.clear();
  }
}
