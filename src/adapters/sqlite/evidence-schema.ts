import { insertOnly } from './open-database.ts';

/**
 * Tables of the evidence store. `mac` columns hold an HMAC over the row under a key derived from the
 * master key, for facts that neither the log nor a signature covers.
 */
export const EVIDENCE_SCHEMA = `
CREATE TABLE IF NOT EXISTS loans (
  loan_key BLOB PRIMARY KEY,
  evidence_no TEXT NOT NULL UNIQUE,
  reference TEXT NOT NULL UNIQUE,
  mac BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS entries (
  leaf_index INTEGER PRIMARY KEY,
  leaf_hash BLOB NOT NULL,
  data BLOB NOT NULL,
  loan_key BLOB REFERENCES loans (loan_key),
  seq INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_loan ON entries (loan_key, seq)
  WHERE loan_key IS NOT NULL;

CREATE TABLE IF NOT EXISTS deposits (
  leaf_index INTEGER PRIMARY KEY REFERENCES entries (leaf_index),
  event_key BLOB NOT NULL UNIQUE,
  sealed_statement BLOB NOT NULL,
  sealed_content BLOB,
  object_id BLOB,
  mac BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS map_nodes (
  hash BLOB PRIMARY KEY,
  node BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS checkpoints (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL,
  map_root BLOB NOT NULL,
  published_at TEXT NOT NULL,
  mac BLOB NOT NULL
) STRICT;

${insertOnly('loans', 'entries', 'deposits', 'map_nodes', 'checkpoints')}
`;
