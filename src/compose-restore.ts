import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BackupError } from './adapters/backup/backup-error.ts';
import { type DescribedPart, partFindings, readPart } from './adapters/backup/backup-manifest.ts';
import { FolderWriter } from './adapters/backup/folder-writer.ts';
import { createTileFiles } from './adapters/objects/tile-files.ts';
import { openCopy } from './adapters/sqlite/copy-database.ts';
import { EvidenceReader } from './adapters/sqlite/evidence-reader.ts';
import { openInstallation } from './compose.ts';
import type { Config } from './config.ts';
import { makeLogFiles } from './evidence/log/make-log-files.ts';
import { CHECKPOINT_PATH } from './evidence/log/publish-checkpoint.ts';
import type { TileFiles } from './evidence/ports.ts';
import { concatBytes, equalBytes, utf8 } from './formats/bytes.ts';
import { parseCheckpoint } from './formats/checkpoint.ts';
import { leafHash } from './formats/merkle.ts';
import { checkNote, parseVerifierKey } from './formats/note.ts';
import { parsePolicy } from './formats/policy.ts';

/** What a look at a backup showed. */
export interface BackupCheck {
  entries: number;
  /** Entries that the signed checkpoint in the backup covers. */
  covered: number;
  createdAt: string;
  files: number;
  /** Whether contents, seals and secrets were looked at too. */
  isFull: boolean;
  findings: string[];
}

export interface BackupParts {
  records: string;
  secrets?: string;
}

const NO_FILES: TileFiles = {
  write: async () => undefined,
  read: async () => undefined,
  has: async () => false,
  list: async () => [],
  async *walk() {},
};

/**
 * Looks at a backup without trusting its own list: every digest, every object that an entry names,
 * the root over all entries, and the signature of the log's key in its policy. With the secrets it
 * is restored aside, and everything recomputed as `log check` does.
 * @param head a checkpoint that was got from somewhere else, as published
 * @throws BackupError BACKUP_DAMAGED when it cannot be read, BACKUP_PARTS_DIFFER
 */
export async function verifyBackup(
  parts: BackupParts,
  config: Config,
  head?: string,
): Promise<BackupCheck> {
  const { records, secrets } = readParts(parts);
  const findings = await partFindings(records);
  if (secrets !== undefined) findings.push(...(await partFindings(secrets)));
  const whole = findings.length === 0;
  if (whole) findings.push(...(await logFindings(records)));
  if (whole && head !== undefined) findings.push(...(await headFindings(records, head)));
  if (whole && secrets !== undefined) {
    findings.push(...(await fullFindings({ records, secrets }, config)));
  }
  const { entries, checkpoint, createdAt } = records.facts;
  return {
    entries,
    covered: checkpoint === '' ? 0 : parseCheckpoint(checkpoint).size,
    createdAt,
    files: records.files.size + (secrets?.files.size ?? 0),
    isFull: whole && secrets !== undefined,
    findings,
  };
}

/**
 * Puts a backup where an installation can be started from it. The folder gets its name when
 * everything is in it and the log's files are made; a crash before leaves `<name>.partial`.
 * @param options.head the newest checkpoint that is known elsewhere
 * @throws BackupError BACKUP_TARGET_EXISTS, BACKUP_DAMAGED, BACKUP_PARTS_DIFFER, BACKUP_STALE
 */
