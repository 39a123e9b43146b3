import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/adapters/sqlite/open-database.ts';
import { openInstallation } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { canonicalBytes } from '../src/formats/jcs.ts';
import { benchCommandOf, benchDepositOf } from './load/deposits.ts';
import { type ServiceProcess, startServiceProcess } from './load/service-process.ts';
import type { BenchResult } from './result.ts';

/** Records a commit, for floor and in-process run. */
const BATCH = 1000;
const FILE_BYTES = 50 << 20;
const FILES = 8;

/** What is measured: bulk and singles of 1 KB, and large files. */
export interface DepositBench {
  /** Records of the bulk runs. */
  entries: number;
  /** Single requests a second, and for how long. */
  rate: number;
  seconds: number;
  /** `bulk`, `single` or `file`; all when absent. */
  only: string | undefined;
}

/** Deposits as they come over HTTP and in process, each beside its floor of the same run. */
export async function* benchDeposit(options: DepositBench): AsyncGenerator<BenchResult> {
  const wanted = (part: string) => options.only === undefined || options.only === part;
  if (wanted('bulk')) {
    const floor = await withScratch((folder) => floorRate(folder, options.entries));
    yield await bulkOverHttp(options.entries, floor);
    yield await bulkInProcess(options.entries, floor);
  }
  if (wanted('single')) {
    const often = { CUNZHENG_CHECKPOINT_SECONDS: '2' };
    yield await singles('deposit.single', options, {}, 0);
    yield await singles('deposit.single.publishing', options, often, 0);
    yield await singles('deposit.single.beside-bulk', options, often, options.entries);
  }
  if (wanted('file')) yield await files();
}

async function withScratch<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The floor: the same records hashed and committed to SQLite in the same batches, nothing else. */
function floorRate(folder: string, count: number): number {
  const db = openDatabase(join(folder, 'floor.db'));
  db.exec(
    'CREATE TABLE rows (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, data BLOB NOT NULL) STRICT',
  );
  const insert = db.prepare('INSERT INTO rows VALUES (?, ?, ?)');
  const commit = db.transaction((from: number, rows: Uint8Array[]) => {
    for (const [i, row] of rows.entries()) {
      insert.run(from + i, createHash('sha256').update(row).digest(), row);
    }
  });
  let spent = 0;
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from);
    const rows = Array.from({ length: size }, (_, i) =>
      canonicalBytes({ ...benchDepositOf(from + i, count).record }),
    );
    const started = performance.now();
    commit(from, rows);
    spent += performance.now() - started;
  }
  db.close();
  return (count / spent) * 1000;
}

async function bulkOverHttp(count: number, floor: number): Promise<BenchResult> {
  const service = await startServiceProcess();
  try {
    const before = service.processorSeconds();
    const told = await load('send-bulk', service, [0, count, count]);
    const cpuUs = round(((service.processorSeconds() - before) / count) * 1e6);
    const { accepted = 0, refused = 0, seconds = 0, firstRefusal } = told;
    if (accepted !== count) throw new Error(`${refused} of ${count} refused: ${firstRefusal}`);
    const value = count / Number(seconds);
    const peak = Math.round(service.peakBytes() / 1e6);
    const more = { entries: count, way: 'NDJSON over HTTP', peakMB: peak, cpuUs };
    return { name: 'deposit.bulk', value, unit: 'records/s', floor, ratio: value / floor, ...more };
  } finally {
    await service.stop();
  }
}

async function bulkInProcess(count: number, floor: number): Promise<BenchResult> {
  return withScratch(async (folder) => {
    const installation = await openInstallation(readConfig({ CUNZHENG_DATA: folder }));
    let spent = 0;
    const before = process.cpuUsage();
    for (let from = 0; from < count; from += BATCH) {
      const size = Math.min(BATCH, count - from);
      const commands = Array.from({ length: size }, (_, i) => benchCommandOf(from + i, count));
      const started = performance.now();
      await installation.evidence.acceptDeposits(commands);
      spent += performance.now() - started;
    }
    const { user, system } = process.cpuUsage(before);
    await installation.close();
    const value = (count / spent) * 1000;
    const more = {
      entries: count,
      way: 'one thread, in process',
      cpuUs: round((user + system) / count),
    };
    const result = { value, unit: 'records/s', floor, ratio: value / floor, ...more };
    return { name: 'deposit.bulk.in-process', ...result };
  });
}

