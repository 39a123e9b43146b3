import { checkSchema } from './adapters/sqlite/check-schema.ts';
import type { SqliteDatabase } from './adapters/sqlite/open-database.ts';
import { ROW_SEALS_SCHEMA, type RowSeals } from './adapters/sqlite/row-seals.ts';
import type { Anchoring } from './compose-anchoring.ts';
import { OUTER_SCHEMA } from './compose-databases.ts';
import type { Evidence, LogCheck } from './evidence/index.ts';
import type { FilingLedger } from './litigation/submission/ports.ts';

const SCHEMA = OUTER_SCHEMA + ROW_SEALS_SCHEMA;

/** What is checked of an installation. */
export interface Checked {
  evidence: Evidence;
  db: SqliteDatabase;
  seals: RowSeals;
  ledger: FilingLedger;
  anchoring: Anchoring;
  policyFindings(): Promise<string[]>;
}

/** Recomputes everything and names what was changed; `quick`: only what can be known in seconds. */
export function createCheck(parts: Checked): (options?: { quick?: boolean }) => Promise<LogCheck> {
  const { evidence, db, seals, ledger, anchoring } = parts;
  return async ({ quick = false } = {}) => {
    const findings: string[] = [];
    // SQLite throws where a page is damaged: that is a finding, and the other parts still speak.
    const collect = async (look: () => string[] | Promise<string[]>) => {
      try {
        findings.push(...(await look()));
      } catch (error) {
        findings.push(`evidence.db: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    let log: LogCheck = { entries: 0, checkpoints: 0, files: 0, objects: 0, erased: 0, findings };
    await collect(async () => {
      if (quick) return evidence.quickCheck();
      log = await evidence.check();
      return log.findings;
    });
    await collect(() => checkSchema(db, SCHEMA));
    await collect(() => seals.check());
    await collect(() => ledger.checkIntegrity());
    await collect(() => anchoring.findings());
    await collect(() => parts.policyFindings());
    return { ...log, findings };
  };
}
