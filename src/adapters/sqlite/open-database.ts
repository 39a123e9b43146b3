import Database from 'better-sqlite3';

export type SqliteDatabase = Database.Database;

/**
 * Opens a database so that a committed transaction survives a power cut: WAL with a full sync per
 * commit.
 * @param path file path; its folder must exist
 * @param pageBytes page size of a file that does not exist yet
 */
export function openDatabase(path: string, pageBytes = 4096): SqliteDatabase {
  const db = new Database(path);
  db.pragma(`page_size = ${pageBytes}`);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  // Else INSERT OR REPLACE deletes the old row without asking the triggers.
  db.pragma('recursive_triggers = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
  return db;
}

/** SQL that forbids UPDATE and DELETE on evidence tables: the past cannot be rewritten by accident. */
export function insertOnly(...tables: string[]): string {
  const forbid = (table: string, verb: 'UPDATE' | 'DELETE') =>
    `CREATE TRIGGER IF NOT EXISTS ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
     BEGIN SELECT RAISE(ABORT, '${table} is insert-only'); END;`;
  return tables.flatMap((table) => [forbid(table, 'UPDATE'), forbid(table, 'DELETE')]).join('\n');
}

/** What SQLite itself finds wrong with the file; nothing when it is sound. */
export function fileProblems(db: SqliteDatabase): string[] {
  try {
    const rows = db.pragma('integrity_check') as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  } catch (error) {
    return [error instanceof Error ? error.message : 'unreadable'];
  }
}
