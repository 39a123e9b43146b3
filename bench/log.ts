import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVIDENCE_PAGE_BYTES } from '../src/adapters/sqlite/evidence-schema.ts';
import { openDatabase } from '../src/adapters/sqlite/open-database.ts';
import { openInstallation } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { BATCH, LogBuilder } from './build-log.ts';
import { startOnce } from './restart.ts';
import type { BenchResult } from './result.ts';

const ROW_BYTES = 2060;
const FLOOR_ENTRIES = 100_000;

/** A folder for one bench, on the disk of the system's temporary files. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The floor: as many bytes hashed and committed in the same batches, nothing else. */
function floorRate(folder: string): number {
  const path = join(folder, 'floor.db');
  const db = openDatabase(path, EVIDENCE_PAGE_BYTES);
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO rows VALUES (?, ?)');
  const bytes = Buffer.alloc(ROW_BYTES, 1);
  const commit = db.transaction((from: number) => {
    for (let n = from; n < from + BATCH; n++) {
      bytes.writeUInt32BE(n);
      createHash('sha256').update(bytes).digest();
      insert.run(n, bytes);
    }
  });
  const started = performance.now();
  for (let from = 0; from < FLOOR_ENTRIES; from += BATCH) commit(from);
  const rate = (FLOOR_ENTRIES / (performance.now() - started)) * 1000;
  db.close();
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  return rate;
}

const decades = (entries: number) =>
  Array.from({ length: 8 }, (_, i) => 10 ** i).filter((size) => size >= 10_000 && size < entries);

/**
 * One log grown by decades. At each size: entries a second over the last half of the way there
 * (appended, indexed and published), its floor, what a process holds in memory, proofs out of it,
 * and the time from the start of a process to its readiness.
 */
export async function benchLog(entries: number): Promise<BenchResult[]> {
  return withScratch(async (folder) => {
    const results: BenchResult[] = [];
    for (const size of [...decades(entries), entries]) {
      const data = join(folder, String(size));
      results.push(...(await measure(folder, data, size)));
      rmSync(data, { recursive: true, force: true });
    }
    return results;
  });
}

async function measure(folder: string, data: string, size: number): Promise<BenchResult[]> {
  const builder = await LogBuilder.open(data, size);
  await builder.growTo(size / 2);
  const [before, started] = [builder.size, performance.now()];
  await builder.growTo(size);
  const rate = ((builder.size - before) / (performance.now() - started)) * 1000;
  await builder.close();
  const floor = floorRate(folder);
  const bytes = (name: string) => statSync(join(data, name)).size / builder.size;
  return [
    {
      name: 'log',
      value: rate,
      unit: 'entries/s',
      floor,
      ratio: rate / floor,
      entries: size,
      loans: Math.ceil(size / 10),
      'bytes/entry': Math.round(bytes('evidence.db')),
      'index bytes/entry': Math.round(bytes('index.db')),
    },
    ...(await measureProofs(data, builder.realLoans, size)),
    await measureStart(data, size),
  ];
}

async function measureStart(data: string, size: number): Promise<BenchResult> {
  const { seconds, megabytes } = await startOnce(data);
  return { name: 'restart', value: seconds, unit: 's', entries: size, 'resident MB': megabytes };
}

async function measureProofs(
  data: string,
  loans: string[],
  entries: number,
): Promise<BenchResult[]> {
  const config = readConfig({ CUNZHENG_DATA: data });
  const installation = await openInstallation(config, { skipCheck: true });
  try {
    const { evidence } = installation;
    const sample = (n: number) => loans[(n * 37) % loans.length] ?? '';
    const inclusion = await times(300, (n) => evidence.proof(sample(n), 0));
    const completeness = await times(300, (n) => evidence.completeness(sample(n)));
    const more = { entries, loans: Math.ceil(entries / 10) };
    return [
      { name: 'proof.inclusion', unit: 'ms', ...inclusion, ...more },
      { name: 'proof.completeness', unit: 'ms', ...completeness, ...more },
    ];
  } finally {
    await installation.close();
  }
}

/** Median as the value, and the 99th percentile. */
export async function times(
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<{ value: number; p99: number }> {
  const all: number[] = [];
  for (let n = 0; n < count; n++) {
    const started = performance.now();
    await work(n);
    all.push(performance.now() - started);
  }
  all.sort((a, b) => a - b);
  const at = (part: number) => all[Math.floor(count * part)] ?? 0;
  return { value: at(0.5), p99: Number(at(0.99).toPrecision(3)) };
}

/** `proof` alone, or `restart` alone, over one log of the given size. */
export async function benchOne(
  entries: number,
  which: 'proof' | 'restart',
): Promise<BenchResult[]> {
  return withScratch(async (folder) => {
    const builder = await LogBuilder.open(join(folder, 'data'), entries);
    await builder.growTo(entries);
    await builder.close();
    if (which === 'restart') return [await measureStart(builder.folder, entries)];
    return measureProofs(builder.folder, builder.realLoans, entries);
  });
}
