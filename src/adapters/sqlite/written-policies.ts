import { insertOnly, type SqliteDatabase } from './open-database.ts';

/** Tables of this file. */
export const policyTables: string[] = ['written_policies'];

/** Digests of every `policy.json` that the service wrote; insert-only. */
export const WRITTEN_POLICIES_SCHEMA = `
CREATE TABLE IF NOT EXISTS written_policies (
  sha256 TEXT PRIMARY KEY,
  written_at TEXT NOT NULL
) STRICT;
${insertOnly('written_policies')}
`;

/** Knows its own policy files from those that somebody changed. */
export interface WrittenPolicies {
  has(sha256: string): boolean;
  /** A second call for the same text changes nothing. */
  add(sha256: string, at: string): void;
}

export function createWrittenPolicies(db: SqliteDatabase): WrittenPolicies {
  return {
    has: (sha256) =>
      db.prepare('SELECT 1 FROM written_policies WHERE sha256 = ?').get(sha256) !== undefined,
    add(sha256, at) {
      const sql = 'INSERT INTO written_policies VALUES (?, ?) ON CONFLICT DO NOTHING';
      db.prepare(sql).run(sha256, at);
    },
  };
}
