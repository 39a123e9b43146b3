import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { masterKeyNumbers } from './adapters/keys/key-vault.ts';
import { anchorOutboxSchema } from './adapters/sqlite/anchor-outbox-store.ts';
import { walProblems } from './adapters/sqlite/check-wal.ts';
import { COSIGNATURES_SCHEMA } from './adapters/sqlite/cosignature-store.ts';
import { ERASURES_SCHEMA } from './adapters/sqlite/erasure-store.ts';
import { EVIDENCE_PAGE_BYTES } from './adapters/sqlite/evidence-schema.ts';
import { prepareEvidenceTables } from './adapters/sqlite/evidence-store.ts';
import { openDatabase, type SqliteDatabase } from './adapters/sqlite/open-database.ts';
import { openSecretDatabase } from './adapters/sqlite/secret-store.ts';
import { timestampSchema } from './adapters/sqlite/timestamp-store.ts';
import { WRITTEN_POLICIES_SCHEMA } from './adapters/sqlite/written-policies.ts';
import { EvidenceError } from './evidence/errors.ts';
import { InstallationError } from './installation-facts.ts';

/** Tables of `evidence.db` beside the evidence store's own, which checks itself. */
export const OUTER_SCHEMA =
  COSIGNATURES_SCHEMA +
  anchorOutboxSchema +
  timestampSchema +
  ERASURES_SCHEMA +
  WRITTEN_POLICIES_SCHEMA;

/** The databases of an installation, opened. */
export interface Databases {
  db: SqliteDatabase;
  /** The loan secrets, and nothing else: the one database out of which rows are deleted. */
  secretsDb: SqliteDatabase;
  close(): void;
}

/** @throws InstallationError INSTALLATION_DAMAGED when SQLite cannot read one of them */
export function openDatabases(dataFolder: string): Databases {
  const db = openSound(join(dataFolder, 'evidence.db'), openEvidenceDatabase);
  try {
    const secretsDb = openSound(join(dataFolder, 'secrets.db'), openSecretDatabase);
    const close = () => {
      secretsDb.close();
      db.close();
    };
    return { db, secretsDb, close };
  } catch (error) {
    db.close();
    throw error;
  }
}

function openSound(path: string, open: (path: string) => SqliteDatabase): SqliteDatabase {
  const name = basename(path);
  const refuse = (problem: string, cause?: unknown) => {
    const remedy = `Nothing was changed. Restore ${name} and ${name}-wal from the backup.`;
    throw new InstallationError('INSTALLATION_DAMAGED', problem, remedy, { cause });
  };
  const [problem] = walProblems(path);
  if (problem !== undefined) refuse(problem);
  try {
    return open(path);
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause;
    return refuse(`${name}: ${cause instanceof Error ? cause.message : 'unreadable'}`, cause);
  }
}

function openEvidenceDatabase(path: string): SqliteDatabase {
  const db = openDatabase(path, EVIDENCE_PAGE_BYTES);
  try {
    prepareEvidenceTables(db);
    return db.exec(OUTER_SCHEMA);
  } catch (error) {
    db.close();
    throw error;
  }
}

const KEY_FILES = ['log.key', 'chain-admin.key', 'chain-publisher.key', 'index.key', 'signing'];

/**
 * `policy.json` is the last thing that a first start writes. From then on a missing key is a loss:
 * a new one in its place would sign as somebody else, or open nothing.
 */
export function requireKeys(dataFolder: string): void {
  if (!existsSync(join(dataFolder, 'policy.json'))) return;
  const missing = KEY_FILES.filter((name) => !existsSync(join(dataFolder, 'keys', name)));
  if (masterKeyNumbers(join(dataFolder, 'keys')).length === 0) missing.push('master.key');
  const remedy = 'Restore it from the backup; it is never made anew for an installation in use.';
  if (missing.length > 0) {
    const what = `missing in ${join(dataFolder, 'keys')}: ${missing.join(', ')}`;
    throw new InstallationError('INSTALLATION_DAMAGED', what, remedy);
  }
  if (existsSync(join(dataFolder, 'secrets.db'))) return;
  const what = `missing in ${dataFolder}: secrets.db`;
  throw new InstallationError('INSTALLATION_DAMAGED', what, remedy);
}
