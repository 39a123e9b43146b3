import { EvidenceError } from '../../evidence/errors.ts';
import type {
  AppendBatch,
  CheckpointRow,
  EntryRow,
  LoanHead,
  LoanRow,
} from '../../evidence/ports.ts';
import { type DepositEntry, NO_PREVIOUS } from '../../formats/entry.ts';
import { leafHash } from '../../formats/merkle.ts';
import {
  checkpointFields,
  depositEntryOf,
  hexColumn,
  hexOf,
  loanFields,
  rowMac,
} from './evidence-rows.ts';
import type { TailBatch } from './evidence-tail.ts';
import type { SqliteDatabase } from './open-database.ts';

/** What the log holds already. */
interface Known {
  event(eventKey: string): number | undefined;
  head(loanKey: string): LoanHead | undefined;
  knowsLoan(loanKey: string): boolean;
  loanByReference(reference: string): LoanRow | undefined;
}

function refuse(what: string): EvidenceError {
  const remedy = 'Stop the service and run "cunzheng log check".';
  return new EvidenceError('LOG_DAMAGED', what, remedy);
}

/**
 * A batch must continue the log: a gap could never be filled, a place that is taken is somebody's
 * entry, and what is written twice here could never be taken back.
 * @returns what the batch adds, for look-ups
 * @throws EvidenceError LOG_DAMAGED
 */
export function requireContinuation(batch: AppendBatch, size: number, known: Known): TailBatch {
  const added: TailBatch = {
    end: size + batch.entries.length,
    events: new Map(),
    loans: batch.loans,
    heads: new Map(),
    links: new Map(),
  };
  const newLoans = new Set<string>();
  for (const { loanKey, reference } of batch.loans) {
    const isKnown = known.knowsLoan(loanKey) || known.loanByReference(reference) !== undefined;
    if (isKnown || newLoans.has(loanKey)) throw refuse(`loan ${loanKey} is there already`);
    newLoans.add(loanKey);
  }
  for (const [i, row] of batch.entries.entries()) {
    if (row.leafIndex !== size + i) {
      throw refuse(`entry ${row.leafIndex} was to be appended to a log of ${size + i} entries`);
    }
    if (row.deposit === undefined) continue;
    const entry = depositEntryOf(row.data);
    if (entry === undefined) throw refuse(`entry ${row.leafIndex} is no deposit`);
    const isLoan = newLoans.has(entry.loan) || known.knowsLoan(entry.loan);
    if (!isLoan) throw refuse(`entry ${row.leafIndex} is of no known loan`);
    addEntry(added, row, entry, known);
  }
  return added;
}

function addEntry(added: TailBatch, row: EntryRow, entry: DepositEntry, known: Known): void {
  const { leafIndex, data, deposit } = row;
  const head = added.heads.get(entry.loan) ?? known.head(entry.loan);
  const [count, previous] = head ? [head.count, hexOf(head.leafHash)] : [0, NO_PREVIOUS];
  if (entry.seq !== count || entry.prev !== previous) {
    throw refuse(`entry ${leafIndex} has number ${entry.seq} of its loan, the next is ${count}`);
  }
  const eventKey = deposit?.eventKey ?? '';
  const earlier = added.events.get(eventKey) ?? known.event(eventKey);
  if (earlier !== undefined) throw refuse(`the event of entry ${leafIndex} has entry ${earlier}`);
  added.events.set(eventKey, leafIndex);
  added.links.set(leafIndex, head?.leafIndex ?? null);
  added.heads.set(entry.loan, { count: count + 1, leafIndex, leafHash: leafHash(data) });
}

/** Writes batches to evidence.db. */
export class EvidenceWriter {
  readonly #macKey: Uint8Array;
  readonly #append: (batch: AppendBatch) => void;

  constructor(db: SqliteDatabase, macKey: Uint8Array) {
    this.#macKey = macKey;
    const lastLoan = db.prepare('SELECT coalesce(max(id), 0) FROM loans').pluck();
    const insertLoan = db.prepare('INSERT INTO loans VALUES (?, ?, ?, ?)');
    const insertEntry = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)');
    const insertCheckpoint = db.prepare('INSERT INTO checkpoints VALUES (?, ?, ?, ?)');
    const transaction = db.transaction(({ loans, entries, checkpoint }: AppendBatch) => {
      let id = loans.length === 0 ? 0 : (lastLoan.get() as number);
      for (const loan of loans) insertLoan.run(...this.#loanColumns(++id, loan));
      for (const { leafIndex, data, deposit } of entries) {
        const eventKey = hexColumn(deposit?.eventKey);
        const objectId = hexColumn(deposit?.objectId);
        insertEntry.run(leafIndex, data, eventKey, objectId, deposit?.sealed ?? null);
      }
      if (checkpoint !== undefined) insertCheckpoint.run(...this.#checkpointColumns(checkpoint));
    });
    this.#append = (batch) => transaction.immediate(batch);
  }

  /** All of the batch is on disk when this returns, or nothing of it. */
  append(batch: AppendBatch): void {
    this.#append(batch);
  }

  #loanColumns(id: number, loan: LoanRow) {
    const fields = loanFields({
      id,
      evidence_no: loan.evidenceNo,
      reference: loan.reference,
    });
    return [...fields, rowMac(this.#macKey, 'loans', fields)];
  }

  #checkpointColumns({ size, note, publishedAt }: CheckpointRow) {
    const fields = checkpointFields({ size, note, published_at: publishedAt });
    return [...fields, rowMac(this.#macKey, 'checkpoints', fields)];
  }
}
