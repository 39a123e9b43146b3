import { EvidenceError } from '../../evidence/errors.ts';
import type { AppendBatch, CheckpointRow, EntryRow, EvidenceStore } from '../../evidence/ports.ts';
import { explainDiskFull } from '../system/disk-full.ts';
import { checkEvidenceTables } from './check-evidence-tables.ts';
import {
  checkpointFields,
  depositFields,
  hexColumn,
  loanFields,
  rowMac,
  type StoredCheckpoint,
  type StoredEntry,
  type StoredLoan,
  toCheckpointRow,
  toEntryRow,
  toLoanRow,
} from './evidence-rows.ts';
import { EVIDENCE_SCHEMA } from './evidence-schema.ts';
import type { SqliteDatabase } from './open-database.ts';

const ENTRY = `SELECT e.*, d.event_key, d.sealed_statement, d.sealed_content, d.object_id, d.mac
  FROM entries e LEFT JOIN deposits d USING (leaf_index)`;

function prepare(db: SqliteDatabase) {
  return {
    size: db.prepare('SELECT coalesce(max(leaf_index) + 1, 0) AS size FROM entries'),
    insertLoan: db.prepare('INSERT INTO loans VALUES (?, ?, ?, ?)'),
    insertEntry: db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)'),
    insertDeposit: db.prepare('INSERT INTO deposits VALUES (?, ?, ?, ?, ?, ?)'),
    insertNode: db.prepare('INSERT OR IGNORE INTO map_nodes VALUES (?, ?)'),
    insertCheckpoint: db.prepare('INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?)'),
    loanByReference: db.prepare('SELECT * FROM loans WHERE reference = ?'),
    loanByNumber: db.prepare('SELECT * FROM loans WHERE evidence_no = ?'),
    loans: db.prepare('SELECT * FROM loans ORDER BY reference'),
    event: db.prepare('SELECT leaf_index FROM deposits WHERE event_key = ?').pluck(),
    entries: db.prepare(`${ENTRY} WHERE e.leaf_index >= ? AND e.leaf_index < ? ORDER BY 1`),
    hashes: db
      .prepare(
        'SELECT leaf_hash FROM entries WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index',
      )
      .pluck(),
    loanEntries: db.prepare(`${ENTRY} WHERE e.loan_key = ? AND e.leaf_index < ? ORDER BY e.seq`),
    loanEntry: db.prepare(`${ENTRY} WHERE e.loan_key = ? AND e.seq = ?`),
    lastEntry: db.prepare(`${ENTRY} WHERE e.loan_key = ? ORDER BY e.seq DESC LIMIT 1`),
    node: db.prepare('SELECT node FROM map_nodes WHERE hash = ?').pluck(),
    latest: db.prepare('SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1'),
    checkpoint: db.prepare('SELECT * FROM checkpoints WHERE size = ?'),
    checkpoints: db.prepare('SELECT * FROM checkpoints ORDER BY size'),
  };
}

/** A gap could never be filled, and a place that is taken is somebody's entry. */
function requireNextPlaces({ entries }: AppendBatch, size: number): void {
  const wrong = entries.find((entry, i) => entry.leafIndex !== size + i);
  if (wrong === undefined) return;
  const what = `entry ${wrong.leafIndex} was to be appended to a log of ${size} entries`;
  throw new EvidenceError('LOG_DAMAGED', what, 'Stop the service and run "cunzheng log check".');
}

/**
 * The evidence tables in SQLite. Calls finish within themselves (better-sqlite3 is synchronous);
 * the port is asynchronous for databases that are not.
 * @param macKey key of the row HMACs, derived from the master key
 */
