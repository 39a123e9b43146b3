import type { ErasureRequest, ErasureStore } from '../../evidence/ports.ts';
import { explainDiskFull } from '../system/disk-full.ts';
import { insertOnly, type SqliteDatabase } from './open-database.ts';

/** Which loans were to be erased; whether they were, the log says. */
export const ERASURES_SCHEMA = `
CREATE TABLE IF NOT EXISTS erasures (
  evidence_no TEXT PRIMARY KEY,
  requested_at TEXT NOT NULL
) STRICT;
${insertOnly('erasures')}
`;

interface StoredErasure {
  evidence_no: string;
  requested_at: string;
}

/** The list of erasures on SQLite; its table is made when it is not there. */
export function createSqliteErasureStore(db: SqliteDatabase): ErasureStore {
  db.exec(ERASURES_SCHEMA);
  const insert = db.prepare('INSERT INTO erasures VALUES (?, ?)');
  const one = db.prepare('SELECT 1 FROM erasures WHERE evidence_no = ?').pluck();
  const all = db.prepare('SELECT * FROM erasures ORDER BY requested_at');
  return {
    async request({ evidenceNo, requestedAt }) {
      try {
        if (one.get(evidenceNo) === undefined) insert.run(evidenceNo, requestedAt);
      } catch (error) {
        throw explainDiskFull(error);
      }
    },
    list: async () =>
      (all.all() as StoredErasure[]).map(
        ({ evidence_no, requested_at }): ErasureRequest => ({
          evidenceNo: evidence_no,
          requestedAt: requested_at,
        }),
      ),
  };
}
