import type { Database } from 'better-sqlite3';
import type {
  RenewedToken,
  StampFailure,
  StoredToken,
  TimestampStore,
} from '../../evidence/timestamp/ports.ts';
import { fromBase64, toBase64 } from '../../formats/bytes.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { insertOnly } from './open-database.ts';

/** Tables of time-stamping. */
export const timestampTables: string[] = [
  'timestamp_pieces',
  'timestamp_tokens',
  'timestamp_renewals',
  'timestamp_failures',
];

/**
 * Safe to run at every start. Certificates and revocation lists stand in `timestamp_pieces` once each,
 * by their digest: one list serves the tokens of a week. Rows are only ever added.
 */
export const timestampSchema: string = `
CREATE TABLE IF NOT EXISTS timestamp_pieces (
  digest TEXT PRIMARY KEY CHECK (length(digest) = 64),
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS timestamp_tokens (
  id INTEGER PRIMARY KEY,
  tsa TEXT NOT NULL,
  log_id TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size > 0),
  is_renewal INTEGER NOT NULL CHECK (is_renewal IN (0, 1)),
  token BLOB NOT NULL,
  certificates TEXT NOT NULL,
  crls TEXT NOT NULL,
  time TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  stored_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS timestamp_tokens_by_size
  ON timestamp_tokens (log_id, is_renewal, tsa, size);
CREATE INDEX IF NOT EXISTS timestamp_tokens_by_end ON timestamp_tokens (log_id, ends_at);
CREATE TABLE IF NOT EXISTS timestamp_renewals (
  id INTEGER PRIMARY KEY,
  token_id INTEGER NOT NULL REFERENCES timestamp_tokens (id),
  renewal_id INTEGER NOT NULL REFERENCES timestamp_tokens (id),
  list_index INTEGER NOT NULL,
  list_size INTEGER NOT NULL,
  path TEXT NOT NULL,
  CHECK (token_id < renewal_id)
) STRICT;
CREATE INDEX IF NOT EXISTS timestamp_renewals_by_token ON timestamp_renewals (token_id, id);
CREATE TABLE IF NOT EXISTS timestamp_failures (
  id INTEGER PRIMARY KEY,
  tsa TEXT NOT NULL,
  after_token INTEGER NOT NULL,
  at TEXT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS timestamp_failures_by_token ON timestamp_failures (tsa, after_token);
${insertOnly(...timestampTables)}
`;

interface TokenRow {
  id: number;
  tsa: string;
  logId: string;
  size: number;
  isRenewal: number;
  token: Buffer;
  certificates: string;
  crls: string;
  time: string;
  endsAt: string;
  storedAt: string;
}

const SELECT = `SELECT t.id, t.tsa, t.log_id AS logId, t.size, t.is_renewal AS isRenewal, t.token,
  t.certificates, t.crls, t.time, t.ends_at AS endsAt, t.stored_at AS storedAt
  FROM timestamp_tokens t`;

const RENEWED = 'EXISTS (SELECT 1 FROM timestamp_renewals r WHERE r.token_id = t.id)';

/** Time-stamp tokens on SQLite. Run `timestampSchema` first. */
export function createTimestampStore(db: Database): TimestampStore {
  const tokens = (where: string, ...values: unknown[]): StoredToken[] => {
    const rows = db.prepare(`${SELECT} WHERE ${where}`).all(...values) as TokenRow[];
    return rows.map((row) => toToken(db, row));
  };
  const insertAll = db.transaction(
    (token: Omit<StoredToken, 'id'>, renewed: readonly RenewedToken[]) => {
      const id = insertToken(db, token);
      for (const place of renewed) insertRenewal(db, id, place);
      return id;
    },
  );
  return {
    async insertToken(token, renewed) {
      return { ...token, id: insertAll.immediate(token, renewed) };
    },
    recordFailure: async (failure) => insertFailure(db, failure),
    async newest(tsa, logId) {
      const where = 't.tsa = ? AND t.log_id = ? AND t.is_renewal = 0 ORDER BY t.size DESC LIMIT 1';
      return tokens(where, tsa, logId)[0] ?? null;
    },
    async firstCovering(logId, size, now) {
      const counts = `u.log_id = ? AND u.is_renewal = 0 AND u.size >= ? AND (u.ends_at > ?
        OR ${RENEWED.replaceAll('t.id', 'u.id')})`;
      const least = `SELECT min(u.size) FROM timestamp_tokens u WHERE u.tsa = t.tsa AND ${counts}`;
      const where = `t.log_id = ? AND t.is_renewal = 0 AND t.size = (${least}) ORDER BY t.tsa, t.id`;
      const found = tokens(where, logId, logId, size, now);
      return found.filter((one, at) => one.evidence.tsa !== found[at - 1]?.evidence.tsa);
    },
    endingBetween: async (logId, from, to) =>
      tokens(
        `t.log_id = ? AND t.ends_at > ? AND t.ends_at <= ? AND NOT ${RENEWED} ORDER BY t.id`,
        logId,
        from,
        to,
      ),
    renewalOf: async (tokenId) => readRenewal(db, tokenId, tokens),
    failures: async (tsa) => readFailures(db, tsa),
  };
}

