import { existsSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { checkSchema } from './check-schema.ts';
import type { IndexState } from './evidence-index.ts';
import { INDEX_SCHEMA, INDEX_VERSION } from './evidence-index-schema.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import type { SqliteDatabase } from './open-database.ts';

const CACHE_KIB = 96 << 10;
const WAL_PAGES = 8192;

/**
 * Opens index.db as it is. Its commits are not synced one by one: after a power cut the last of
 * them may be missing, and are made again from evidence.db.
 */
export function openIndexFile(path: string): SqliteDatabase {
  const db = new Database(path);
  db.pragma('page_size = 8192');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  db.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
  db.pragma('cell_size_check = ON');
  return db;
}

/** Why an index cannot be used, or nothing when it can. */
function unfit(db: SqliteDatabase, log: EvidenceReader): string | undefined {
  const version = db.pragma('user_version', { simple: true });
  if (version !== INDEX_VERSION) return `it has version ${version}, not ${INDEX_VERSION}`;
  const [difference] = checkSchema(db, INDEX_SCHEMA);
  if (difference !== undefined) return difference;
  const state = db.prepare('SELECT * FROM state').get() as IndexState | undefined;
  if (state === undefined) return 'it has lost its state';
  const { indexed, tip, mapped } = state;
  if (indexed > log.size() || mapped > indexed + 1) return 'it is ahead of evidence.db';
  if (indexed > 0 && !tip.equals(log.leafHash(indexed - 1) ?? Buffer.alloc(0))) {
    return 'it belongs to another log';
  }
  return undefined;
}

function removeIndex(path: string): void {
  for (const end of ['', '-wal', '-shm', '.damaged']) rmSync(`${path}${end}`, { force: true });
}

/** File beside the index that says: not to be used again. */
export function damageMark(path: string): string {
  return `${path}.damaged`;
}

/**
 * Opens the index, or an empty one in place of one that cannot be used: missing, damaged, of
 * another version, ahead of the log (a restored backup) or of another log.
 * @param say told why an index that was there is made anew
 */
export function openIndex(
  path: string,
  log: EvidenceReader,
  say: (reason: string) => void,
): SqliteDatabase {
  if (!existsSync(path)) return openIndexFile(path);
  let db: SqliteDatabase | undefined;
  let reason: string | undefined;
  try {
    if (existsSync(damageMark(path))) reason = 'a damaged page was found in it';
    db = openIndexFile(path);
    reason ??= unfit(db, log);
    if (reason === undefined) return db;
  } catch (error) {
    reason = error instanceof Error ? error.message : 'it cannot be read';
  }
  db?.close();
  say(reason);
  removeIndex(path);
  return openIndexFile(path);
}
