import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/adapters/sqlite/open-database.ts';
import { openInstallation } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import type { DepositCommand } from '../src/evidence/ports.ts';
import { canonicalBytes } from '../src/formats/jcs.ts';
import type { BenchResult } from './result.ts';

const BATCH = 1000;
const LOANS = 500;

function command(number: number): DepositCommand {
  const padding = 'x'.repeat(900);
  return {
    loan: `loan-${number % LOANS}`,
    kind: 'repayment',
    occurredAt: '2026-03-31',
    source: { system: 'core', eventId: `event-${number}` },
    content: {
      form: 'record',
      record: { amount: '453.71', date: '2026-01-02', extra: { number, padding } },
    },
  };
}

/** The floor: the same records hashed and committed to SQLite in the same batches, nothing else. */
function floorRate(folder: string, count: number): number {
  const db = openDatabase(join(folder, 'floor.db'));
  db.exec(
    'CREATE TABLE rows (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, data BLOB NOT NULL) STRICT',
  );
  const insert = db.prepare('INSERT INTO rows VALUES (?, ?, ?)');
  const commit = db.transaction((from: number) => {
    for (let n = from; n < Math.min(from + BATCH, count); n++) {
      const { content } = command(n);
      const bytes = canonicalBytes(content.form === 'record' ? content.record : null);
      insert.run(n, createHash('sha256').update(bytes).digest(), bytes);
    }
  });
  const started = performance.now();
  for (let from = 0; from < count; from += BATCH) commit(from);
  const rate = (count / (performance.now() - started)) * 1000;
  db.close();
  return rate;
}

/**
 * Records of 1 KB through `acceptDeposit` with their receipts, durable, and the floor of the same
 * run. Then proofs out of that log.
 */
export async function benchDeposit(count: number): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-bench-'));
  const config = readConfig({ CUNZHENG_DATA: join(folder, 'data') });
  const installation = await openInstallation(config);
  try {
    const { evidence } = installation;
    const floor = floorRate(folder, count);
    const started = performance.now();
    for (let from = 0; from < count; from += BATCH) {
      const size = Math.min(BATCH, count - from);
      await Promise.all(
        Array.from({ length: size }, (_, n) => evidence.acceptDeposit(command(from + n))),
      );
    }
    const rate = (count / (performance.now() - started)) * 1000;
    await installation.publishAndAnchor();
    const loans = await evidence.listLoans();
    const inclusion = await median(200, async (n) => {
      await evidence.proof(loans[n % loans.length]?.evidenceNo ?? '', 0);
    });
    const completeness = await median(100, async (n) => {
      await evidence.completeness(loans[n % loans.length]?.evidenceNo ?? '');
    });
    return [
      {
        name: 'deposit.bulk',
        value: rate,
        unit: 'records/s',
        floor,
        ratio: rate / floor,
        entries: count,
      },
      { name: 'proof.inclusion', value: inclusion, unit: 'ms', entries: count },
      { name: 'proof.completeness', value: completeness, unit: 'ms', entries: count, loans: LOANS },
    ];
  } finally {
    await installation.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function median(times: number, work: (n: number) => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let n = 0; n < times; n++) {
    const started = performance.now();
    await work(n);
    all.push(performance.now() - started);
  }
  return all.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}
