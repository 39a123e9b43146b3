import { toHex } from '../../formats/bytes.ts';
import { sha256 } from '../../formats/digest.ts';
import { loanKey } from '../../formats/evidence-number.ts';
import { checkSchema } from './check-schema.ts';
import {
  checkpointFields,
  depositFields,
  loanFields,
  macHolds,
  rowMac,
  type StoredCheckpoint,
  type StoredEntry,
  type StoredLoan,
} from './evidence-rows.ts';
import { EVIDENCE_SCHEMA } from './evidence-schema.ts';
import { fileProblems, type SqliteDatabase } from './open-database.ts';

/**
 * What neither log nor signature covers: the file's structure, and every row's HMAC.
 * @returns one line a finding, naming table and row; nothing when all is well
 */
export function checkEvidenceTables(db: SqliteDatabase, macKey: Uint8Array): string[] {
  const structure = fileProblems(db).map((line) => `evidence.db: ${line}`);
  if (structure.length > 0) return structure;
  return [
    ...checkSchema(db, EVIDENCE_SCHEMA),
    ...checkLoans(db, macKey),
    ...checkDeposits(db, macKey),
    ...checkRest(db, macKey),
  ];
}

function* checkLoans(db: SqliteDatabase, macKey: Uint8Array): Generator<string> {
  for (const row of db.prepare('SELECT * FROM loans').iterate() as Iterable<StoredLoan>) {
    const sound =
      macHolds(row.mac, rowMac(macKey, 'loans', loanFields(row))) &&
      toHex(loanKey(row.evidence_no)) === toHex(row.loan_key);
    if (!sound)
      yield `evidence.db: table loans: the row of loan key ${toHex(row.loan_key)} was changed`;
  }
}

function* checkDeposits(db: SqliteDatabase, macKey: Uint8Array): Generator<string> {
  const rows = db.prepare('SELECT * FROM deposits').iterate() as Iterable<StoredEntry>;
  for (const row of rows) {
    const sound = row.mac && macHolds(row.mac, rowMac(macKey, 'deposits', depositFields(row)));
    if (!sound) yield `evidence.db: table deposits: the row of entry ${row.leaf_index} was changed`;
  }
  const missing = db
    .prepare(
      `SELECT e.leaf_index FROM entries e LEFT JOIN deposits d USING (leaf_index)
       WHERE (e.loan_key IS NULL) <> (d.leaf_index IS NULL)`,
    )
    .pluck()
    .all() as number[];
  for (const index of missing) {
    yield `evidence.db: table deposits: entry ${index} has lost or gained its deposit`;
  }
  const orphans = db
    .prepare(
      'SELECT leaf_index FROM deposits WHERE leaf_index NOT IN (SELECT leaf_index FROM entries)',
    )
    .pluck()
    .all() as number[];
  for (const index of orphans) yield `evidence.db: table entries: entry ${index} is missing`;
}

function* checkRest(db: SqliteDatabase, macKey: Uint8Array): Generator<string> {
  const checkpoints = db.prepare('SELECT * FROM checkpoints').all() as StoredCheckpoint[];
  for (const row of checkpoints) {
    const mac = rowMac(macKey, 'checkpoints', checkpointFields(row));
    if (!macHolds(row.mac, mac)) {
      yield `evidence.db: table checkpoints: the row of size ${row.size} was changed`;
    }
  }
  type NodeRow = { hash: Buffer; node: Buffer };
  for (const row of db.prepare('SELECT * FROM map_nodes').iterate() as Iterable<NodeRow>) {
    if (toHex(sha256(row.node)) !== toHex(row.hash)) {
      yield `evidence.db: table map_nodes: the node ${toHex(row.hash)} was changed`;
    }
  }
}
