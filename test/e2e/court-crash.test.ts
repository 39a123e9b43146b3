import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { openCourtKeys } from '../../src/compose-court.ts';
import { encodePolicy } from '../../src/formats/policy.ts';
import { CourtError } from '../../src/litigation/court/errors.ts';
import { get, put, type RunningLender, runCourt, runLender } from '../support/running-court.ts';
import {
  buildSamplePackage,
  depositSampleLoan,
  type SamplePackage,
} from '../support/sample-package.ts';

const PROGRAM = join(import.meta.dirname, '../support/court-process.ts');

describe('court that is killed', () => {
  let lender: RunningLender;
  let sample: SamplePackage;
  const children = new Set<ChildProcess>();

  before(async () => {
    lender = await runLender();
    await depositSampleLoan(lender.installation, 'L-1');
    await lender.installation.publishAndAnchor();
    sample = await buildSamplePackage(lender.installation, 'L-1');
  });

  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await lender?.stop();
  });

  function folderOf(name: string): string {
    const folder = join(lender.folder, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'policy.json'), encodePolicy(lender.installation.policy));
    return folder;
  }

  /** A court as a process of its own, and how to kill it as a power cut would. */
  async function start(folder: string) {
    const child = spawn(process.execPath, [PROGRAM, folder, lender.rpc.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (data) => resolve(String(data)));
      child.once('exit', (code) => reject(new Error(`the court ended with ${code}`)));
    });
    const kill = async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      children.delete(child);
    };
    return { ...(JSON.parse(line) as { url: string; key: string }), kill };
  }

  /** Waits until the court's own database shows what `sql` asks for. */
  async function until(folder: string, sql: string): Promise<void> {
    const db = new Database(join(folder, 'court.db'), { readonly: true });
    try {
      for (const end = Date.now() + 20_000; Date.now() < end; ) {
        if (db.prepare(sql).get() !== undefined) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      throw new Error(`waited in vain for: ${sql}`);
    } finally {
      db.close();
    }
  }

  function rows(folder: string, table: string): Record<string, unknown>[] {
    const db = new Database(join(folder, 'court.db'), { readonly: true });
    try {
      return db.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[];
    } finally {
      db.close();
    }
  }

  it('decides after the restart what it had stored, once', async () => {
    const folder = folderOf('court-a');
    const first = await start(folder);
    const unheard = put(first, sample.sha256, sample.bytes).catch((error: Error) => error);
    await until(folder, 'SELECT 1 FROM filings');
    await first.kill();
    expect(await unheard).to.be.instanceOf(Error);
    expect(rows(folder, 'decisions')).to.have.length(0);

    const second = await start(folder);
    const read = await get(second, `/v1/filings/${sample.sha256}`);
    expect(read.body.state).to.equal('received');
    const again = await put(second, sample.sha256, sample.bytes);
    expect(again.status).to.equal(200);
    expect(again.body).to.deep.equal(read.body);
    await second.kill();
    expect(rows(folder, 'filings')).to.have.length(1);
    expect(rows(folder, 'decisions')).to.have.length(1);
  });

  it('gives the receipt that it had written and nobody heard', async () => {
    const folder = folderOf('court-b');
    const first = await start(folder);
    const unheard = put(first, sample.sha256, sample.bytes).catch(() => undefined);
    await until(folder, 'SELECT 1 FROM decisions');
    await first.kill();
    await unheard;
    const [written] = rows(folder, 'decisions');
    const second = await start(folder);
    const again = await put(second, sample.sha256, sample.bytes);
    expect(again.body.receipt).to.equal(written?.receipt);
    await second.kill();
  });

  it('is open in one process only, while keys can be made beside it', async () => {
    const folder = folderOf('court-d');
    const court = await runCourt(folder, undefined);
    const second = await runCourt(folder, undefined).catch((error: CourtError) => error.code);
    expect(second).to.equal('COURT_IN_USE');
    const key = openCourtKeys(folder).createApiKey('desk', ['clerk']);
    expect((await get({ ...court, key }, '/v1/filings')).status).to.equal(200);
    await court.close();
  });

  it('does not start on a changed package or row, and names it', async () => {
    const folder = folderOf('court-c');
    const court = await runCourt(folder, lender.installation.policy, { rpcUrls: [lender.rpc.url] });
    await put(court, sample.sha256, sample.bytes);
    await court.close();
    const refusal = async () => {
      try {
        await (await runCourt(folder, undefined)).close();
        return 'started';
      } catch (error) {
        if (error instanceof CourtError && error.code === 'COURT_DAMAGED') return error.message;
        throw error;
      }
    };
    const name = `packages/${sample.sha256.slice(0, 2)}/${sample.sha256}.zip`;
    const bytes = readFileSync(join(folder, name));
    const damaged = Buffer.from(bytes);
    damaged[1000] = (damaged[1000] ?? 0) ^ 1;
    writeFileSync(join(folder, name), damaged);
    expect(await refusal()).to.include(`${name} (filing 1) was changed`);
    writeFileSync(join(folder, name), bytes);
    expect(await refusal()).to.equal('started');

    const db = new Database(join(folder, 'court.db'));
    expect(() => db.exec("UPDATE decisions SET decision = 'returned'")).to.throw(/insert-only/);
    db.exec('DROP TRIGGER decisions_no_update');
    db.exec("UPDATE decisions SET decision = 'returned'");
    db.close();
    expect(await refusal()).to.include('table decisions: the row of filing 1 was changed');
  });
});
