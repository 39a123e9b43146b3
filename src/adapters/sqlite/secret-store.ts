import { closeSync, openSync } from 'node:fs';
import { EvidenceError } from '../../evidence/errors.ts';
import type { SecretStore, WrappedSecret } from '../../evidence/ports.ts';
import { fromHex, toHex } from '../../formats/bytes.ts';
import { explainDiskFull } from '../system/disk-full.ts';
import { checkSchema } from './check-schema.ts';
import { fileProblems, openDatabase, type SqliteDatabase } from './open-database.ts';

const SECRETS_SCHEMA = `
CREATE TABLE IF NOT EXISTS secrets (
  loan_key BLOB PRIMARY KEY,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`;

interface StoredSecret {
  loan_key: Buffer;
  wrapped: Buffer;
}

/**
 * Opens the file of the loan secrets: readable by its owner alone, and what is deleted in it is
 * overwritten with zeros (https://www.sqlite.org/pragma.html#pragma_secure_delete).
 * @param path file path; its folder must exist
 */
export function openSecretDatabase(path: string): SqliteDatabase {
  // SQLite gives the write-ahead log the mode of the database.
  closeSync(openSync(path, 'a', 0o600));
  const db = openDatabase(path);
  try {
    db.pragma('secure_delete = ON');
    return db.exec(SECRETS_SCHEMA);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Loan secrets in a SQLite file of their own. A changed one is noticed by the vault (AES-GCM). */
export function createSqliteSecretStore(db: SqliteDatabase): SecretStore {
  const put = db.prepare('INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING');
  const get = db.prepare('SELECT wrapped FROM secrets WHERE loan_key = ?').pluck();
  const page = db.prepare('SELECT * FROM secrets WHERE loan_key > ? ORDER BY loan_key LIMIT ?');
  const rewrap = db.prepare('UPDATE secrets SET wrapped = ? WHERE loan_key = ?');
  const remove = db.prepare('DELETE FROM secrets WHERE loan_key = ?');
  const commit = (work: () => void) => {
    try {
      db.transaction(work).immediate();
    } catch (error) {
      throw explainDiskFull(error);
    }
  };
  return {
    put: async (secrets) =>
      commit(() => {
        for (const { loanKey, wrapped } of secrets) put.run(fromHex(loanKey), wrapped);
      }),
    get: async (loanKeys) =>
      new Map(
        loanKeys.flatMap((key): [string, Uint8Array][] => {
          const wrapped = get.get(fromHex(key)) as Buffer | undefined;
          return wrapped === undefined ? [] : [[key, wrapped]];
        }),
      ),
    page: async (after, limit) =>
      (page.all(fromHex(after), limit) as StoredSecret[]).map(
        ({ loan_key, wrapped }): WrappedSecret => ({ loanKey: toHex(loan_key), wrapped }),
      ),
    rewrap: async (secrets) =>
      commit(() => {
        for (const { loanKey, wrapped } of secrets) rewrap.run(wrapped, fromHex(loanKey));
      }),
    destroy: async (loanKeys) => {
      commit(() => {
        for (const key of loanKeys) remove.run(fromHex(key));
      });
      emptyWal(db);
    },
    checkIntegrity: async () => [
      ...fileProblems(db).map((line) => `secrets.db: ${line}`),
      ...checkSchema(db, SECRETS_SCHEMA),
    ],
  };
}

/**
 * The write-ahead log still holds the pages as they were before a deletion: they are copied into
 * the database and the log is cut to nothing. A crash on the way leaves old pages in it; the next
 * start destroys again what should be gone.
 */
function emptyWal(db: SqliteDatabase): void {
  const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  if (result?.busy === 0) return;
  throw new EvidenceError(
    'SECRET_DAMAGED',
    'secrets.db is in use by another program, so its write-ahead log could not be emptied',
    'Close the other program; the next start of the service destroys the secret.',
  );
}
