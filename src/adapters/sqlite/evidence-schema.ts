import { insertOnly } from './open-database.ts';

/** `user_version` of evidence.db; 0 belongs to the first release, which wrote none. */
export const EVIDENCE_VERSION = 3;

/** Rows are some 2 KB: with larger pages few of them need overflow pages. */
export const EVIDENCE_PAGE_BYTES = 16_384;

/**
 * Tables of the evidence store. There is no secondary index: every index is in `index.db` and can
 * be made from these tables, so that the file only ever grows at its end. `mac` columns hold an
 * HMAC over the row under a key derived from the master key, for facts that nothing else covers: a
 * row of `entries` is covered by the chain of its loan, by the log and by its own seal.
 */
export const EVIDENCE_SCHEMA = `
CREATE TABLE IF NOT EXISTS loans (
  id INTEGER PRIMARY KEY,
  evidence_no TEXT NOT NULL,
  reference TEXT NOT NULL,
  mac BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS entries (
  leaf_index INTEGER PRIMARY KEY,
  data BLOB NOT NULL,
  event_key BLOB,
  object_id BLOB,
  sealed BLOB
) STRICT;

CREATE TABLE IF NOT EXISTS checkpoints (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL,
  published_at TEXT NOT NULL,
  mac BLOB NOT NULL
) STRICT;

${insertOnly('loans', 'entries', 'checkpoints')}
`;
