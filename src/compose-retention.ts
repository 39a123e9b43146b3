import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createSqliteErasureStore } from './adapters/sqlite/erasure-store.ts';
import type { SqliteDatabase } from './adapters/sqlite/open-database.ts';
import type { Config } from './config.ts';
import type { RetentionRules } from './evidence/index.ts';
import type { FilingEventState, FilingLedger } from './litigation/submission/ports.ts';

/** States in which a package lies ready or may be at the court: its loan cannot be erased. */
const OPEN: readonly FilingEventState[] = ['prepared', 'sending', 'failed'];

/** What decides whether a loan of this installation may be erased, and what goes with it. */
export function retentionRules(
  config: Config,
  db: SqliteDatabase,
  ledger: FilingLedger,
): RetentionRules {
  const filingsOf = async (evidenceNo: string) =>
    (await ledger.latest()).filter((filing) => filing.evidenceNo === evidenceNo);
  return {
    erasures: createSqliteErasureStore(db),
    retentionDays: config.retentionDays,
    async openFilings(evidenceNo) {
      const open = (await filingsOf(evidenceNo)).filter(({ state }) => OPEN.includes(state));
      return open.map(({ caseId, court, state }) => `${caseId}, ${court}, ${state}`);
    },
    async removeCopies(evidenceNo) {
      const paths = (await filingsOf(evidenceNo)).map(({ packagePath }) => packagePath);
      for (const path of paths) rmSync(join(config.dataFolder, 'packages', path), { force: true });
    },
  };
}
