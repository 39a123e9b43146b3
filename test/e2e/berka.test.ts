import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parsePolicy } from '../../src/formats/policy.ts';
import { verifyPackage } from '../../src/verify/verify-package.ts';
import { cunzheng, PROJECT } from '../support/command-line.ts';
import { scratchFolder } from '../support/evidence-rig.ts';

const BERKA = join(PROJECT, '../shared/data/berka');
const TRANSACTIONS = 'trans_loan_accounts_19930101-19940331.csv';
const FILING = ['--filing', 'berka', '--as-of', '1994-03-31'];

interface Row {
  loan: string;
  ready: boolean;
  codes: string[];
}

interface Finding {
  code: string;
  severity: string;
  zh: string;
  en: string;
}

interface MatterReport {
  loans: number;
  ready: number;
  byCode: Record<string, number>;
  rows: Row[];
  findings: { loan: string; findings: Finding[] }[];
}

describe('401 real loans of a Czech bank, by the command line', function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const data = join(scratch.path, 'data');
  let matter: MatterReport;

  before(function () {
    if (existsSync(BERKA)) return;
    console.log('      skipped: ../shared/data/berka is not here');
    this.skip();
  });

  after(() => scratch.remove());

  /** Counts of an import: the last line of its output. */
  async function imported(folder: string, ...more: string[]) {
    const args = ['import', '--profile', 'berka', folder, '--json', ...more];
    const ran = await cunzheng(args, data);
    const counts = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '');
    return { ...ran, counts };
  }

  it('imports every row once', async () => {
    const first = await imported(BERKA);
    expect(first.code, first.stderr).to.equal(0);
    expect(first.counts).to.deep.equal({ loans: 401, deposits: 7112, duplicates: 0, rejected: 0 });
    const second = await imported(BERKA);
    expect(second.code, second.stderr).to.equal(0);
    expect(second.counts).to.deep.equal({ loans: 401, deposits: 0, duplicates: 7112, rejected: 0 });
  });

  it('names a damaged row by file and line, and takes all the others', async () => {
    const folder = join(scratch.path, 'damaged');
    mkdirSync(folder);
    for (const name of readdirSync(BERKA).filter((it) => it.endsWith('.csv'))) {
      copyFileSync(join(BERKA, name), join(folder, name));
    }
    // Of the transactions a part is enough here: they are many, and none of them is damaged.
    const some = readFileSync(join(BERKA, TRANSACTIONS), 'utf8').split('\n').slice(0, 500);
    writeFileSync(join(folder, TRANSACTIONS), `${some.join('\n')}\n`);
    const lines = readFileSync(join(BERKA, 'loan.csv'), 'utf8').split('\n');
    lines[4] = lines[4]?.replace(/^(\d+,\d+),\d{6},/, '$1,99xx99,') ?? '';
    writeFileSync(join(folder, 'loan.csv'), lines.join('\n'));
    const rejects = join(scratch.path, 'rejects.ndjson');
    const { code, counts, stdout } = await imported(folder, '--rejects', rejects);
    expect(code).to.equal(1);
    const { loans, deposits, duplicates, rejected } = counts;
    // The loan of the damaged row is still named by rows of other tables that need no date of it.
    expect({ deposits, rejected }).to.deep.equal({ deposits: 0, rejected: 4 });
    expect(loans).to.be.within(400, 401);
    expect(duplicates).to.be.above(400 * 3);
    expect(stdout, 'no value of the row').not.to.include('99xx99');
    const rows = readFileSync(rejects, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const places = rows.map(({ file, line, code: why }) => `${file}:${line} ${why}`);
    expect(places.filter((place) => place === 'loan.csv:5 DATE_INVALID')).to.have.length(3);
    expect(rows[0].value).to.equal('99xx99');
    expect(statSync(rejects).mode & 0o777).to.equal(0o600);
    const text = await cunzheng(['import', '--profile', 'berka', folder], data);
    expect(text.stdout).to.match(/^loan\.csv:5 date: DATE_INVALID: /m);
    expect(text.stdout).to.match(
      /^40[01] loans: 0 new deposits, \d+ known already, 4 rows refused$/m,
    );
  });

  it('finds eight loans in arrears on 1994-03-31, and a reason for each other one', async () => {
    const ran = await cunzheng(['matter', ...FILING, '--json'], data);
    expect(ran.code, ran.stderr).to.equal(0);
    matter = JSON.parse(ran.stdout);
    expect([matter.loans, matter.ready]).to.deep.equal([401, 8]);
    const blocked = matter.rows.filter(({ ready }) => !ready);
    const of = (code: string) => blocked.filter(({ codes }) => codes.includes(code)).length;
    expect(of('NOT_YET_GRANTED')).to.equal(375);
    expect(of('NOT_IN_ARREARS')).to.equal(18);
    expect(blocked).to.have.length(393);
    for (const { loan, findings } of matter.findings) {
      const reasons = findings.filter(({ severity }) => severity === 'block');
      const ready = matter.rows.find((row) => row.loan === loan)?.ready;
      expect(reasons.length > 0, loan).to.equal(ready === false);
    }
  });

  it('says of loan 7097 what was due and what was paid', () => {
    const { findings } = matter.findings.find(({ loan }) => loan === '7097') ?? { findings: [] };
    const arrears = findings.find(({ code }) => code === 'NOT_IN_ARREARS');
    for (const text of [arrears?.en, arrears?.zh]) {
      expect(text).to.include('9,453.00').and.to.include('9,453.90').and.to.include('1998-12-31');
    }
  });

  it('makes a package of each of the eight, which the verifier passes', async () => {
    const ready = matter.rows.filter((row) => row.ready).map(({ loan }) => loan);
    const args = ['package', ...FILING, '--json', '--loan', ...ready, '7097'];
    const { code, stdout, stderr } = await cunzheng(args, data);
    expect(code, stderr).to.equal(0);
    const { prepared, kept, blocked, failed, report } = JSON.parse(stdout);
    expect({ prepared, kept, blocked, failed }).to.deep.equal({
      prepared: 8,
      kept: 0,
      blocked: 1,
      failed: 0,
    });
    expect(readFileSync(report, 'utf8')).to.include('9,453.90');
    const folder = join(data, 'packages');
    const names = readdirSync(folder).filter((name) => name.endsWith('.zip'));
    expect(names).to.have.length(8);
    const policyFile = join(data, 'policy.json');
    const context = { policy: parsePolicy(readFileSync(policyFile)), now: new Date() };
    for (const name of names) {
      const { verdict, checks } = verifyPackage(readFileSync(join(folder, name)), context);
      const open = checks.filter((check) => check.verdict !== 'passed');
      expect([verdict, open], name).to.deep.equal(['passed', []]);
    }
    const one = join(folder, names[0] ?? '');
    const verified = await cunzheng(['verify', one, '--policy', policyFile], data);
    expect(verified.code, verified.stdout).to.equal(0);
    expect(verified.stdout).to.match(
      /claim recalculated with the same result +\(CZK \d+\.\d\d.* 1994-03-31\)/,
    );
  });
});