const digestsOf = (text: string): string[] => (text === '' ? [] : text.split(' '));

function toToken(db: Database, row: TokenRow): StoredToken {
  const { id, tsa, logId, size, isRenewal, token, certificates, crls, time, endsAt, storedAt } =
    row;
  const read = db.prepare('SELECT bytes FROM timestamp_pieces WHERE digest = ?').pluck();
  const pieces = (digests: string) =>
    digestsOf(digests).map((digest) => toBase64(read.get(digest) as Buffer));
  const evidence = {
    tsa,
    token: toBase64(token),
    certificates: pieces(certificates),
    crls: pieces(crls),
  };
  return { id, evidence, logId, size, isRenewal: isRenewal === 1, time, endsAt, storedAt };
}

function insertToken(db: Database, token: Omit<StoredToken, 'id'>): number {
  const { evidence, logId, size, isRenewal, time, endsAt, storedAt } = token;
  const piece = db.prepare('INSERT INTO timestamp_pieces VALUES (?, ?) ON CONFLICT DO NOTHING');
  const keep = (texts: string[]) =>
    texts
      .map(fromBase64)
      .map((bytes) => {
        const digest = sha256Hex(bytes);
        piece.run(digest, bytes);
        return digest;
      })
      .join(' ');
  const sql = `INSERT INTO timestamp_tokens
    (tsa, log_id, size, is_renewal, token, certificates, crls, time, ends_at, stored_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  const { lastInsertRowid } = db
    .prepare(sql)
    .run(
      evidence.tsa,
      logId,
      size,
      isRenewal ? 1 : 0,
      fromBase64(evidence.token),
      keep(evidence.certificates),
      keep(evidence.crls),
      time,
      endsAt,
      storedAt,
    );
  return Number(lastInsertRowid);
}

function insertRenewal(db: Database, renewalId: number, place: RenewedToken): void {
  const { tokenId, index, listSize, path } = place;
  const sql = `INSERT INTO timestamp_renewals
    (token_id, renewal_id, list_index, list_size, path) VALUES (?, ?, ?, ?, ?)`;
  db.prepare(sql).run(tokenId, renewalId, index, listSize, path.join(' '));
}

function readRenewal(
  db: Database,
  tokenId: number,
  tokens: (where: string, ...values: unknown[]) => StoredToken[],
): { renewal: StoredToken; place: RenewedToken } | null {
  const sql = `SELECT renewal_id AS renewalId, list_index AS listIndex, list_size AS listSize, path
    FROM timestamp_renewals WHERE token_id = ? ORDER BY id DESC LIMIT 1`;
  const row = db.prepare(sql).get(tokenId) as
    | { renewalId: number; listIndex: number; listSize: number; path: string }
    | undefined;
  const renewal = row && tokens('t.id = ?', row.renewalId)[0];
  if (row === undefined || renewal === undefined) return null;
  const { listIndex, listSize, path } = row;
  return { renewal, place: { tokenId, index: listIndex, listSize, path: digestsOf(path) } };
}

/** Bound to the token before it, so that failures are counted without comparing clocks. */
const LAST_TOKEN = '(SELECT coalesce(max(id), 0) FROM timestamp_tokens WHERE tsa = ?)';

function insertFailure(db: Database, { tsa, at, code, detail }: StampFailure): void {
  const sql = `INSERT INTO timestamp_failures (tsa, after_token, at, code, detail)
    VALUES (?, ${LAST_TOKEN}, ?, ?, ?)`;
  db.prepare(sql).run(tsa, tsa, at, code, detail.slice(0, 500));
}

function readFailures(db: Database, tsa: string): { count: number; last: StampFailure } | null {
  const where = `FROM timestamp_failures WHERE tsa = ? AND after_token = ${LAST_TOKEN}`;
  const count = db.prepare(`SELECT count(*) ${where}`).pluck().get(tsa, tsa) as number;
  const sql = `SELECT tsa, at, code, detail ${where} ORDER BY id DESC LIMIT 1`;
  const last = db.prepare(sql).get(tsa, tsa) as StampFailure | undefined;
  return last === undefined ? null : { count, last };
}
