import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from './adapters/backup/backup-error.ts';
import { type DescribedPart, describePart, readPart } from './adapters/backup/backup-manifest.ts';
import { type BackedFile, digestFile } from './adapters/backup/folder-writer.ts';
import { destroySecretFile } from './adapters/keys/key-files.ts';
import { writeDurably } from './adapters/objects/durable-file.ts';
import { openCopy } from './adapters/sqlite/copy-database.ts';
import { createSqliteSecretStore, openSecretDatabase } from './adapters/sqlite/secret-store.ts';
import { BATCH_TABLE } from './compose-retention.ts';
import { toHex } from './formats/bytes.ts';
import { loanKey } from './formats/evidence-number.ts';

/** What was destroyed in a copy of the secrets. */
export interface Forgotten {
  secrets: number;
  packages: number;
}

/**
 * Destroys in a copy of the secrets what the living installation has erased: secrets and packages of
 * erased loans, and tables of batches, which name such loans, unless they were made anew since. The
 * copy's list is written last: after a crash on the way `backup verify` names the difference, and
 * once more finishes it.
 * @throws BackupError BACKUP_DAMAGED, BACKUP_SOURCE_INVALID, BACKUP_PARTS_DIFFER
 */
export async function forgetErased(dataFolder: string, folder: string): Promise<Forgotten> {
  const part = readPart(folder, 'secrets');
  await requireSameLog(dataFolder, part);
  const erased = erasedLoans(dataFolder);
  const database = join(folder, 'secrets.db');
  const packages: string[] = [];
  for (const path of part.files.keys()) {
    if (await isErased(path, dataFolder, part, erased)) packages.push(path);
  }
  const secrets = await destroy(database, erased.keys);
  for (const path of packages) {
    if (existsSync(join(folder, path))) destroySecretFile(join(folder, path));
    part.files.delete(path);
  }
  part.files.set('secrets.db', (await digestFile(database)).sha256);
  await writeList(part);
  return { secrets, packages: packages.length };
}

interface ErasedLoans {
  /** Hex. */
  keys: string[];
  /** Below `packages/`, as the ledger of filings has them. */
  packages: Set<string>;
}

/** Erased by another lender, or in another installation: that says nothing about this copy. */
async function requireSameLog(dataFolder: string, part: DescribedPart): Promise<void> {
  const name = 'keys/log.key';
  const living = join(dataFolder, name);
  const same = existsSync(living) && (await digestFile(living)).sha256 === part.files.get(name);
  if (same) return;
  const what = `${part.folder} is not a copy of the installation in ${dataFolder}`;
  const remedy = 'Set CUNZHENG_DATA to the living installation: it knows what was erased.';
  throw new BackupError('BACKUP_PARTS_DIFFER', what, remedy);
}

async function isErased(
  path: string,
  dataFolder: string,
  { files }: DescribedPart,
  erased: ErasedLoans,
): Promise<boolean> {
  const [, name] = /^packages\/(.+)$/.exec(path) ?? [];
  if (name === undefined || erased.keys.length === 0) return false;
  if (!BATCH_TABLE.test(name)) return erased.packages.has(name);
  const living = join(dataFolder, path);
  return !existsSync(living) || (await digestFile(living)).sha256 !== files.get(path);
}

/**
 * Lists the part anew. A crash between its two files leaves a copy that is refused as damaged: what
 * was to be destroyed is destroyed, and the copy is to be deleted.
 */
async function writeList({ folder, facts, files }: DescribedPart): Promise<void> {
  const listed: BackedFile[] = [];
  for (const [path, sha256] of files) {
    listed.push({ path, sha256, size: statSync(join(folder, path)).size });
  }
  for (const [name, bytes] of Object.entries(describePart(facts, listed))) {
    await writeDurably(folder, [bytes], join(folder, name));
  }
}

/**
 * Loans whose erasure was asked for and whose secret is gone. A request alone is not enough: a crash
 * may have left it before the tombstone, and then the loan stands.
 */
function erasedLoans(dataFolder: string): ErasedLoans {
  const log = openCopy(join(dataFolder, 'evidence.db'));
  const living = openCopy(join(dataFolder, 'secrets.db'));
  try {
    const there = living.prepare('SELECT 1 FROM secrets WHERE loan_key = ?').pluck();
    const numbers = log.prepare('SELECT evidence_no FROM erasures').pluck().all() as string[];
    const gone = numbers.filter((no) => there.get(Buffer.from(loanKey(no))) === undefined);
    const paths = log.prepare('SELECT package_path FROM filing_events WHERE evidence_no = ?');
    return {
      keys: gone.map((no) => toHex(loanKey(no))),
      packages: new Set(gone.flatMap((no) => paths.pluck().all(no) as string[])),
    };
  } finally {
    log.close();
    living.close();
  }
}

/** @returns how many were there; what is deleted is overwritten */
async function destroy(path: string, keys: string[]): Promise<number> {
  const db = openSecretDatabase(path);
  try {
    const store = createSqliteSecretStore(db);
    const there = await store.get(keys);
    if (there.size > 0) await store.destroy([...there.keys()]);
    return there.size;
  } finally {
    // A copy has no write-ahead log beside it, which its list would not name.
    db.pragma('journal_mode = DELETE');
    db.close();
  }
}
