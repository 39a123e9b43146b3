import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';

const ALL_PAGES = 0x7fffffff;

/**
 * Copies a database, page by page, as it stood at one moment, while another process may write to it:
 * in one step, because a copy in several begins again with each commit between them. Writers go on
 * meanwhile; their write-ahead log is not emptied before the copy is done.
 * @param target file that is not there yet; it is not synced, and needs no write-ahead log
 */
export async function copyDatabase(source: string, target: string): Promise<void> {
  const db = new Database(source, { readonly: true, fileMustExist: true });
  try {
    await db.backup(target, { progress: () => ALL_PAGES });
  } finally {
    db.close();
  }
  const copy = new Database(target);
  // A reader of a database in WAL mode leaves files beside it.
  copy.pragma('journal_mode = DELETE');
  copy.close();
}

/** Opens a copy to read it alone. */
export function openCopy(path: string): Database.Database {
  return new Database(path, { readonly: true, fileMustExist: true });
}

/** The loan secrets of a file at one moment: one digest each, in order, 32 bytes side by side. */
export function digestSecrets(path: string): Buffer {
  const db = openCopy(path);
  try {
    const rows = db.prepare('SELECT loan_key, wrapped FROM secrets ORDER BY loan_key').raw();
    const digests = [...(rows.iterate() as Iterable<[Buffer, Buffer]>)].map(([key, wrapped]) =>
      createHash('sha256').update(key).update(wrapped).digest(),
    );
    return Buffer.concat(digests);
  } finally {
    db.close();
  }
}

/** Whether every digest of `before` is in `after` too; both in order of the same keys. */
export function holdsAll(before: Buffer, after: Buffer): boolean {
  let at = 0;
  for (let start = 0; start < before.length; start += 32) {
    const wanted = before.subarray(start, start + 32);
    while (at < after.length && !after.subarray(at, at + 32).equals(wanted)) at += 32;
    if (at >= after.length) return false;
  }
  return true;
}

/** Signed transactions that the anchor outbox of this file has recorded for a target, as hex. */
export function recordedTransactions(path: string, target: string): Set<string> {
  const db = openCopy(path);
  try {
    const rows = db.prepare('SELECT lower(raw) FROM anchor_attempts WHERE target = ?').pluck();
    return new Set(rows.all(target) as string[]);
  } finally {
    db.close();
  }
}
