import type {
  CourtStore,
  Decision,
  Filing,
  FilingState,
  Refusal,
} from '../../litigation/court/ports.ts';
import { macHolds, rowMac } from './evidence-rows.ts';
import { fileProblems, insertOnly, type SqliteDatabase } from './open-database.ts';

/**
 * Tables of a court's intake. `mac` holds an HMAC over the row under a key derived from the court's
 * own master key. One filing gets one decision or one refusal; of the filings that stand for a case
 * and revision there is one for each sender.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS filings (
  id INTEGER PRIMARY KEY,
  sender TEXT NOT NULL,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  size INTEGER NOT NULL CHECK (size >= 0),
  received_at TEXT NOT NULL,
  mac BLOB NOT NULL,
  UNIQUE (sender, sha256)
) STRICT;
CREATE TABLE IF NOT EXISTS decisions (
  filing_id INTEGER PRIMARY KEY REFERENCES filings (id),
  sender TEXT NOT NULL,
  case_id TEXT,
  revision INTEGER,
  evidence_no TEXT,
  holds_case INTEGER NOT NULL CHECK (holds_case IN (0, 1)),
  decision TEXT NOT NULL CHECK (decision IN ('received', 'returned')),
  decided_at TEXT NOT NULL,
  receipt TEXT NOT NULL,
  report TEXT NOT NULL,
  mac BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS decisions_one_case ON decisions (sender, case_id, revision)
  WHERE holds_case = 1;
CREATE TABLE IF NOT EXISTS refusals (
  filing_id INTEGER PRIMARY KEY REFERENCES filings (id),
  at TEXT NOT NULL,
  code TEXT NOT NULL CHECK (code = 'CASE_CONFLICT'),
  detail TEXT NOT NULL,
  mac BLOB NOT NULL
) STRICT;
${insertOnly('filings', 'decisions', 'refusals')}
`;

interface StoredFiling {
  id: number;
  sender: string;
  sha256: string;
  size: number;
  received_at: string;
  mac: Buffer;
}

interface StoredDecision {
  filing_id: number;
  sender: string;
  case_id: string | null;
  revision: number | null;
  evidence_no: string | null;
  holds_case: number;
  decision: 'received' | 'returned';
  decided_at: string;
  receipt: string;
  report: string;
  mac: Buffer;
}

interface StoredRefusal {
  filing_id: number;
  at: string;
  code: 'CASE_CONFLICT';
  detail: string;
  mac: Buffer;
}

const filingFields = (row: Omit<StoredFiling, 'mac'>) => [
  row.id,
  row.sender,
  row.sha256,
  row.size,
  row.received_at,
];

const decisionFields = (row: Omit<StoredDecision, 'mac'>) => [
  row.filing_id,
  row.sender,
  row.case_id,
  row.revision,
  row.evidence_no,
  row.holds_case,
  row.decision,
  row.decided_at,
  row.receipt,
  row.report,
];

const refusalFields = (row: Omit<StoredRefusal, 'mac'>) => [
  row.filing_id,
  row.at,
  row.code,
  row.detail,
];

/** The court's tables on SQLite; made when they are not there. */
export function createSqliteCourtStore(db: SqliteDatabase, macKey: Uint8Array): CourtStore {
  db.exec(SCHEMA);
  const byId = 'SELECT * FROM decisions WHERE filing_id = ?';
  const state = (row: StoredFiling): FilingState => {
    const decision = db.prepare(byId).get(row.id) as StoredDecision | undefined;
    const refusal = db.prepare('SELECT * FROM refusals WHERE filing_id = ?').get(row.id);
    return {
      filing: toFiling(row),
      ...(decision === undefined ? {} : { decision: toDecision(decision) }),
      ...(refusal === undefined ? {} : { refusal: toRefusal(refusal as StoredRefusal) }),
    };
  };
  const findRow = (sender: string, sha256: string) =>
    db.prepare('SELECT * FROM filings WHERE sender = ? AND sha256 = ?').get(sender, sha256) as
      | StoredFiling
      | undefined;
  return {
    async find(sender, sha256) {
      const row = findRow(sender, sha256);
      return row && state(row);
    },
    async list({ sender, limit, below }) {
      const sql = `SELECT * FROM filings WHERE (@sender IS NULL OR sender = @sender)
        AND (@below IS NULL OR id < @below) ORDER BY id DESC LIMIT @limit`;
      const bound = { sender: sender ?? null, below: below ?? null, limit };
      return (db.prepare(sql).all(bound) as StoredFiling[]).map(state);
    },
    async unanswered() {
      const sql = `SELECT * FROM filings WHERE id NOT IN (SELECT filing_id FROM decisions)
        AND id NOT IN (SELECT filing_id FROM refusals) ORDER BY id`;
      return (db.prepare(sql).all() as StoredFiling[]).map(toFiling);
    },
    async holderOf(sender, caseId, revision) {
      const sql = `SELECT f.* FROM filings f JOIN decisions d ON d.filing_id = f.id
        WHERE d.holds_case = 1 AND d.sender = ? AND d.case_id = ? AND d.revision = ?`;
      const row = db.prepare(sql).get(sender, caseId, revision) as StoredFiling | undefined;
      return row && toFiling(row);
    },
    insertFiling: async (filing) => insertFiling(db, macKey, filing, findRow),
    insertDecision: async (decision) => insertDecision(db, macKey, decision),
    insertRefusal: async (refusal) => insertRefusal(db, macKey, refusal),
    checkIntegrity: async () => checkTables(db, macKey),
  };
}

