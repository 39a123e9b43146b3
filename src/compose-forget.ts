import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from './adapters/backup/backup-error.ts';
import { describePart, readPart } from './adapters/backup/backup-manifest.ts';
import { digestFile } from './adapters/backup/folder-writer.ts';
import { destroySecretFile } from './adapters/keys/key-files.ts';
import { writeDurably } from './adapters/objects/durable-file.ts';
import { openCopy } from './adapters/sqlite/copy-database.ts';
import { createSqliteSecretStore, openSecretDatabase } from './adapters/sqlite/secret-store.ts';
import { toHex } from './formats/bytes.ts';
import { loanKey } from './formats/evidence-number.ts';

/** What was destroyed in a copy of the secrets. */
export interface Forgotten {
  secrets: number;
  packages: number;
}

/**
 * Destroys in a copy of the secrets what the living installation has erased: the secrets of erased
 * loans, and packages that it no longer has. The copy's list is written last: after a crash on the
 * way `backup verify` names the difference, and once more finishes it.
 * @throws BackupError BACKUP_DAMAGED, BACKUP_SOURCE_INVALID
 */
export async function forgetErased(dataFolder: string, folder: string): Promise<Forgotten> {
  const part = readPart(folder, 'secrets');
  const database = join(folder, 'secrets.db');
  const gone = erasedKeys(dataFolder);
  const packages = [...part.files.keys()].filter(
    (path) => path.startsWith('packages/') && !existsSync(join(dataFolder, path)),
  );
  const secrets = await destroy(database, gone);
  for (const path of packages) {
    if (existsSync(join(folder, path))) destroySecretFile(join(folder, path));
    part.files.delete(path);
  }
  part.files.set('secrets.db', (await digestFile(database)).sha256);
  const sizes = [...part.files].map(async ([path, sha256]) => {
    return { path, sha256, size: (await digestFile(join(folder, path))).size };
  });
  const described = describePart(part.facts, await Promise.all(sizes));
  for (const [name, bytes] of Object.entries(described)) {
    await writeDurably(folder, [bytes], join(folder, name));
  }
  return { secrets, packages: packages.length };
}

/**
 * Keys of loans whose erasure was asked for and whose secret is gone. A request alone is not enough:
 * a crash may have left it before the tombstone, and then the loan stands.
 */
function erasedKeys(dataFolder: string): string[] {
  for (const name of ['evidence.db', 'secrets.db']) {
    if (existsSync(join(dataFolder, name))) continue;
    const remedy = 'Set CUNZHENG_DATA to the living installation: it knows what was erased.';
    throw new BackupError('BACKUP_SOURCE_INVALID', `${dataFolder} has no ${name}`, remedy);
  }
  const [log, living] = ['evidence.db', 'secrets.db'].map((name) =>
    openCopy(join(dataFolder, name)),
  );
  try {
    const numbers = log?.prepare('SELECT evidence_no FROM erasures').pluck().all() as string[];
    const there = living?.prepare('SELECT 1 FROM secrets WHERE loan_key = ?').pluck();
    return numbers
      .map((no) => toHex(loanKey(no)))
      .filter((key) => !there?.get(Buffer.from(key, 'hex')));
  } finally {
    log?.close();
    living?.close();
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
