import type { Database } from 'better-sqlite3';
import type {
  AnchorAttempt,
  AnchorEvent,
  AnchorItem,
  AnchorMove,
  AnchorOutboxStore,
  AnchorPlace,
  AnchorState,
  ChainIdentity,
} from '../../evidence/anchor/ports.ts';

/** Tables of the outbox. */
export const anchorTables: string[] = [
  'anchor_targets',
  'anchor_items',
  'anchor_attempts',
  'anchor_events',
  'anchor_moves',
];
const insertOnly = anchorTables
  .flatMap((table) =>
    ['UPDATE', 'DELETE'].map(
      (verb) => `
CREATE TRIGGER IF NOT EXISTS ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
BEGIN SELECT RAISE(ABORT, '${table} is insert-only'); END;`,
    ),
  )
  .join('');

/**
 * Tables of the anchor outbox; safe to run at every start. Rows are only ever added: a change of
 * state is a new row of `anchor_events`, and after an end (FINAL, REPLACED, FAILED) none may follow.
 * A nonce of a key belongs to one item for ever.
 */
export const anchorOutboxSchema: string = `
CREATE TABLE IF NOT EXISTS anchor_targets (
  target TEXT PRIMARY KEY,
  chain_id INTEGER NOT NULL,
  genesis_hash TEXT NOT NULL,
  registry TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  pinned_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS anchor_items (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  log_id TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size > 0),
  root TEXT NOT NULL CHECK (length(root) = 64),
  queued_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS anchor_items_by_size ON anchor_items (target, log_id, size);
CREATE TABLE IF NOT EXISTS anchor_attempts (
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES anchor_items (id),
  target TEXT NOT NULL,
  publisher TEXT NOT NULL,
  nonce INTEGER NOT NULL CHECK (nonce >= 0),
  tx_hash TEXT NOT NULL UNIQUE,
  raw TEXT NOT NULL,
  fee TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS anchor_attempts_by_item ON anchor_attempts (item_id, id);
CREATE INDEX IF NOT EXISTS anchor_attempts_by_nonce ON anchor_attempts (target, publisher, nonce);
CREATE TRIGGER IF NOT EXISTS anchor_attempts_one_item_a_nonce BEFORE INSERT ON anchor_attempts
WHEN EXISTS (SELECT 1 FROM anchor_attempts a WHERE a.target = NEW.target
  AND a.publisher = NEW.publisher AND a.nonce = NEW.nonce AND a.item_id <> NEW.item_id)
BEGIN SELECT RAISE(ABORT, 'the nonce belongs to another checkpoint'); END;
CREATE TABLE IF NOT EXISTS anchor_events (
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES anchor_items (id),
  state TEXT NOT NULL CHECK (state IN
    ('QUEUED', 'PREPARED', 'SENT', 'MINED', 'FINAL', 'REPLACED', 'FAILED')),
  at TEXT NOT NULL,
  detail TEXT NOT NULL,
  tx_hash TEXT,
  block_number INTEGER,
  block_hash TEXT,
  block_time INTEGER,
  CHECK ((state IN ('MINED', 'FINAL')) = (block_number IS NOT NULL)),
  CHECK ((block_number IS NULL) = (block_hash IS NULL)),
  CHECK ((block_number IS NULL) = (block_time IS NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS anchor_events_by_item ON anchor_events (item_id, id);
CREATE TABLE IF NOT EXISTS anchor_moves (
  from_target TEXT PRIMARY KEY,
  to_target TEXT NOT NULL,
  note TEXT NOT NULL,
  log_size INTEGER NOT NULL CHECK (log_size >= 0),
  at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS anchor_events_one_end ON anchor_events (item_id)
  WHERE state IN ('FINAL', 'REPLACED', 'FAILED');
CREATE TRIGGER IF NOT EXISTS anchor_events_end_is_end BEFORE INSERT ON anchor_events
WHEN EXISTS (SELECT 1 FROM anchor_events e WHERE e.item_id = NEW.item_id
  AND e.state IN ('FINAL', 'REPLACED', 'FAILED'))
BEGIN SELECT RAISE(ABORT, 'the checkpoint has already come to its end'); END;
${insertOnly}
`;