function insertFiling(
  db: SqliteDatabase,
  macKey: Uint8Array,
  filing: Omit<Filing, 'id'>,
  findRow: (sender: string, sha256: string) => StoredFiling | undefined,
): Filing {
  const { sender, sha256, size, receivedAt } = filing;
  return db
    .transaction(() => {
      const known = findRow(sender, sha256);
      if (known !== undefined) return toFiling(known);
      const id = db.prepare('SELECT coalesce(max(id), 0) + 1 FROM filings').pluck().get() as number;
      const row = { id, sender, sha256, size, received_at: receivedAt };
      const mac = rowMac(macKey, 'filings', filingFields(row));
      db.prepare('INSERT INTO filings VALUES (?, ?, ?, ?, ?, ?)').run(...filingFields(row), mac);
      return { id, ...filing };
    })
    .immediate();
}

function insertDecision(db: SqliteDatabase, macKey: Uint8Array, decision: Decision): boolean {
  const row = {
    filing_id: decision.filingId,
    sender: decision.sender,
    case_id: decision.caseId,
    revision: decision.revision,
    evidence_no: decision.evidenceNo,
    holds_case: decision.holdsCase ? 1 : 0,
    decision: decision.decision,
    decided_at: decision.decidedAt,
    receipt: decision.receipt,
    report: decision.report,
  };
  const fields = decisionFields(row);
  const mac = rowMac(macKey, 'decisions', fields);
  // Only the index over the case may stand in the way; a second decision on one filing is a fault.
  const sql = `INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (sender, case_id, revision) WHERE holds_case = 1 DO NOTHING`;
  return db.prepare(sql).run(...fields, mac).changes === 1;
}

function insertRefusal(db: SqliteDatabase, macKey: Uint8Array, refusal: Refusal): void {
  const { filingId, at, code, detail } = refusal;
  const fields = refusalFields({ filing_id: filingId, at, code, detail });
  const mac = rowMac(macKey, 'refusals', fields);
  db.prepare('INSERT INTO refusals VALUES (?, ?, ?, ?, ?)').run(...fields, mac);
}

function toFiling({ id, sender, sha256, size, received_at }: StoredFiling): Filing {
  return { id, sender, sha256, size, receivedAt: received_at };
}

function toDecision(row: StoredDecision): Decision {
  return {
    filingId: row.filing_id,
    sender: row.sender,
    caseId: row.case_id,
    revision: row.revision,
    evidenceNo: row.evidence_no,
    holdsCase: row.holds_case === 1,
    decision: row.decision,
    decidedAt: row.decided_at,
    receipt: row.receipt,
    report: row.report,
  };
}

function toRefusal({ filing_id, at, code, detail }: StoredRefusal): Refusal {
  return { filingId: filing_id, at, code, detail };
}

function checkTables(db: SqliteDatabase, macKey: Uint8Array): string[] {
  const structure = fileProblems(db).map((line) => `court.db: ${line}`);
  if (structure.length > 0) return structure;
  const findings: string[] = [];
  const changed = (table: string, id: number, mac: Buffer, fields: (string | number | null)[]) => {
    if (macHolds(mac, rowMac(macKey, table, fields))) return;
    findings.push(`court.db: table ${table}: the row of filing ${id} was changed`);
  };
  let expected = 1;
  const rows = (table: string) =>
    db.prepare(`SELECT * FROM ${table} ORDER BY 1`).iterate() as Iterable<unknown>;
  for (const row of rows('filings') as Iterable<StoredFiling>) {
    // Numbers count from 1 without a gap, so a row that was taken out shows.
    for (; expected < row.id; expected++) {
      findings.push(`court.db: table filings: the row of filing ${expected} is gone`);
    }
    expected = row.id + 1;
    changed('filings', row.id, row.mac, filingFields(row));
  }
  for (const row of rows('decisions') as Iterable<StoredDecision>) {
    changed('decisions', row.filing_id, row.mac, decisionFields(row));
  }
  for (const row of rows('refusals') as Iterable<StoredRefusal>) {
    changed('refusals', row.filing_id, row.mac, refusalFields(row));
  }
  return findings;
}
