import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { openInstallation } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { blankStudio } from '../../src/demo/blank-studio.ts';
import { generatePortfolio } from '../../src/demo/portfolio/generate-portfolio.ts';
import { createLoanFile } from '../../src/demo/portfolio/loan-file.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import { cunzheng, ended, type Ran, startDemo } from '../support/command-line.ts';
import { scratchFolder } from '../support/evidence-rig.ts';

/** Two of the four are in default. */
const LOANS = 4;
const CASES = 2;

describe('the demonstration, killed with kill -9', function () {
  this.timeout(600_000);
  const scratch = scratchFolder();
  const data = join(scratch.path, 'data');
  const children = new Set<ChildProcess>();
  /** Rows that were on the disk at a kill, as text by table and key: each must stay as it is. */
  const kept = new Map<string, string>();
  let blocks: string[] = [];
  let last: Ran;
  let complaints = '';

  after(() => {
    for (const child of children) child.kill('SIGKILL');
    scratch.remove();
  });

  /** Rows of a query; none while the database or the table is not there yet. */
  function rows(name: string, sql: string): unknown[][] {
    if (!existsSync(join(data, name))) return [];
    let db: Database.Database | undefined;
    try {
      db = new Database(join(data, name), { readonly: true });
      return db.prepare(sql).raw().all() as unknown[][];
    } catch (error) {
      if (/no such table|unable to open|database is locked/.test(String(error))) return [];
      throw error;
    } finally {
      db?.close();
    }
  }

  const count = (name: string, table: string) =>
    Number(rows(name, `SELECT count(*) FROM ${table}`)[0]?.[0] ?? 0);

  const deposits = () =>
    Number(
      rows('evidence.db', 'SELECT count(*) FROM entries WHERE event_key IS NOT NULL')[0]?.[0] ?? 0,
    );

  function packages(): string[] {
    const folder = join(data, 'packages');
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.filter((name) => name.endsWith('.zip'));
  }

  /** Everything that a kill must not take: acknowledged deposits, checkpoints, filings, receipts. */
  function remember(): void {
    const tables: [string, string][] = [
      ['evidence.db', 'loans'],
      ['evidence.db', 'entries'],
      ['evidence.db', 'checkpoints'],
      ['evidence.db', 'filing_events'],
      ['evidence.db', 'anchor_attempts'],
      ['court/court.db', 'filings'],
      ['court/court.db', 'decisions'],
    ];
    for (const [name, table] of tables) {
      for (const [key, ...rest] of rows(name, `SELECT * FROM ${table}`)) {
        const text = JSON.stringify(
          rest.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value)),
        );
        const place = `${table} ${Buffer.isBuffer(key) ? key.toString('hex') : key}`;
        expect(kept.get(place) ?? text, place).to.equal(text);
        kept.set(place, text);
      }
    }
    // The chain's own record: what was written whole stays, line by line, with its block hashes.
    const journal = join(data, 'chain/journal.ndjson');
    const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : [];
    expect(lines.slice(0, blocks.length)).to.deep.equal(blocks);
    // A transaction that was not mined yet was confirmed to nobody.
    blocks = lines.slice(0, lines.findLastIndex((line) => line.includes('"kind":"block"')) + 1);
  }

  /** Every place that `remember` saw still holds what it held. */
  function requireKept(): void {
    const before = new Map(kept);
    kept.clear();
    remember();
    for (const [place, text] of before) expect(kept.get(place), place).to.equal(text);
    for (const [place, text] of before) kept.set(place, text);
  }

  /**
   * Runs the demonstration until `when` holds, lets it go on for at most `afterMs`, and kills it.
   * @returns whether the kill came before the end
   */
  async function killOnce(when: () => boolean, afterMs: number): Promise<boolean> {
    const child = startDemo(data, ['--loans', String(LOANS), '--lang', 'en']);
    children.add(child);
    const end = ended(child);
    const running = () => child.exitCode === null && child.signalCode === null;
    while (running() && !when()) await wait(5);
    await Promise.race([end, wait(Math.random() * afterMs)]);
    child.kill('SIGKILL');
    const { signal, code, stderr, stdout } = await end;
    complaints += stderr;
    children.delete(child);
    if (signal !== 'SIGKILL') expect(code, stdout + stderr).to.equal(0);
    return signal === 'SIGKILL';
  }

  it('loses and doubles nothing, whatever it was doing', async () => {
    const grows = (progress: () => number) => () => {
      // Something new in this run, not only in one before it.
      const before = progress();
      return () => progress() > before;
    };
    const moments: [string, () => () => boolean, number][] = [
      ['making keys', grows(() => Number(existsSync(join(data, 'installation.json')))), 1500],
      ['starting the court', newCourt, 800],
      ['depositing', grows(() => deposits()), 300],
      ['anchoring', grows(() => count('evidence.db', 'anchor_events')), 150],
      ['packaging', grows(() => packages().length), 1500],
      ['submitting', grows(() => count('court/court.db', 'filings')), 300],
    ];
    let hit = 0;
    for (const [name, when, afterMs] of moments) {
      const killed = await killOnce(when(), afterMs);
      if (killed) hit++;
      console.log(
        `      ${name}: ${killed ? 'killed' : 'ended before'}, ${deposits()} deposits, ${packages().length} packages`,
      );
      requireKept();
    }
    expect(hit, 'kills before the end').to.be.at.least(5);
    last = await ended(startDemo(data, ['--loans', String(LOANS), '--lang', 'en']));
    expect(last.code, last.stdout + last.stderr).to.equal(0);
    complaints += last.stderr;
    requireKept();
    expect(kept.size).to.be.above(170);
  });

  it('has every event of the portfolio exactly once', async () => {
    const installation = await openInstallation(readConfig({ CUNZHENG_DATA: data }));
    try {
      const { evidence } = installation;
      for (const { loan, deposits } of portfolio()) {
        const { evidenceNo } = (await evidence.findLoan(loan)) ?? { evidenceNo: '' };
        const events = (await evidence.history(evidenceNo)).map(
          ({ statement }) => statement.source,
        );
        const ids = events.map(({ system, eventId }) => `${system} ${eventId}`);
        expect(new Set(ids).size, loan).to.equal(ids.length);
        const own = events.map(({ eventId }) => eventId).filter((id) => id.startsWith(`${loan}/`));
        expect(own.toSorted()).to.deep.equal(
          deposits.map(({ source }) => source.eventId).toSorted(),
        );
      }
      // The chain that was replayed has the hashes that were recorded when its blocks were made.
      const recorded = blocks
        .map((line) => JSON.parse(line) as { kind: string; number?: number; hash?: string })
        .filter(({ kind }) => kind === 'block');
      expect(recorded).to.have.length(installation.embedded.chain.blockCount());
      for (const { number = 0, hash } of recorded) {
        const at = `0x${number.toString(16)}`;
        const block = await installation.embedded.chain.request('eth_getBlockByNumber', [
          at,
          false,
        ]);
        expect((block as { hash: string }).hash.replace('0x', '')).to.equal(
          hash?.replace('0x', ''),
        );
      }
    } finally {
      await installation.close();
    }
  });

  it('is found sound by the check', async () => {
    const { code, stdout } = await cunzheng(['log', 'check'], data);
    expect(code, stdout).to.equal(0);
  });

  it('has each case answered once, by one receipt in its history', () => {
    expect(packages()).to.have.length(CASES);
    const answers = rows(
      'evidence.db',
      "SELECT count(*) FROM filing_events WHERE state = 'answered' GROUP BY case_id",
    );
    expect(answers.flat()).to.deep.equal([1, 1]);
    expect(count('court/court.db', 'filings')).to.equal(CASES);
    expect(count('court/court.db', 'decisions')).to.equal(CASES);
    expect(last.stdout, last.stdout).to.include('2 received, 0 returned, 0 without an answer');
  });

  it('leaves no court behind', async function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: processes are looked up in /proc');
      this.skip();
    }
    const end = Date.now() + 60_000;
    while (courts().length > 0 && Date.now() < end) await wait(50);
    expect(courts()).to.deep.equal([]);
  });

  /** Processes of a court on this folder, by the environment they were started with. */
  function courts(): string[] {
    const mark = `CUNZHENG_COURT_DATA=${join(data, 'court')}\0`;
    return readdirSync('/proc').filter((id) => {
      try {
        return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'latin1').includes(mark);
      } catch {
        // Ended meanwhile, or somebody else's.
        return false;
      }
    });
  }

  /** A court that is not the one of an earlier run; where that cannot be seen, at once. */
  function newCourt(): () => boolean {
    if (process.platform !== 'linux') return () => true;
    const before = courts();
    return () => courts().some((id) => !before.includes(id));
  }

  it('writes no borrower into names, log, objects, database, chain or output', () => {
    const secrets = people().flatMap(({ name, identityNumber, phone }) => [
      name,
      identityNumber,
      phone,
    ]);
    expect(secrets).to.have.length(3 * LOANS);
    const needles = secrets.map((text) => Buffer.from(text));
    const found: string[] = [];
    const look = (where: string, bytes: Buffer) => {
      for (const needle of needles) if (bytes.includes(needle)) found.push(`${needle} in ${where}`);
    };
    const all = readdirSync(data, { recursive: true, withFileTypes: true });
    for (const entry of all) {
      const path = join(entry.parentPath, entry.name).slice(data.length + 1);
      look('a file name', Buffer.from(path));
      const open = /^(log|objects|chain)\/|^evidence\.db|^policy\.json|^demo\.json/.test(path);
      if (entry.isFile() && open) look(path, readFileSync(join(data, path)));
    }
    for (const name of packages()) {
      const files = readContainer(readFileSync(join(data, 'packages', name)));
      for (const { path } of files) look(`a name in ${name}`, Buffer.from(path));
      // The packages themselves do name people: the search finds what is there to be found.
      const joined = Buffer.concat(files.map(({ bytes }) => bytes));
      expect(needles.filter((needle) => joined.includes(needle)).length, name).to.be.above(0);
    }
    look('standard error', Buffer.from(complaints));
    look('the summary', Buffer.from(last.stdout));
    expect(found).to.deep.equal([]);
  });

  function asOf(): string {
    return (JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as { asOf: string }).asOf;
  }

  function portfolio() {
    return generatePortfolio({ seed: 'demo', loans: LOANS, asOf: asOf() }, blankStudio);
  }

  function people() {
    return Array.from({ length: LOANS }, (_, at) => createLoanFile('demo', at, asOf()).person);
  }
});
