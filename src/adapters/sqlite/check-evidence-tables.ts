import { checkSchema } from './check-schema.ts';
import {
  checkpointFields,
  loanFields,
  macHolds,
  rowMac,
  type StoredCheckpoint,
  type StoredLoan,
} from './evidence-rows.ts';
import { EVIDENCE_SCHEMA } from './evidence-schema.ts';
import { fileProblems, type SqliteDatabase } from './open-database.ts';

/**
 * What neither log nor signature covers: the file's structure, and the HMACs of loans and
 * checkpoints. Entries are covered by themselves: the check of the log opens and recomputes them.
 * @returns one line a finding, naming table and row; nothing when all is well
 */
export function checkEvidenceTables(db: SqliteDatabase, macKey: Uint8Array): string[] {
  const structure = fileProblems(db).map((line) => `evidence.db: ${line}`);
  if (structure.length > 0) return structure;
  return [
    ...checkSchema(db, EVIDENCE_SCHEMA),
    ...checkLoans(db, macKey),
    ...checkCheckpoints(db, macKey),
  ];
}

function* checkLoans(db: SqliteDatabase, macKey: Uint8Array): Generator<string> {
  const rows = db.prepare('SELECT * FROM loans ORDER BY id').iterate() as Iterable<StoredLoan>;
  let expected = 1;
  for (const row of rows) {
    if (row.id !== expected) yield `evidence.db: table loans: row ${expected} is missing`;
    expected = row.id + 1;
    if (!macHolds(row.mac, rowMac(macKey, 'loans', loanFields(row)))) {
      yield `evidence.db: table loans: row ${row.id} was changed`;
    }
  }
}

function* checkCheckpoints(db: SqliteDatabase, macKey: Uint8Array): Generator<string> {
  const rows = db.prepare('SELECT * FROM checkpoints').iterate() as Iterable<StoredCheckpoint>;
  for (const row of rows) {
    if (!macHolds(row.mac, rowMac(macKey, 'checkpoints', checkpointFields(row)))) {
      yield `evidence.db: table checkpoints: the row of size ${row.size} was changed`;
    }
  }
}
