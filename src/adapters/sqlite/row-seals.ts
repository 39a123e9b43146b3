import { macHolds, rowMac } from './evidence-rows.ts';
import { insertOnly, type SqliteDatabase } from './open-database.ts';

/** Table of the seals; see `sealTables`. */
export const ROW_SEALS_SCHEMA = `
CREATE TABLE IF NOT EXISTS row_seals (
  n INTEGER PRIMARY KEY,
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  mac BLOB NOT NULL,
  UNIQUE (table_name, row_key)
) STRICT;
${insertOnly('row_seals')}
`;

interface StoredSeal {
  n: number;
  table_name: string;
  row_key: string;
  mac: Buffer;
}

type Field = string | number | Uint8Array | null;

interface SealedTable {
  name: string;
  key: string;
  columns: string[];
}

/** What is known of the sealed tables. */
export interface RowSeals {
  /** One line a finding, naming table and row; nothing when all rows are as they were written. */
  check(): string[];
}

/**
 * Seals every row that is written to `tables` from now on: an HMAC over the row and the seal before
 * it, written by the same statement. So a changed, added or deleted row is noticed, and the seals
 * are one chain: what can be cut off unnoticed is its end, with the rows it seals.
 *
 * The sealing is done by triggers in this connection's own temporary schema: whoever writes stays
 * as it is, and a writer that goes around the service leaves rows without seal.
 * @param tables existing tables with a primary key of one column
 * @param macKey derived from the master key
 */
export function sealTables(db: SqliteDatabase, macKey: Uint8Array, tables: string[]): RowSeals {
  db.exec(ROW_SEALS_SCHEMA);
  const macOf = (n: number, before: Field, fields: Field[]) =>
    rowMac(macKey, 'row_seals', [n, before, ...fields]);
  db.function('row_seal', { varargs: true }, (n: number, before: Field, ...fields: Field[]) =>
    macOf(n, before, fields),
  );
  const sealed = tables.map((name) => describeTable(db, name));
  for (const table of sealed) db.exec(sealTrigger(table));
  return { check: () => [...checkSeals(db, sealed, macOf), ...unsealed(db, sealed)] };
}

function describeTable(db: SqliteDatabase, name: string): SealedTable {
  const columns = db.pragma(`table_info(${name})`) as { name: string; pk: number }[];
  const key = columns.find((column) => column.pk === 1);
  if (key === undefined) throw new RangeError(`table ${name} has no primary key to seal rows by`);
  return { name, key: key.name, columns: columns.map((column) => column.name) };
}

function sealTrigger({ name, key, columns }: SealedTable): string {
  const n = '(SELECT coalesce(max(n), 0) + 1 FROM main.row_seals)';
  const before = '(SELECT mac FROM main.row_seals ORDER BY n DESC LIMIT 1)';
  const fields = columns.map((column) => `NEW.${column}`).join(', ');
  return `
CREATE TEMP TRIGGER IF NOT EXISTS ${name}_is_sealed AFTER INSERT ON main.${name}
BEGIN
  INSERT INTO row_seals (n, table_name, row_key, mac)
  VALUES (${n}, '${name}', CAST(NEW.${key} AS TEXT),
    row_seal(${n}, ${before}, '${name}', CAST(NEW.${key} AS TEXT), ${fields}));
END;`;
}

function* checkSeals(
  db: SqliteDatabase,
  tables: SealedTable[],
  macOf: (n: number, before: Field, fields: Field[]) => Uint8Array,
): Generator<string> {
  const readers = new Map(
    tables.map(({ name, key, columns }) => {
      const sql = `SELECT ${columns.join(', ')} FROM ${name} WHERE CAST(${key} AS TEXT) = ?`;
      return [name, db.prepare(sql).raw()];
    }),
  );
  let before: Buffer | null = null;
  let expected = 1;
  const seals = db.prepare('SELECT * FROM row_seals ORDER BY n').all() as StoredSeal[];
  for (const { n, table_name, row_key, mac } of seals) {
    if (n !== expected) yield `evidence.db: table row_seals: seal ${expected} is missing`;
    expected = n + 1;
    const reader = readers.get(table_name);
    const row = reader?.get(row_key) as Field[] | undefined;
    const where = `evidence.db: table ${table_name}: row ${row_key}`;
    if (reader === undefined) yield `evidence.db: table row_seals: seal ${n} is of no sealed table`;
    else if (row === undefined) yield `${where} is missing (seal ${n} of table row_seals)`;
    else if (!macHolds(mac, macOf(n, before, [table_name, row_key, ...row]))) {
      yield `${where} or its seal ${n} of table row_seals was changed`;
    }
    before = mac;
  }
}

function* unsealed(db: SqliteDatabase, tables: SealedTable[]): Generator<string> {
  for (const { name, key } of tables) {
    const sql = `SELECT CAST(${key} AS TEXT) FROM ${name} WHERE CAST(${key} AS TEXT) NOT IN
      (SELECT row_key FROM row_seals WHERE table_name = '${name}')`;
    for (const row of db.prepare(sql).pluck().all()) {
      const why = 'has no seal in table row_seals, so the service did not write it';
      yield `evidence.db: table ${name}: row ${row} ${why}`;
    }
  }
}