/*
 * Columns keep block hashes without 0x, as the first rows were written and sealed; the port has them
 * with 0x.
 */
const stored = (hash: string): string => hash.replace(/^0x/, '');
const shown = (hash: string): string => `0x${hash}`;

interface ItemRow {
  id: number;
  target: string;
  logId: string;
  size: number;
  root: string;
  queuedAt: string;
  state: AnchorState;
  at: string;
  detail: string;
  txHash: string | null;
  blockNumber: number | null;
  blockHash: string | null;
  blockTime: number | null;
}

/** Items with their latest event. */
const SELECT_ITEMS = `
SELECT i.id, i.target, i.log_id AS logId, i.size, i.root, i.queued_at AS queuedAt, e.state, e.at,
  e.detail, e.tx_hash AS txHash, e.block_number AS blockNumber, e.block_hash AS blockHash,
  e.block_time AS blockTime
FROM anchor_items i
JOIN anchor_events e ON e.id = (SELECT max(id) FROM anchor_events WHERE item_id = i.id)`;

const SELECT_ATTEMPTS = `
SELECT publisher, nonce, tx_hash AS txHash, raw, fee, created_at AS createdAt
FROM anchor_attempts WHERE item_id = ? ORDER BY id`;

const IS_OPEN = `NOT EXISTS (SELECT 1 FROM anchor_events x WHERE x.item_id = i.id
  AND x.state IN ('FINAL', 'REPLACED', 'FAILED'))`;

const IS_FINAL = `EXISTS (SELECT 1 FROM anchor_events x WHERE x.item_id = i.id AND x.state = 'FINAL')`;

function placeOf(row: ItemRow): AnchorPlace | null {
  const { txHash, blockNumber, blockHash, blockTime } = row;
  if (blockNumber === null || blockHash === null || blockTime === null) return null;
  return { txHash, blockNumber, blockHash: shown(blockHash), blockTime };
}

/**
 * The anchor outbox on SQLite. Run `anchorOutboxSchema` first; the database should have
 * `synchronous = FULL`, because an attempt must be on the disk before it is broadcast.
 */
export function createAnchorOutboxStore(db: Database): AnchorOutboxStore {
  const items = (where: string, ...values: unknown[]): AnchorItem[] => {
    const rows = db.prepare(`${SELECT_ITEMS} WHERE ${where}`).all(...values) as ItemRow[];
    return rows.map((row) => toItem(db, row));
  };
  return {
    identity: async (target) => readIdentity(db, target),
    async pinIdentity(target, identity, at) {
      const { chainId, genesisHash, registry, codeHash } = identity;
      db.prepare('INSERT INTO anchor_targets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING').run(
        target,
        chainId,
        stored(genesisHash),
        registry,
        codeHash,
        at,
      );
    },
    async enqueue(wanted) {
      return db
        .transaction(() => {
          const same = `i.target = ? AND i.log_id = ? AND i.size = ? AND i.root = ?
            AND e.state <> 'FAILED'`;
          const { target, logId, size, root } = wanted;
          const [existing] = items(same, target, logId, size, root);
          return existing ?? insertItem(db, wanted, items);
        })
        .immediate();
    },
    open: async (target) => items(`i.target = ? AND ${IS_OPEN} ORDER BY i.id`, target),
    insertAttempt: async (itemId, attempt) => insertAttempt(db, itemId, attempt),
    record: async (itemId, event) => insertEvent(db, itemId, event),
    async nextOwnNonce(target, publisher) {
      const sql = 'SELECT max(nonce) + 1 FROM anchor_attempts WHERE target = ? AND publisher = ?';
      return db.prepare(sql).pluck().get(target, publisher) as number | null;
    },
    async lastFinal(target, logId) {
      const where = `i.target = ? AND i.log_id = ? AND ${IS_FINAL} ORDER BY i.size DESC LIMIT 1`;
      return items(where, target, logId)[0] ?? null;
    },
    async firstFinalCovering(target, logId, size) {
      const where = `i.target = ? AND i.log_id = ? AND i.size >= ? AND ${IS_FINAL}
        ORDER BY i.size LIMIT 1`;
      return items(where, target, logId, size)[0] ?? null;
    },
    async firstItem(target, logId) {
      const where = 'i.target = ? AND i.log_id = ? ORDER BY i.id LIMIT 1';
      return items(where, target, logId)[0] ?? null;
    },
    async targets() {
      const sql = 'SELECT target FROM anchor_targets ORDER BY pinned_at, target';
      return db.prepare(sql).pluck().all() as string[];
    },
    moves: async () => readMoves(db),
    async recordMove({ from, to, note, logSize, at }) {
      const sql = 'INSERT INTO anchor_moves VALUES (?, ?, ?, ?, ?)';
      db.prepare(sql).run(from, to, note, logSize, at);
    },
    async list({ target, limit }) {
      const named = target ?? null;
      return items('(? IS NULL OR i.target = ?) ORDER BY i.id DESC LIMIT ?', named, named, limit);
    },
  };
}