export async function restoreBackup(
  parts: Required<BackupParts>,
  options: { to: string; head?: string },
): Promise<{ entries: number; covered: number; createdAt: string }> {
  const { records, secrets } = readParts(parts);
  if (secrets === undefined) throw new TypeError('a backup is restored with its secrets');
  if (options.head !== undefined) {
    const [problem] = await headFindings(records, options.head);
    if (problem !== undefined) {
      const remedy = 'Nothing was written. Restore a newer backup; never start from this one.';
      throw new BackupError('BACKUP_STALE', problem, remedy);
    }
  }
  const writer = FolderWriter.open(options.to);
  try {
    const covered = await fill(writer, [records, secrets]);
    await writer.finish();
    const { entries, createdAt } = records.facts;
    return { entries, covered, createdAt };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

async function fill(writer: FolderWriter, parts: DescribedPart[]): Promise<number> {
  for (const { folder, files } of parts) {
    const copies = [...files.keys()].map((path) => ({
      from: join(folder, path),
      path,
      mode: path === 'policy.json' ? 0o644 : 0o600,
    }));
    const done = writer.files.length;
    await writer.copyAll(copies);
    for (const { path, sha256 } of writer.files.slice(done)) {
      if (files.get(path) !== sha256) throw damaged(`${join(folder, path)} was changed`);
    }
  }
  return makeLog(writer.at('evidence.db'), writer.at('log'));
}

/** Makes the published log of a restored database. @returns the size of its checkpoint */
async function makeLog(database: string, folder: string): Promise<number> {
  return withLog(database, async (log) => {
    const note = log.latestCheckpoint()?.note;
    if (note === undefined) return 0;
    const { size, root } = parseCheckpoint(note);
    const tiles = createTileFiles(folder);
    if (!equalBytes(await makeLogFiles(sourceOf(log, tiles), size), root)) {
      throw damaged(`the entries of ${database} have another root than its checkpoint`);
    }
    await tiles.write([{ path: CHECKPOINT_PATH, bytes: utf8(note) }]);
    return size;
  });
}

const damaged = (what: string) =>
  new BackupError('BACKUP_DAMAGED', what, 'Use another backup; "backup verify" names all of it.');

function readParts(parts: BackupParts) {
  const records = readPart(parts.records, 'records');
  const secrets = parts.secrets === undefined ? undefined : readPart(parts.secrets, 'secrets');
  if (secrets === undefined || secrets.facts.id === records.facts.id) return { records, secrets };
  const what = `${secrets.folder} was not made together with ${records.folder}`;
  const remedy = 'Name the two folders of one "backup create"; their times are in backup.json.';
  throw new BackupError('BACKUP_PARTS_DIFFER', what, remedy);
}

async function withLog<T>(path: string, work: (log: EvidenceReader) => Promise<T>): Promise<T> {
  const db = openCopy(path);
  try {
    return await work(new EvidenceReader(db));
  } finally {
    db.close();
  }
}

function sourceOf(log: EvidenceReader, tiles: TileFiles) {
  const store = {
    readData: async (begin: number, end: number) => log.data(begin, end),
    leafHashes: async (begin: number, end: number) =>
      concatBytes(...log.data(begin, end).map(leafHash)),
  };
  return { store, tiles };
}

const keyOf = ({ folder }: DescribedPart) => {
  const [vkey = ''] = parsePolicy(readFileSync(join(folder, 'policy.json'))).logs;
  return parseVerifierKey(vkey);
};

/** Objects, root and signature, which need no key of the lender. */
async function logFindings(records: DescribedPart): Promise<string[]> {
  const findings: string[] = [];
  const { facts, files, folder } = records;
  await withLog(join(folder, 'evidence.db'), async (log) => {
    if (log.size() !== facts.entries) {
      findings.push(`evidence.db: ${log.size()} of ${facts.entries} entries are there`);
    }
    for (const id of log.objectIds()) {
      const path = `objects/${id.slice(0, 2)}/${id.slice(2)}`;
      if (files.get(path) !== id) findings.push(`${path}: is missing or another object`);
    }
    const note = log.latestCheckpoint()?.note ?? '';
    if (note !== facts.checkpoint) findings.push('evidence.db: has another checkpoint');
    else if (note !== '') findings.push(...(await noteFindings(records, log, note)));
  });
  return findings;
}

async function noteFindings(records: DescribedPart, log: EvidenceReader, text: string) {
  const { note, size, root } = parseCheckpoint(text);
  const name = `checkpoint of size ${size}`;
  const signature = checkNote(note, keyOf(records));
  if (signature !== 'valid') return [`${name}: the signature is ${signature}`];
  const own = await makeLogFiles(sourceOf(log, NO_FILES), size);
  return equalBytes(own, root) ? [] : [`${name}: its root is not the one of its entries`];
}

/** Whether the backup is older than a checkpoint from elsewhere, or of another history. */
async function headFindings(records: DescribedPart, head: string): Promise<string[]> {
  const { note, size } = parseCheckpoint(head);
  const signature = checkNote(note, keyOf(records));
  if (signature !== 'valid') return [`the checkpoint given is not of this log (${signature})`];
  return withLog(join(records.folder, 'evidence.db'), async (log) => {
    const known = log.latestCheckpoint()?.size ?? 0;
    if (size <= known) return noteFindings(records, log, head);
    return [`the log was published with ${size} entries, the backup knows ${known} of them`];
  });
}

/** Restores beside the secrets, recomputes everything, and removes it again. */
async function fullFindings(
  { records, secrets }: { records: DescribedPart; secrets: DescribedPart },
  config: Config,
): Promise<string[]> {
  const scratch = mkdtempSync(join(dirname(resolve(secrets.folder)), '.backup-check-'));
  const folder = join(scratch, 'data');
  try {
    const writer = FolderWriter.open(folder);
    // Objects are never written to, and are most of the bytes.
    const isObject = (path: string) => path.startsWith('objects/');
    const files = new Map([...records.files].filter(([path]) => !isObject(path)));
    await fill(writer, [{ ...records, files }, secrets]);
    const objects = join(resolve(records.folder), 'objects');
    if (existsSync(objects)) symlinkSync(objects, writer.at('objects'));
    await writer.finish();
    const options = { skipCheck: true };
    const installation = await openInstallation({ ...config, dataFolder: folder }, options);
    try {
      return (await installation.check()).findings;
    } finally {
      await installation.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