export function createSqliteEvidenceStore(db: SqliteDatabase, macKey: Uint8Array): EvidenceStore {
  db.exec(EVIDENCE_SCHEMA);
  const sql = prepare(db);
  const size = () => (sql.size.get() as { size: number }).size;
  const append = db.transaction((batch: AppendBatch) => {
    requireNextPlaces(batch, size());
    for (const loan of batch.loans) {
      const row = {
        loan_key: Buffer.from(loan.loanKey, 'hex'),
        evidence_no: loan.evidenceNo,
        reference: loan.reference,
      };
      const fields = loanFields(row);
      sql.insertLoan.run(...fields, rowMac(macKey, 'loans', fields));
    }
    for (const entry of batch.entries) insertEntry(entry);
    for (const [hash, node] of batch.mapNodes ?? []) {
      sql.insertNode.run(Buffer.from(hash, 'hex'), node);
    }
    if (batch.checkpoint !== undefined) insertCheckpoint(batch.checkpoint);
  });
  const insertEntry = (entry: EntryRow) => {
    const { leafIndex, leafHash, data, deposit } = entry;
    sql.insertEntry.run(leafIndex, leafHash, data, hexColumn(entry.loanKey), entry.seq ?? null);
    if (deposit === undefined) return;
    const fields = depositFields({
      leaf_index: leafIndex,
      event_key: hexColumn(deposit.eventKey),
      sealed_statement: Buffer.from(deposit.sealedStatement),
      sealed_content: deposit.sealedContent ? Buffer.from(deposit.sealedContent) : null,
      object_id: hexColumn(deposit.objectId),
    });
    sql.insertDeposit.run(...fields, rowMac(macKey, 'deposits', fields));
  };
  const insertCheckpoint = (row: CheckpointRow) => {
    const map_root = Buffer.from(row.mapRoot, 'hex');
    const { size, note, publishedAt } = row;
    const fields = checkpointFields({ size, note, map_root, published_at: publishedAt });
    sql.insertCheckpoint.run(...fields, rowMac(macKey, 'checkpoints', fields));
  };
  const loan = (row: unknown) => (row === undefined ? undefined : toLoanRow(row as StoredLoan));
  const entry = (row: unknown) => (row === undefined ? undefined : toEntryRow(row as StoredEntry));
  const checkpoint = (row: unknown) =>
    row === undefined ? undefined : toCheckpointRow(row as StoredCheckpoint);

  return {
    treeSize: async () => size(),
    append: async (batch) => {
      try {
        append.immediate(batch);
      } catch (error) {
        throw explainDiskFull(error);
      }
    },
    findLoan: async (reference) => loan(sql.loanByReference.get(reference)),
    findLoanByEvidenceNo: async (no) => loan(sql.loanByNumber.get(no)),
    listLoans: async () => (sql.loans.all() as StoredLoan[]).map(toLoanRow),
    findEvent: async (key) => sql.event.get(Buffer.from(key, 'hex')) as number | undefined,
    readEntries: async (begin, end) =>
      (sql.entries.all(begin, end) as StoredEntry[]).map(toEntryRow),
    leafHashes: async (begin, end) => Buffer.concat(sql.hashes.all(begin, end) as Buffer[]),
    loanEntries: async (key, below = Number.MAX_SAFE_INTEGER) =>
      (sql.loanEntries.all(Buffer.from(key, 'hex'), below) as StoredEntry[]).map(toEntryRow),
    loanEntry: async (key, seq) => entry(sql.loanEntry.get(Buffer.from(key, 'hex'), seq)),
    lastLoanEntry: async (key) => entry(sql.lastEntry.get(Buffer.from(key, 'hex'))),
    latestCheckpoint: async () => checkpoint(sql.latest.get()),
    checkpoint: async (size) => checkpoint(sql.checkpoint.get(size)),
    listCheckpoints: async () => (sql.checkpoints.all() as StoredCheckpoint[]).map(toCheckpointRow),
    mapNode: async (hash) => sql.node.get(Buffer.from(hash, 'hex')) as Buffer | undefined,
    checkIntegrity: async () => checkEvidenceTables(db, macKey),
  };
}