/** Single requests that do not wait for each other; beside a bulk import when `bulk` > 0. */
async function singles(
  name: string,
  { rate, seconds }: DepositBench,
  env: Record<string, string>,
  bulk: number,
): Promise<BenchResult> {
  const service = await startServiceProcess(env);
  try {
    const all = bulk + rate * seconds;
    const importing = bulk > 0 ? load('send-bulk', service, [0, bulk, all]) : undefined;
    const told = await load('send-singles', service, [rate, seconds, bulk]);
    const imported = await importing;
    const { answered = 0, elapsed = 1, p50 = 0, p99 = 0, max = 0, refused = 0, broken = 0 } = told;
    const beside =
      imported === undefined ? {} : { bulkRate: Math.round(bulk / Number(imported.seconds)) };
    const value = Number(answered) / Number(elapsed);
    const times = { p50: round(p50), p99: round(p99), max: round(max) };
    return { name, value, unit: 'requests/s', ...times, refused, broken, rate, ...beside };
  } finally {
    await service.stop();
  }
}

const round = (value: string | number) => Math.round(Number(value) * 100) / 100;

type Told = Record<string, string | number>;

/** Runs a load generator in a process of its own; it tells its figures as its last line. */
function load(name: string, { url, key }: ServiceProcess, args: number[]): Promise<Told> {
  const path = new URL(`./load/${name}.ts`, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, url, key, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as Told);
      else reject(new Error(`${name} ended with ${code}`));
    });
  });
}

/** Files of 50 MB, one after the other. The floor: hashed once, written, on disk. */
async function files(): Promise<BenchResult> {
  const bytes = randomBytes(FILE_BYTES);
  const megabytes = (FILE_BYTES * FILES) / 1e6;
  const floor = await withScratch(async (folder) => {
    const started = performance.now();
    for (let i = 0; i < FILES; i++) await writeHashed(await open(join(folder, `${i}`), 'w'), bytes);
    return (megabytes / (performance.now() - started)) * 1000;
  });
  const service = await startServiceProcess();
  try {
    await sendFile(service, 'warm-up', bytes.subarray(0, 1 << 20));
    const before = service.peakBytes();
    const started = performance.now();
    for (let i = 0; i < FILES; i++) await sendFile(service, `file-${i}`, bytes);
    const value = (megabytes / (performance.now() - started)) * 1000;
    const grown = Math.round((service.peakBytes() - before) / 1e6);
    const memory = { peakMB: Math.round(service.peakBytes() / 1e6), grownMB: grown };
    const more = { files: FILES, fileMB: Math.round(FILE_BYTES / 1e6), ...memory };
    return { name: 'deposit.file', value, unit: 'MB/s', floor, ratio: value / floor, ...more };
  } finally {
    await service.stop();
  }
}

async function writeHashed(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += 1 << 16) {
    const chunk = bytes.subarray(at, at + (1 << 16));
    hash.update(chunk);
    await file.write(chunk);
  }
  await file.sync();
  await file.close();
}

function sendFile({ url, key }: ServiceProcess, eventId: string, bytes: Buffer): Promise<void> {
  const { record: _, ...deposit } = benchDepositOf(0, 10);
  const source = { system: 'scanner', eventId };
  const metadata = { ...deposit, kind: 'demand', source, name: 'call.mp3' };
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'audio/mpeg',
    'content-length': bytes.length,
    'cunzheng-deposit': Buffer.from(JSON.stringify(metadata)).toString('base64url'),
  };
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/v1/deposits`, { method: 'POST', headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 201) resolve();
        else reject(new Error(`a file was answered with ${response.statusCode}`));
      });
    });
    sending.once('error', reject).end(bytes);
  });
}