function toItem(db: Database, row: ItemRow): AnchorItem {
  const { id, target, logId, size, root, queuedAt, state, at, detail } = row;
  const attempts = db.prepare(SELECT_ATTEMPTS).all(id) as AnchorAttempt[];
  const place = placeOf(row);
  return { id, target, logId, size, root, queuedAt, state, changedAt: at, detail, place, attempts };
}

function readMoves(db: Database): AnchorMove[] {
  const sql = `SELECT from_target AS "from", to_target AS "to", note, log_size AS logSize, at
    FROM anchor_moves ORDER BY log_size, at`;
  return db.prepare(sql).all() as AnchorMove[];
}

function readIdentity(db: Database, target: string): ChainIdentity | null {
  const sql = `SELECT chain_id AS chainId, genesis_hash AS genesisHash, registry,
    code_hash AS codeHash FROM anchor_targets WHERE target = ?`;
  const row = db.prepare(sql).get(target) as ChainIdentity | undefined;
  return row === undefined ? null : { ...row, genesisHash: shown(row.genesisHash) };
}

function insertItem(
  db: Database,
  wanted: { target: string; logId: string; size: number; root: string; at: string },
  items: (where: string, ...values: unknown[]) => AnchorItem[],
): AnchorItem {
  const { target, logId, size, root, at } = wanted;
  const sql =
    'INSERT INTO anchor_items (target, log_id, size, root, queued_at) VALUES (?, ?, ?, ?, ?)';
  const id = db.prepare(sql).run(target, logId, size, root, at).lastInsertRowid;
  insertEvent(db, Number(id), { state: 'QUEUED', at, detail: 'waits for its turn' });
  return items('i.id = ?', id)[0] as AnchorItem;
}

function insertAttempt(db: Database, itemId: number, attempt: AnchorAttempt): void {
  const { publisher, nonce, txHash, raw, fee, createdAt } = attempt;
  const sql = `INSERT INTO anchor_attempts
    (item_id, target, publisher, nonce, tx_hash, raw, fee, created_at)
    SELECT id, target, ?, ?, ?, ?, ?, ? FROM anchor_items WHERE id = ?`;
  db.transaction(() => {
    db.prepare(sql).run(publisher, nonce, txHash, raw, fee, createdAt, itemId);
    const detail = `signed ${txHash} with nonce ${nonce}, ${fee}`;
    insertEvent(db, itemId, { state: 'PREPARED', at: createdAt, detail });
  }).immediate();
}

function insertEvent(
  db: Database,
  itemId: number,
  event: Omit<AnchorEvent, 'state'> & { state: AnchorState },
): void {
  const { state, at, detail, place } = event;
  const sql = `INSERT INTO anchor_events
    (item_id, state, at, detail, tx_hash, block_number, block_hash, block_time)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
  const { txHash, blockNumber, blockHash, blockTime } = place ?? {};
  const values = [txHash, blockNumber, blockHash && stored(blockHash), blockTime];
  db.prepare(sql).run(itemId, state, at, detail, ...values.map((value) => value ?? null));
}
