import { existsSync, readdirSync, rmSync } from 'node:fs';
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
      const folder = join(config.dataFolder, 'packages');
      for (const path of [...paths, ...tablesIn(folder)])
        rmSync(join(folder, path), { force: true });
    },
  };
}

/** Names of the tables of whole batches in the folder of packages. */
export const BATCH_TABLE = /^(?:readiness|parties)-.*\.(?:json|csv)$/;

/**
 * Tables of whole batches, which name every loan and party in clear: all of them go, since the next
 * batch makes those of the loans that are left anew.
 */
function tablesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => BATCH_TABLE.test(name));
}
