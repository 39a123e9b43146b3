import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

export type Value = string | number | Buffer | null;

/** Files below a folder, relative paths, without the lock that holds nothing. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'lock')
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

/** At most `count` offsets spread over a file, the first and the last byte among them. */
export function offsetsOf(size: number, count: number): number[] {
  const step = Math.max(1, Math.floor(size / count));
  const offsets: number[] = [];
  for (let at = 0; at < size; at += step) offsets.push(at);
  return [...new Set([...offsets, size - 1])];
}

/** Changes one bit of a file while `look` runs, and puts it back. */
export async function withFlip<T>(
  path: string,
  offset: number,
  look: () => Promise<T>,
  mask = 1,
): Promise<T> {
  const sound = readFileSync(path);
  const changed = Buffer.from(sound);
  changed[offset] = (changed[offset] ?? 0) ^ mask;
  writeFileSync(path, changed);
  try {
    return await look();
  } finally {
    writeFileSync(path, sound);
  }
}

/** Every row of every table and the schema, as text. Two equal dumps hold the same facts. */
export function logicalDump(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    const tables = tableNames(db);
    const schema = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 2');
    const rows = tables.map((name) => [name, db.prepare(`SELECT * FROM ${name}`).raw().all()]);
    return JSON.stringify([schema.all(), rows]);
  } finally {
    db.close();
  }
}

function tableNames(db: Database.Database): string[] {
  const sql = `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`;
  return db.prepare(sql).pluck().all() as string[];
}

/** One place in a table. */
export interface Cell {
  table: string;
  /** Name and value of the primary key. */
  key: [string, Value];
  column: string;
  value: Value;
}

/**
 * A connection of somebody who goes around the service: no triggers, no checks of constraints. The
 * triggers are back in place, to the letter, after each deed.
 */
export class Intruder {
  readonly #db: Database.Database;

  constructor(path: string) {
    this.#db = new Database(path);
    this.#db.pragma('foreign_keys = OFF');
    this.#db.pragma('ignore_check_constraints = ON');
  }

  close(): void {
    this.#db.close();
  }

  get tables(): string[] {
    return tableNames(this.#db);
  }

  cells(table: string): Cell[] {
    const columns = this.#db.pragma(`table_info(${table})`) as { name: string; pk: number }[];
    const key = columns.find((column) => column.pk === 1)?.name ?? 'rowid';
    const rows = this.#db.prepare(`SELECT * FROM ${table}`).all() as Record<string, Value>[];
    return rows.flatMap((row) =>
      columns.map(({ name }) => ({
        table,
        key: [key, row[key] ?? null] as [string, Value],
        column: name,
        value: row[name] ?? null,
      })),
    );
  }

  /** Writes another value of the same type. @returns the deed's undoing */
  change(cell: Cell): () => void {
    const { table, key, column, value } = cell;
    const type = this.#db
      .prepare('SELECT type FROM pragma_table_info(?) WHERE name = ?')
      .pluck()
      .get(table, column) as string;
    const changed = otherValue(value, type);
    const sql = `UPDATE ${table} SET ${column} = ? WHERE ${key[0]} = ?`;
    this.#without(table, () => this.#db.prepare(sql).run(changed, key[1]));
    const keyNow = column === key[0] ? changed : key[1];
    return () => this.#without(table, () => this.#db.prepare(sql).run(value, keyNow));
  }

  /** Deletes the row of a cell. @returns the deed's undoing */
  remove({ table, key }: Cell): () => void {
    const where = `FROM ${table} WHERE ${key[0]} = ?`;
    const row = this.#db.prepare(`SELECT * ${where}`).raw().get(key[1]) as Value[];
    this.#without(table, () => this.#db.prepare(`DELETE ${where}`).run(key[1]));
    const marks = row.map(() => '?').join(', ');
    return () =>
      this.#without(table, () =>
        this.#db.prepare(`INSERT INTO ${table} VALUES (${marks})`).run(...row),
      );
  }

  #without(table: string, deed: () => void): void {
    const triggers = this.#db
      .prepare(`SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?`)
      .all(table) as { name: string; sql: string }[];
    this.#db.transaction(() => {
      for (const { name } of triggers) this.#db.exec(`DROP TRIGGER ${name}`);
      deed();
      for (const { sql } of triggers) this.#db.exec(sql);
    })();
  }
}

function otherValue(value: Value, type: string): Value {
  if (typeof value === 'number') return value + 1000;
  if (typeof value === 'string') return value.slice(0, -1) + (value.endsWith('a') ? 'b' : 'a');
  if (value !== null) {
    const changed = Buffer.from(value);
    changed[0] = (changed[0] ?? 0) ^ 1;
    return changed;
  }
  return type === 'INTEGER' ? 1 : type === 'BLOB' ? Buffer.from([1]) : 'a';
}
