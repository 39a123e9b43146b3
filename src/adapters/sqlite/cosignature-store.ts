import type { CosignatureStore } from '../../evidence/ports.ts';
import { insertOnly, type SqliteDatabase } from './open-database.ts';

/** Table of the auditors' cosignatures; the only copy the service has of them. */
export const COSIGNATURES_SCHEMA = `
CREATE TABLE IF NOT EXISTS cosignatures (
  n INTEGER PRIMARY KEY,
  size INTEGER NOT NULL,
  line TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX IF NOT EXISTS cosignatures_by_size ON cosignatures (size);
${insertOnly('cosignatures')}
`;

/** @param db a database in which `COSIGNATURES_SCHEMA` was run */
export function createSqliteCosignatureStore(db: SqliteDatabase): CosignatureStore {
  const insert = db.prepare(
    'INSERT INTO cosignatures (size, line) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const list = db.prepare('SELECT line FROM cosignatures WHERE size = ? ORDER BY n').pluck();
  return {
    add: async (size, line) => insert.run(size, line).changes > 0,
    list: async (size) => list.all(size) as string[],
  };
}
