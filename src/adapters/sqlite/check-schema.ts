import { basename } from 'node:path';
import Database from 'better-sqlite3';
import type { SqliteDatabase } from './open-database.ts';

interface SchemaObject {
  type: string;
  name: string;
  tbl_name: string;
  sql: string | null;
}

const READ = 'SELECT type, name, tbl_name, sql FROM sqlite_master';

/**
 * Compares tables, indexes and triggers with what `schema` makes in an empty database. A trigger
 * that was dropped or weakened lets the past be rewritten without any row being changed yet.
 * @param schema SQL that creates everything the database should have on its tables
 * @returns one line a finding
 */
export function checkSchema(db: SqliteDatabase, schema: string): string[] {
  const model = new Database(':memory:');
  try {
    model.exec(schema);
    const wanted = model.prepare(READ).all() as SchemaObject[];
    const tables = new Set(wanted.map((object) => object.tbl_name));
    const found = (db.prepare(READ).all() as SchemaObject[]).filter(
      ({ type, tbl_name }) => type !== 'table' || tables.has(tbl_name),
    );
    return differences(wanted, found, tables).map(
      (line) => `${basename(db.name)}: schema: ${line}`,
    );
  } finally {
    model.close();
  }
}

function differences(wanted: SchemaObject[], found: SchemaObject[], tables: Set<string>) {
  const findings: string[] = [];
  const left = new Map(found.map((object) => [`${object.type} ${object.name}`, object]));
  for (const object of wanted) {
    const name = `${object.type} ${object.name}`;
    const same = left.get(name);
    left.delete(name);
    if (same === undefined) findings.push(`${name} is missing`);
    else if (same.sql !== object.sql || same.tbl_name !== object.tbl_name) {
      findings.push(`${name} was changed`);
    }
  }
  for (const [name, { tbl_name }] of left) {
    if (tables.has(tbl_name)) findings.push(`${name} does not belong there`);
  }
  return findings;
}
