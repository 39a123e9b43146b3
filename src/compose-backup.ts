import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { BackupError } from './adapters/backup/backup-error.ts';
import {
  type BackupFacts,
  type BackupPart,
  describePart,
  filesBelow,
} from './adapters/backup/backup-manifest.ts';
import { FolderWriter } from './adapters/backup/folder-writer.ts';
import { cutJournal } from './adapters/chain/cut-journal.ts';
import { EmbeddedChainError } from './adapters/chain/embedded-chain-error.ts';
import { GENESIS_FILE, JOURNAL_FILE } from './adapters/chain/embedded-genesis.ts';
import { lockFolder } from './adapters/chain/folder-lock.ts';
import { walProblems } from './adapters/sqlite/check-wal.ts';
import {
  copyDatabase,
  digestSecrets,
  holdsAll,
  openCopy,
  recordedTransactions,
} from './adapters/sqlite/copy-database.ts';
import { EvidenceReader } from './adapters/sqlite/evidence-reader.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import { chainFolderOf } from './compose-anchoring.ts';
import { toHex } from './formats/bytes.ts';
import { EMBEDDED_TARGET } from './formats/embedded-target.ts';

/** What was copied where. */
export interface MadeBackup extends BackupFacts {
  files: number;
  bytes: number;
  /** Of the part with secrets; null when it was not asked for. */
  secretFiles: number | null;
}

/**
 * Made anew from evidence.db, belongs to a process, or is copied in a way of its own. How far the
 * log was read for signatures must not be ahead of the copy: it is begun anew.
 */
const NOT_COPIED =
  /^(?:(?:index|evidence|secrets)\.db.*|signature-checks\.json|log\/.*|chain(?:-\d+)?\/.*|(?:.*\/)?\..*|.*\.(?:tmp|new|partial))$/;
/**
 * Nothing in it can be read without the secrets, or it is public. Whatever is not named here goes to
 * the secrets: packages are in clear, and addresses in settings can hold passwords.
 */
const RECORDS = /^(?:objects\/.*|installation\.json|policy\.json)$/;
/** The service writes the row that knows it before the file: so it goes before the database. */
const POLICY = 'policy.json';

/**
 * Copies an installation while its service may run. What a file needs elsewhere is written before
 * it, so evidence.db comes first, at one moment, and all else after it may hold more than it needs;
 * only the chain's journal must not know more, and is cut. The published log is not copied: it
 * follows from the entries.
 * @param options.secrets folder for keys, loan secrets and whatever else opens or holds contents
 * @throws BackupError BACKUP_TARGET_EXISTS, BACKUP_SOURCE_INVALID; BACKUP_DISTURBED when a loan was
 *   erased or a key rotated meanwhile
 */
export async function createBackup(
  dataFolder: string,
  options: { records: string; secrets?: string },
): Promise<MadeBackup> {
  requireSource(dataFolder, [options.records, ...(options.secrets ? [options.secrets] : [])]);
  const records = FolderWriter.open(options.records);
  let secrets: FolderWriter | undefined;
  try {
    if (options.secrets !== undefined) secrets = FolderWriter.open(options.secrets);
    const facts = await fill(dataFolder, records, secrets);
    const { files } = records;
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const made = { ...facts, files: files.length, bytes };
    const secretFiles = secrets?.files.length ?? null;
    if (secrets !== undefined) await finish(secrets, { ...facts, part: 'secrets' });
    // Last: a part with records that has its name is whole, and its secrets are there.
    await finish(records, facts);
    return { ...made, secretFiles };
  } catch (error) {
    await records.discard();
    await secrets?.discard();
    throw error;
  }
}

async function fill(
  dataFolder: string,
  records: FolderWriter,
  secrets: FolderWriter | undefined,
): Promise<BackupFacts> {
  const at = (name: string) => join(dataFolder, name);
  const before = secrets && digestSecrets(at('secrets.db'));
  await records.write(POLICY, [readFileSync(at(POLICY))], 0o644);
  await copyDatabase(at('evidence.db'), records.at('evidence.db'));
  await records.adopt('evidence.db');
  if (secrets !== undefined) {
    await copySecrets(dataFolder, secrets, before ?? Buffer.alloc(0));
  }
  await records.copyAll(listed(dataFolder, 'records'));
  await copyChains(dataFolder, records);
  return factsOf(records.at('evidence.db'));
}

/**
 * Keys before the secrets that they open: a rotation on the way changes secrets that were there, and
 * so does an erasure. Then the copies need not fit together, and are given up.
 */
