import type {
  FilingEvent,
  FilingEventState,
  FilingLedger,
} from '../../litigation/submission/ports.ts';
import { macHolds, rowMac } from './evidence-rows.ts';
import { insertOnly, type SqliteDatabase } from './open-database.ts';

/**
 * The lender's ledger of filings. It names loans by their evidence number alone: the lender's
 * reference can hold personal data and could not be taken out again. The database itself keeps a case from being filed twice: nothing
 * follows an answer, and a second package of a case and revision is not sent while a first one may
 * be at the court.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS filing_events (
  id INTEGER PRIMARY KEY,
  case_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  court TEXT NOT NULL,
  evidence_no TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('prepared', 'sending', 'failed', 'refused', 'answered')),
  at TEXT NOT NULL,
  package_sha256 TEXT NOT NULL CHECK (length(package_sha256) = 64),
  package_size INTEGER NOT NULL,
  package_path TEXT NOT NULL,
  decision TEXT,
  receipt TEXT,
  reason TEXT,
  mac BLOB NOT NULL,
  CHECK ((state = 'answered') = (receipt IS NOT NULL)),
  CHECK ((state = 'answered') = (decision IS NOT NULL)),
  CHECK ((state IN ('failed', 'refused')) = (reason IS NOT NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS filing_events_by_case ON filing_events (case_id, revision, id);
CREATE TRIGGER IF NOT EXISTS filing_events_end_is_end BEFORE INSERT ON filing_events
WHEN EXISTS (SELECT 1 FROM filing_events e WHERE e.case_id = NEW.case_id
  AND e.revision = NEW.revision AND e.state = 'answered')
BEGIN SELECT RAISE(ABORT, 'the filing is answered'); END;
CREATE TRIGGER IF NOT EXISTS filing_events_one_package BEFORE INSERT ON filing_events
WHEN NEW.state = 'sending' AND EXISTS (SELECT 1 FROM filing_events e
  WHERE e.case_id = NEW.case_id AND e.revision = NEW.revision AND e.state = 'sending'
  AND (e.package_sha256 <> NEW.package_sha256 OR e.court <> NEW.court)
  AND NOT EXISTS (SELECT 1 FROM filing_events r WHERE r.case_id = e.case_id
    AND r.revision = e.revision AND r.state = 'refused' AND r.id > e.id))
BEGIN SELECT RAISE(ABORT, 'another package of this case was sent'); END;
${insertOnly('filing_events')}
`;

interface StoredEvent {
  id: number;
  case_id: string;
  revision: number;
  court: string;
  evidence_no: string;
  state: FilingEventState;
  at: string;
  package_sha256: string;
  package_size: number;
  package_path: string;
  decision: string | null;
  receipt: string | null;
  reason: string | null;
  mac: Buffer;
}

const fieldsOf = (row: Omit<StoredEvent, 'mac'>) => [
  row.id,
  row.case_id,
  row.revision,
  row.court,
  row.evidence_no,
  row.state,
  row.at,
  row.package_sha256,
  row.package_size,
  row.package_path,
  row.decision,
  row.receipt,
  row.reason,
];

/** The ledger on SQLite; its table is made when it is not there. */
export function createSqliteFilingLedger(db: SqliteDatabase, macKey: Uint8Array): FilingLedger {
  db.exec(SCHEMA);
  return {
    append: async (event) => append(db, macKey, event),
    async events(caseId, revision) {
      const sql = 'SELECT * FROM filing_events WHERE case_id = ? AND revision = ? ORDER BY id';
      return (db.prepare(sql).all(caseId, revision) as StoredEvent[]).map(toEvent);
    },
    async latest() {
      const sql = `SELECT e.* FROM filing_events e JOIN (SELECT min(id) AS first, max(id) AS last
        FROM filing_events GROUP BY case_id, revision) g ON e.id = g.last ORDER BY g.first`;
      return (db.prepare(sql).all() as StoredEvent[]).map(toEvent);
    },
    checkIntegrity: async () => check(db, macKey),
  };
}

function append(
  db: SqliteDatabase,
  macKey: Uint8Array,
  event: Omit<FilingEvent, 'id'>,
): FilingEvent {
  const next = db.prepare('SELECT coalesce(max(id), 0) + 1 FROM filing_events').pluck();
  const marks = Array.from({ length: 14 }, () => '?').join(', ');
  return db
    .transaction(() => {
      const id = next.get() as number;
      const fields = fieldsOf(toRow({ id, ...event }));
      const mac = rowMac(macKey, 'filing_events', fields);
      db.prepare(`INSERT INTO filing_events VALUES (${marks})`).run(...fields, mac);
      return { id, ...event };
    })
    .immediate();
}

function toRow(event: FilingEvent): Omit<StoredEvent, 'mac'> {
  return {
    id: event.id,
    case_id: event.caseId,
    revision: event.revision,
    court: event.court,
    evidence_no: event.evidenceNo,
    state: event.state,
    at: event.at,
    package_sha256: event.packageSha256,
    package_size: event.packageSize,
    package_path: event.packagePath,
    decision: event.decision ?? null,
    receipt: event.receipt ?? null,
    reason: event.reason ?? null,
  };
}

function toEvent(row: StoredEvent): FilingEvent {
  const { decision, receipt, reason } = row;
  return {
    id: row.id,
    caseId: row.case_id,
    revision: row.revision,
    court: row.court,
    evidenceNo: row.evidence_no,
    state: row.state,
    at: row.at,
    packageSha256: row.package_sha256,
    packageSize: row.package_size,
    packagePath: row.package_path,
    ...(decision === null ? {} : { decision }),
    ...(receipt === null ? {} : { receipt }),
    ...(reason === null ? {} : { reason }),
  };
}

/** One line a changed or missing row; numbers count from 1 without a gap. */
function check(db: SqliteDatabase, macKey: Uint8Array): string[] {
  const findings: string[] = [];
  const rows = db.prepare('SELECT * FROM filing_events ORDER BY id').iterate();
  let expected = 1;
  for (const row of rows as Iterable<StoredEvent>) {
    for (; expected < row.id; expected++) findings.push(lineOf(expected, 'is gone'));
    expected = row.id + 1;
    if (!macHolds(row.mac, rowMac(macKey, 'filing_events', fieldsOf(row)))) {
      findings.push(lineOf(row.id, 'was changed'));
    }
  }
  return findings;
}

function lineOf(id: number, what: string): string {
  return `evidence.db: table filing_events: row ${id} ${what}`;
}
