/** `user_version` of index.db; an index of any other version is made anew. */
export const INDEX_VERSION = 1;

/**
 * Everything here is derived from evidence.db. `events`, `loans_by_key` and `loans_by_reference`
 * have random keys and are the reason for the second file; `entry_links` chains each entry to the
 * one before it of the same loan, so that a history is walked back from its head and needs no
 * index by loan. `loans_by_key` holds the loan's value in the map as of the first `state.mapped`
 * entries (NULL: not in it yet), and `map_tiles` the map's upper 16 levels with their history.
 */
export const INDEX_SCHEMA = `
CREATE TABLE IF NOT EXISTS state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  indexed INTEGER NOT NULL,
  tip BLOB NOT NULL,
  mapped INTEGER NOT NULL,
  loans INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO state VALUES (1, 0, x'', 0, 0);

CREATE TABLE IF NOT EXISTS events (
  event_key BLOB PRIMARY KEY,
  leaf_index INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS loans_by_key (
  key_hash BLOB PRIMARY KEY,
  loan INTEGER NOT NULL,
  value_hash BLOB,
  head INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS loans_by_reference (
  reference BLOB PRIMARY KEY,
  loan INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS loan_heads (
  loan INTEGER PRIMARY KEY,
  key_hash BLOB NOT NULL,
  count INTEGER NOT NULL,
  leaf_index INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL,
  value_hash BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS entry_links (
  leaf_index INTEGER PRIMARY KEY,
  loan INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  previous INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS map_tiles (
  level INTEGER NOT NULL,
  prefix INTEGER NOT NULL,
  since INTEGER NOT NULL,
  children BLOB NOT NULL,
  PRIMARY KEY (level, prefix, since)
) STRICT, WITHOUT ROWID;
`;