async function copySecrets(dataFolder: string, secrets: FolderWriter, before: Buffer) {
  await secrets.copyAll(listed(dataFolder, 'secrets'));
  await copyDatabase(join(dataFolder, 'secrets.db'), secrets.at('secrets.db'));
  const same = readdirSync(join(dataFolder, 'keys'))
    .filter((name) => name.startsWith('master.'))
    .every((name) => existsSync(secrets.at(`keys/${name}`)));
  if (!same || !holdsAll(before, digestSecrets(secrets.at('secrets.db')))) {
    const what = 'a loan was erased or the master key rotated while the backup was made';
    throw new BackupError('BACKUP_DISTURBED', what, 'Run the command again.');
  }
  await secrets.adopt('secrets.db');
}

function listed(dataFolder: string, part: BackupPart) {
  return filesBelow(dataFolder)
    .filter((path) => path !== POLICY && !NOT_COPIED.test(path))
    .filter((path) => RECORDS.test(path) === (part === 'records'))
    .map((path) => ({ from: join(dataFolder, path), path }));
}

/** Each embedded chain with the part of its history that the copied database knows. */
async function copyChains(dataFolder: string, records: FolderWriter): Promise<void> {
  for (const folder of readdirSync(dataFolder).filter((name) => /^chain(-\d+)?$/.test(name))) {
    const [genesis, journal] = [GENESIS_FILE, JOURNAL_FILE].map((name) => `${folder}/${name}`);
    if (genesis === undefined || journal === undefined) continue;
    // A chain in the making: no row of the database names it yet.
    if (![genesis, journal].every((path) => existsSync(join(dataFolder, path)))) continue;
    const target = folder.replace(/^chain/, EMBEDDED_TARGET);
    const known = recordedTransactions(records.at('evidence.db'), target);
    const whole = readFileSync(join(dataFolder, journal));
    await records.write(genesis, [readFileSync(join(dataFolder, genesis))]);
    await records.write(journal, [cutJournal(whole, known)]);
  }
}

function factsOf(copy: string): BackupFacts {
  const db = openCopy(copy);
  try {
    const log = new EvidenceReader(db);
    return {
      part: 'records',
      id: toHex(systemRandom.bytes(16)),
      createdAt: systemClock.now().toISOString(),
      entries: log.size(),
      checkpoint: log.latestCheckpoint()?.note ?? '',
    };
  } finally {
    db.close();
  }
}

async function finish(writer: FolderWriter, facts: BackupFacts): Promise<void> {
  const described = describePart(facts, writer.files);
  for (const [path, bytes] of Object.entries(described)) await writer.write(path, [bytes]);
  await writer.finish();
}

function requireSource(dataFolder: string, targets: string[]): void {
  for (const target of targets) {
    if (!`${resolve(target)}${sep}`.startsWith(resolve(dataFolder) + sep)) continue;
    const what = `${target} lies in the data folder`;
    throw invalidSource(what, 'Name a folder outside of it, on another disk.');
  }
  if (targets.length === 2 && resolve(targets[0] ?? '') === resolve(targets[1] ?? '')) {
    throw invalidSource('both parts are to go to one folder', 'Keep the secrets apart.');
  }
  for (const name of ['evidence.db', 'secrets.db', POLICY]) {
    if (existsSync(join(dataFolder, name))) continue;
    const remedy = 'Set CUNZHENG_DATA to the data folder of an installation that was started once.';
    throw invalidSource(`${dataFolder} has no ${name}`, remedy);
  }
  const [problem] = restingWalProblems(dataFolder);
  if (problem !== undefined) {
    throw invalidSource(problem, 'Nothing was copied. Run "cunzheng log check".');
  }
}

/**
 * SQLite drops what comes after a changed frame without a word, so the write-ahead logs of a service
 * that stands still are looked at before a copy is made of it. A running one changes them.
 */
function restingWalProblems(dataFolder: string): string[] {
  const folder = join(dataFolder, chainFolderOf(EMBEDDED_TARGET));
  if (!existsSync(folder)) return [];
  try {
    const lock = lockFolder(folder);
    try {
      return ['evidence.db', 'secrets.db'].flatMap((name) => walProblems(join(dataFolder, name)));
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof EmbeddedChainError && error.code === 'CHAIN_IN_USE') return [];
    throw error;
  }
}

const invalidSource = (what: string, remedy: string) =>
  new BackupError('BACKUP_SOURCE_INVALID', what, remedy);
