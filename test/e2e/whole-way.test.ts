import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { openInstallation } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { CASE_PATH, type CaseFile, parseCaseFile } from '../../src/formats/case-file.ts';
import { sha256Hex } from '../../src/formats/digest.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import { cunzheng, ended, has, needs, type Ran, run, startDemo } from '../support/command-line.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { differingCells, inkOf, type Page, rasterise, withoutFonts } from '../support/raster.ts';

/** The first seven of the plan: four in default, of which one lacks its contract. */
const LOANS = ['--loans', '7', '--lang', 'en'];
const BUNDLE = '合订本.pdf';

interface Package {
  name: string;
  path: string;
  /** Unpacked by unzip. */
  folder: string;
  caseFile: CaseFile;
}

describe('the whole way, from the loan to the court, checked by programs that are not ours', () => {
  const scratch = scratchFolder();
  const data = join(scratch.path, 'data');
  const policy = join(data, 'policy.json');
  let first: Ran;
  let packages: Package[] = [];

  before(async function () {
    this.timeout(300_000);
    first = await ended(startDemo(data, LOANS));
    packages = packageNames().map(open);
  });

  after(() => scratch.remove());

  function packageNames(): string[] {
    const all = readdirSync(join(data, 'packages'));
    return all.filter((name) => name.endsWith('.zip')).toSorted();
  }

  function open(name: string, at: number): Package {
    const path = join(data, 'packages', name);
    const files = readContainer(readFileSync(path));
    const caseFile = parseCaseFile(files.find((file) => file.path === CASE_PATH)?.bytes ?? '');
    const folder = join(scratch.path, `package-${at}`);
    return { name, path, folder, caseFile };
  }

  /** First column of a query on one of the databases. */
  function rows<T>(name: string, sql: string, ...values: unknown[]): T[] {
    const db = new Database(join(data, name), { readonly: true });
    try {
      return db
        .prepare(sql)
        .pluck()
        .all(...values) as T[];
    } finally {
      db.close();
    }
  }

  /** One package, unpacked by unzip. */
  async function unpacked(test: Mocha.Context, at = 0): Promise<Package> {
    needs(test, 'unzip');
    const one = packages[at];
    if (one === undefined) throw new Error(`there is no package ${at}`);
    mkdirSync(one.folder, { recursive: true });
    const { code, stderr } = await run('unzip', ['-qo', one.path, '-d', one.folder]);
    expect(code, stderr).to.equal(0);
    return one;
  }

  it('files three cases, names what the fourth lacks, and leaves the others alone', () => {
    expect(first.stderr).to.equal('');
    expect(first.code, first.stdout).to.equal(0);
    expect(packages).to.have.length(3);
    expect(first.stdout).to.include('7 loans: ');
    expect(first.stdout).to.include('Missing: loan contract (contract).');
    expect(first.stdout).to.include('3 further loans are not in arrears');
    expect(first.stdout).to.include('3 of 3 packages pass offline');
    expect(first.stdout).to.include('3 received, 0 returned, 0 without an answer');
    expect(first.stdout.match(/^ {2}✘ .*→ /gm), 'forgeries refused').to.have.length(2);
  });

  it('makes ZIP files that unzip finds nothing wrong with', async function () {
    this.timeout(300_000);
    needs(this, 'unzip');
    for (const { path } of packages) {
      const { code, stdout } = await run('unzip', ['-tq', path]);
      expect(code, stdout).to.equal(0);
    }
  });

  it('signs bundles that qpdf and pdfsig accept as a whole', async function () {
    this.timeout(300_000);
    needs(this, 'unzip', 'qpdf', 'pdfsig');
    for (const at of packages.keys()) {
      const bundle = join((await unpacked(this, at)).folder, BUNDLE);
      const checked = await run('qpdf', ['--check', bundle]);
      expect(checked.code, checked.stdout + checked.stderr).to.equal(0);
      const { stdout } = await run('pdfsig', ['-nocert', bundle]);
      expect(stdout).to.include('Signature is Valid');
      expect(stdout).to.include('Total document signed');
      expect(stdout.match(/^Signature #/gm)).to.have.length(1);
    }
  });

  it('signs containers that openssl accepts under the CA of the installation', async function () {
    this.timeout(300_000);
    needs(this, 'unzip', 'openssl');
    const { folder } = await unpacked(this);
    const verify = (ca: string, manifest: string) =>
      run('openssl', [
        ...['cms', '-verify', '-binary', '-inform', 'DER', '-purpose', 'any', '-CAfile', ca],
        ...['-in', join(folder, 'META-INF/signature001.p7s'), '-content', manifest],
        ...['-out', '/dev/null'],
      ]);
    const manifest = join(folder, 'META-INF/ASiCManifest001.xml');
    const own = join(data, 'keys/signing/ca.cert.pem');
    expect((await verify(own, manifest)).stderr).to.match(/successful/i);
    const changed = join(scratch.path, 'changed.xml');
    writeFileSync(changed, `${readFileSync(manifest, 'utf8')} `);
    expect((await verify(own, changed)).code).not.to.equal(0);
    const stranger = join(data, 'keys/signing/signer.cert.pem');
    expect((await verify(stranger, manifest)).code, 'another certificate').not.to.equal(0);
  });

  it('lists digests that sha256sum agrees with, of every file', async function () {
    this.timeout(300_000);
    needs(this, 'unzip', 'sha256sum');
    for (const at of packages.keys()) {
      const { folder } = await unpacked(this, at);
      const args = ['--strict', '--quiet', '-c', 'manifest-sha256.txt'];
      const { code, stdout, stderr } = await run('sha256sum', args, { cwd: folder });
      expect(code, stdout + stderr).to.equal(0);
      const listed = readFileSync(join(folder, 'manifest-sha256.txt'), 'utf8').trim().split('\n');
      const there = readdirSync(folder, { recursive: true, withFileTypes: true });
      // The list itself, mimetype, and the two files that sign the list are not in it.
      expect(listed).to.have.length(there.filter((entry) => entry.isFile()).length - 4);
    }
  });

  it('carries a script that needs openssl and sha256sum alone: 0 with keys, 3 without', async function () {
    this.timeout(300_000);
    needs(this, 'unzip', 'openssl', 'sha256sum');
    const { folder } = await unpacked(this);
    const { logs } = JSON.parse(readFileSync(policy, 'utf8')) as { logs: string[] };
    const ca = join(data, 'keys/signing/ca.cert.pem');
    const named = ['verify.sh', '--log-key', logs[0] ?? '', '--ca', ca];
    const passed = await run(has('dash') ? 'dash' : 'sh', named, { cwd: folder });
    expect(passed.code, passed.stdout + passed.stderr).to.equal(0);
    expect(passed.stdout).to.match(/^PASSED/m);
    const open = await run(has('bash') ? 'bash' : 'sh', ['verify.sh'], { cwd: folder });
    expect(open.code, open.stdout + open.stderr).to.equal(3);
    expect(open.stdout).to.match(/^INDETERMINATE/m);
  });

  it('prints Chinese that can be seen: each character of the title has a shape of its own', async function () {
    this.timeout(300_000);
    needs(this, 'unzip', 'pdftoppm', 'qpdf');
    const { folder } = await unpacked(this);
    const complaint = join(folder, '01_起诉状/民事起诉状.pdf');
    const page = await rasterise(complaint, scratch.path, 'with');
    const blank = await rasterise(await withoutFonts(complaint, scratch.path), scratch.path, 'no');
    const title = titleOf(page);
    expect(inkOf(page, title), 'ink of the title').to.be.within(0.05, 0.6);
    const bare = inkOf(blank, title);
    expect(Math.abs(inkOf(page, title) - bare), 'glyphs come with the file').to.be.above(0.02);
    // Boxes for missing characters look alike; 民事起诉状 are five different characters.
    expect(differingCells(page, title, 5)).to.equal(5);
  });

  it('holds originals byte for byte as they were deposited', async function () {
    this.timeout(300_000);
    const one = packages[0];
    if (one === undefined) throw new Error('no package');
    const files = new Map(readContainer(readFileSync(one.path)).map((it) => [it.path, it.bytes]));
    const exhibits = one.caseFile.exhibits.flatMap((exhibit) => exhibit.files);
    const contract = exhibits.find(({ path }) => path.endsWith('.pdf'));
    const out = join(scratch.path, 'content.bin');
    const asked = ['--ground', 'test', '--by', 'office'];
    const { evidenceNo } = one.caseFile;
    const args = ['log', 'content', evidenceNo, String(contract?.seq), '-o', out, ...asked];
    const ran = await cunzheng(args, data);
    expect(ran.code, ran.stderr).to.equal(0);
    expect(sha256Hex(readFileSync(out))).to.equal(
      sha256Hex(files.get(contract?.path ?? '') ?? new Uint8Array()),
    );
    const installation = await openInstallation(readConfig({ CUNZHENG_DATA: data }));
    try {
      for (const { caseFile, path } of packages) {
        const packed = new Map(readContainer(readFileSync(path)).map((it) => [it.path, it.bytes]));
        for (const exhibit of caseFile.exhibits.flatMap((it) => it.files)) {
          const content = await installation.evidence.content(caseFile.evidenceNo, exhibit.seq);
          const original = Buffer.from(packed.get(exhibit.path) ?? []);
          expect(original.equals(content), exhibit.path).to.equal(true);
        }
      }
    } finally {
      await installation.close();
    }
  });

  it("keeps the court's receipt in the history of each loan", async function () {
    this.timeout(300_000);
    for (const { caseFile } of packages) {
      const { stdout, code } = await cunzheng(['log', 'history', caseFile.evidenceNo], data);
      expect(code).to.equal(0);
      expect(stdout.split('\n')[0]).to.equal(caseFile.evidenceNo);
      expect(stdout.match(/ court-receipt /g), caseFile.caseId).to.have.length(1);
      expect(stdout.match(/ exported /g)?.length, caseFile.caseId).to.be.above(0);
    }
  });

  it('runs a second time without doing anything twice', async function () {
    this.timeout(300_000);
    const before = packageNames().map((name) => digest(name));
    const entries = rows<number>('evidence.db', 'SELECT count(event_key) FROM entries');
    const receipts = rows<string>('court/court.db', 'SELECT receipt FROM decisions ORDER BY 1');
    const second = await ended(startDemo(data, LOANS));
    expect(second.code, second.stdout + second.stderr).to.equal(0);
    expect(second.stdout).to.include(': 0 artifacts deposited now');
    expect(second.stdout.match(/\(from before\)/g)).to.have.length(3);
    expect(packageNames().map((name) => digest(name))).to.deep.equal(before);
    expect(rows('evidence.db', 'SELECT count(event_key) FROM entries')).to.deep.equal(entries);
    const now = rows('court/court.db', 'SELECT receipt FROM decisions ORDER BY 1');
    expect(now).to.deep.equal(receipts);
    const sql = "SELECT count(*) FROM filing_events WHERE state = 'answered' GROUP BY case_id";
    expect(rows('evidence.db', sql)).to.deep.equal([1, 1, 1]);
  });

  function digest(name: string): string {
    return `${name} ${sha256Hex(readFileSync(join(data, 'packages', name)))}`;
  }
});

/** The first line of print on a page, as a region of it. */
function titleOf(page: Page): { left: number; top: number; right: number; bottom: number } {
  const inked = (x: number, y: number) => (page.grey[y * page.width + x] ?? 255) < 128;
  const rowHasInk = (y: number) => {
    for (let x = 0; x < page.width; x++) if (inked(x, y)) return true;
    return false;
  };
  let top = 0;
  while (top < page.height && !rowHasInk(top)) top++;
  let bottom = top;
  while (bottom < page.height && rowHasInk(bottom)) bottom++;
  let [left, right] = [page.width, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = 0; x < page.width; x++) {
      if (!inked(x, y)) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
    }
  }
  return { left, top, right, bottom };
}
