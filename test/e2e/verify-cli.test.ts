import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Installation, openInstallation } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { buildAsicManifest, parseAsicManifest } from '../../src/formats/asic-manifest.ts';
import { fromUtf8, utf8 } from '../../src/formats/bytes.ts';
import {
  CALCULATION_PATH,
  CASE_PATH,
  COMPLETENESS_PATH,
  encodeCaseFile,
  encodeHistory,
  encodeSums,
  HISTORY_PATH,
  parseHistory,
  SUMS_PATH,
  VERIFY_SCRIPT_PATH,
} from '../../src/formats/case-file.ts';
import { sha256Hex } from '../../src/formats/digest.ts';
import { encodePolicy } from '../../src/formats/policy.ts';
import { encodeCompletenessProof, parseCompletenessProof } from '../../src/formats/proof-file.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import type { ContainerFile } from '../../src/litigation/ports.ts';
import type { Check, VerificationReport } from '../../src/verify/report.ts';
import { verifyPackage } from '../../src/verify/verify-package.ts';
import { cunzheng, needs, PROJECT, run, type Serving, serve } from '../support/command-line.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import {
  buildSamplePackage,
  depositSampleLoan,
  rewriteContainer,
  type SamplePackage,
  sealAgain,
} from '../support/sample-package.ts';

const LOAN = 'L-1';
const MANIFEST = 'META-INF/ASiCManifest001.xml';
const SIGNATURE = 'META-INF/signature001.p7s';
/** Deposit of the disbursement and of the second repayment within the sample loan. */
const DISBURSED = 2;
const REPAID = 4;

describe('cunzheng verify, as a court runs it', function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const at = (...names: string[]) => join(scratch.path, ...names);
  const policy = at('policy.json');
  let sample: SamplePackage;
  /** Ways to look at one forged package. */
  const forged: Record<string, string> = {};
  let installation: Installation;

  before(async () => {
    installation = await openInstallation(readConfig({ CUNZHENG_DATA: at('lender') }));
    try {
      await depositSampleLoan(installation, LOAN);
      await installation.publishAndAnchor();
      sample = await buildSamplePackage(installation, LOAN);
      writeFileSync(policy, encodePolicy(installation.policy));
      writeFileSync(at('case.zip'), sample.bytes);
      await writeForgeries();
      await writeEvidence();
    } finally {
      await installation.close();
    }
    await writeStrangers();
  });

  after(() => scratch.remove());

  function keep(name: string, bytes: Uint8Array): void {
    forged[name] = at(`${name}.zip`);
    writeFileSync(at(`${name}.zip`), bytes);
  }

  /** What the lender itself could sign although it is false. */
  async function writeForgeries(): Promise<void> {
    const repayment = exhibitOf(REPAID);
    const parts = repayment.proof.replace(/json$/, '');
    const fewer = {
      ...sample.caseFile,
      exhibits: sample.caseFile.exhibits.map((exhibit) => ({
        ...exhibit,
        files: exhibit.files.filter(({ seq }) => seq !== REPAID),
      })),
    };
    const without = replaced(
      sample.files.filter(({ path }) => path !== repayment.path && !path.startsWith(parts)),
      CASE_PATH,
      utf8(encodeCaseFile(fewer)),
    );
    keep('exhibit-dropped', await sealAgain(installation, without));
    const { entries } = parseHistory(fileOf(HISTORY_PATH));
    const shorter = utf8(encodeHistory({ entries: entries.slice(0, REPAID) }));
    const forgotten = replaced(without, HISTORY_PATH, shorter);
    keep('history-dropped', await sealAgain(installation, forgotten));
    const proof = parseCompletenessProof(fileOf(COMPLETENESS_PATH));
    const cut = { ...proof, entryTexts: proof.entryTexts.slice(0, REPAID) };
    const denied = replaced(forgotten, COMPLETENESS_PATH, utf8(encodeCompletenessProof(cut)));
    keep('completeness-cut', await sealAgain(installation, denied));
    const dearer = fromUtf8(fileOf(CALCULATION_PATH)).replace(/"total":"/, '"total":"9');
    const overcharged = replaced(sample.files, CALCULATION_PATH, utf8(dearer));
    keep('calculation-altered', await sealAgain(installation, overcharged));
    const script = readFileSync(join(PROJECT, 'templates/package/verify.sh'));
    const scripted = replaced(sample.files, VERIFY_SCRIPT_PATH, script);
    writeFileSync(at('scripted.zip'), await sealAgain(installation, scripted));
  }

  /** One deposit with its proof, its receipt, and the proof of completeness. */
  async function writeEvidence(): Promise<void> {
    const { evidence } = installation;
    const { evidenceNo } = sample;
    writeFileSync(at('record.json'), await evidence.content(evidenceNo, DISBURSED));
    writeFileSync(at('record.proof.json'), await evidence.proof(evidenceNo, DISBURSED));
    writeFileSync(at('receipt.json'), await evidence.receipt(evidenceNo, DISBURSED));
    writeFileSync(at('all.json'), await evidence.completeness(evidenceNo));
  }

  /** Somebody else's installation: its own keys, and the lender's package under its signature. */
  async function writeStrangers(): Promise<void> {
    const other = await openInstallation(readConfig({ CUNZHENG_DATA: at('stranger') }));
    try {
      keep('resigned', await sealAgain(other, sample.files));
      await depositSampleLoan(other, LOAN);
      await other.publishAndAnchor();
      keep('foreign', (await buildSamplePackage(other, LOAN)).bytes);
    } finally {
      await other.close();
    }
  }

  function replaced(files: ContainerFile[], path: string, bytes: Uint8Array): ContainerFile[] {
    return files.map((file) => (file.path === path ? { path, bytes } : file));
  }

  function fileOf(path: string): Uint8Array {
    const file = sample.files.find((one) => one.path === path);
    if (file === undefined) throw new Error(`no ${path}`);
    return file.bytes;
  }

  function exhibitOf(seq: number) {
    const file = sample.caseFile.exhibits.flatMap(({ files }) => files).find((f) => f.seq === seq);
    if (file === undefined) throw new Error(`no exhibit of number ${seq}`);
    return file;
  }

  /** Runs `verify --json`; anything but one JSON object on standard output fails the test. */
  async function verify(...args: string[]): Promise<VerificationReport & { code: number | null }> {
    const ran = await cunzheng(['verify', ...args, '--json'], at('no-data-folder'));
    expect(ran.stdout, ran.stderr).to.match(/^\{.*\}\n$/);
    return { ...(JSON.parse(ran.stdout) as VerificationReport), code: ran.code };
  }

  const named = (path: string, ...more: string[]) => verify(path, '--policy', policy, ...more);

  function failures(report: VerificationReport): string[] {
    const said = ({ id, reason, subject }: Check) =>
      [id, reason, subject].filter(Boolean).join(' ');
    return report.checks.filter(({ verdict }) => verdict === 'failed').map(said);
  }

  it('passes a package under a policy, and says what it did not check', async () => {
    const report = await named(at('case.zip'));
    expect(report.checks.filter(({ verdict }) => verdict !== 'passed')).to.deep.equal([]);
    expect(report.code).to.equal(0);
    expect(report.verdict).to.equal('passed');
    expect(report.notChecked).to.include.members(['TRUTH_OF_CONTENT', 'REVOCATION', 'CHAIN']);
  });

  it('is indeterminate without a policy, naming the fingerprints and how to name them', async () => {
    const { code, stdout } = await cunzheng(['verify', at('case.zip')], at('none'));
    expect(code).to.equal(3);
    expect(stdout).to.include('? Verdict: INDETERMINATE');
    expect(stdout).to.include('--policy policy.json');
    const { signingRoots, logs } = JSON.parse(readFileSync(policy, 'utf8'));
    expect(stdout).to.include(`signing root (SHA-256): ${signingRoots[0].sha256}`);
    const [name, id] = (logs[0] as string).split('+');
    expect(stdout).to.include(`log key: ${name}+${id}`);
  });

  it('reports in Chinese and in English, by option and by the language of the system', async () => {
    const args = ['verify', at('case.zip'), '--policy', policy];
    const asked = await cunzheng([...args, '--lang', 'zh'], at('none'));
    expect(asked.stdout).to.match(/^✔ 结论: 通过\n/);
    expect(asked.stdout).to.include('未检查（结论不包括）');
    const system = await cunzheng(args, at('none'), { LANG: 'zh_CN.UTF-8', LC_ALL: 'zh_CN.UTF-8' });
    expect(system.stdout).to.equal(asked.stdout);
    const english = await cunzheng([...args, '--lang', 'en'], at('none'));
    expect(english.stdout).to.match(/^✔ Verdict: PASSED\n/);
    expect(english.stdout).to.not.match(/[通结]/);
  });

  describe('one changed byte, repacked with right check sums', () => {
    const targets: [string, () => string, RegExp][] = [
      ['an exhibit', () => exhibitOf(REPAID).path, /^container.manifest DIGEST_DIFFERS 04_/],
      [
        'a proof file',
        () => exhibitOf(0).proof,
        /^container.manifest DIGEST_DIFFERS proof.entries/,
      ],
      ['the bundle', () => sample.caseFile.bundle.path, /^bundle.signature/],
      ['the signed manifest', () => MANIFEST, /^container.(manifest|signature)/],
      ['the signature', () => SIGNATURE, /^container.signature/],
      ['case.json', () => CASE_PATH, /^container.manifest DIGEST_DIFFERS proof.case.json/],
      ['calculation.json', () => CALCULATION_PATH, /^claim.calculation/],
      ['history.json', () => HISTORY_PATH, /^history.statements/],
      ['completeness.json', () => COMPLETENESS_PATH, /DIGEST_DIFFERS proof.completeness.json/],
      ['the list of digests', () => SUMS_PATH, /^container.sums/],
    ];
    for (const [what, path, finding] of targets) {
      it(`fails for ${what} and names it`, async () => {
        const bytes = await rewriteContainer(sample.bytes, (name, old) =>
          name === path()
            ? flipped(old, what === 'the signature' ? old.length - 1 : undefined)
            : undefined,
        );
        writeFileSync(at('changed.zip'), bytes);
        const report = await named(at('changed.zip'));
        expect(report.code).to.equal(1);
        expect(
          failures(report).some((line) => finding.test(line)),
          failures(report).join('\n'),
        ).to.equal(true);
      });
    }
  });

  it('fails for a changed byte on the disk', async () => {
    writeFileSync(at('changed.zip'), flipped(sample.bytes));
    const report = await named(at('changed.zip'));
    expect(report.code).to.equal(1);
    expect(failures(report)).to.deep.equal(['container.form CONTAINER_REFUSED']);
  });

  it('never passes a package with any byte of the signature file changed', async () => {
    const size = readContainer(sample.bytes).find(({ path }) => path === SIGNATURE)?.bytes.length;
    const context = { policy: installation.policy, now: new Date() };
    for (let offset = 0; offset < (size ?? 0); offset += 37) {
      const bytes = await rewriteContainer(sample.bytes, (path, old) =>
        path === SIGNATURE ? flipped(old, offset) : undefined,
      );
      expect(verifyPackage(bytes, context).verdict, `byte ${offset}`).not.to.equal('passed');
    }
  });

  for (const what of ['exhibit', 'calculation', 'bundle'] as const) {
    it(`fails for a changed ${what} with lists recomputed under the old signature`, async () => {
      const { path } = {
        exhibit: exhibitOf(REPAID),
        calculation: { path: CALCULATION_PATH },
        bundle: sample.caseFile.bundle,
      }[what];
      writeFileSync(at('relisted.zip'), await relisted(sample.bytes, path));
      const report = await named(at('relisted.zip'));
      expect(report.code).to.equal(1);
      expect(failures(report)).to.include('container.signature SIGNER_REFUSED');
      const lists = report.checks.filter(({ id }) => /container.(manifest|sums)/.test(id));
      expect(lists.map(({ verdict }) => verdict)).to.deep.equal(['passed', 'passed']);
    });
  }

  it('never passes what a stranger signed, however consistent it is', async () => {
    for (const name of ['resigned', 'foreign']) {
      const report = await named(forged[name] ?? '');
      expect(report.code, name).to.equal(3);
      const open = report.checks.filter(({ verdict }) => verdict === 'indeterminate');
      expect(
        open.map(({ id, reason }) => `${id} ${reason}`),
        name,
      ).to.include('container.signature SIGNER_NOT_NAMED');
      expect(
        report.checks.every(({ verdict }) => verdict !== 'failed'),
        name,
      ).to.equal(true);
      expect(report.notChecked).to.include('TRUST');
    }
  });

  for (const [name, finding] of [
    ['exhibit-dropped', 'claim.events EVENTS_OMITTED'],
    ['history-dropped', 'history.statements ENTRIES_INCOMPLETE'],
    ['completeness-cut', 'map.value ENTRIES_INCOMPLETE'],
    ['calculation-altered', 'claim.calculation CALCULATION_DIFFERS'],
  ] as const) {
    it(`fails a package that the lender itself signed: ${name}`, async () => {
      const report = await named(forged[name] ?? '');
      expect(report.code).to.equal(1);
      expect(failures(report)[0]).to.equal(finding);
    });
  }

  it('checks one file with its proof', async () => {
    const proof = ['--proof', at('record.proof.json')];
    expect((await named(at('record.json'), ...proof)).code).to.equal(0);
    expect((await verify(at('record.json'), ...proof)).code).to.equal(3);
    writeFileSync(at('other.json'), `${readFileSync(at('record.json'), 'utf8')} `);
    const changed = await named(at('other.json'), ...proof);
    expect(changed.code).to.equal(1);
    expect(failures(changed)).to.deep.equal(['file.digest FILE_CHANGED']);
  });

  it('holds a receipt against the history', async () => {
    const against = ['--completeness', at('all.json')];
    const report = await named(at('receipt.json'), ...against);
    expect(report.code).to.equal(0);
    const kept = report.checks.find(({ id }) => id === 'receipt.kept');
    expect(kept?.verdict).to.equal('passed');
    const alone = await named(at('receipt.json'));
    expect(alone.notChecked).to.include('COMPLETENESS');
    const changed = readFileSync(at('receipt.json'), 'utf8').replace('50000', '5000');
    writeFileSync(at('receipt2.json'), changed.replace(/2024-01-1(\d)/, '2024-02-1$1'));
    expect((await named(at('receipt2.json'), ...against)).code).to.equal(1);
    expect((await named(at('all.json'))).code).to.equal(0);
  });

  describe('with the chain', () => {
    let service: Serving;
    let other: Serving;

    before(async () => {
      // Nothing is published by itself while the tests look.
      const env = { CUNZHENG_CHECKPOINT_SECONDS: '86400' };
      const lender = await openInstallation(readConfig({ CUNZHENG_DATA: at('lender') }));
      await depositSampleLoan(lender, 'L-2');
      await lender.evidence.publishCheckpoint();
      writeFileSync(at('unanchored.json'), await lender.evidence.completeness(sample.evidenceNo));
      await lender.close();
      service = await serve(at('lender'), env);
      other = await serve(at('stranger'), env);
    });

    after(async () => {
      for (const one of [service, other]) expect((await one?.stop())?.code).to.equal(0);
    });

    it('finds the block of the checkpoint', async () => {
      const report = await named(at('case.zip'), '--rpc', service.rpcUrl);
      expect(report.code).to.equal(0);
      expect(report.notChecked).not.to.include('CHAIN');
      const [anchor] = report.facts.anchors ?? [];
      expect(anchor?.block).to.be.above(0);
      const args = ['verify', at('case.zip'), '--policy', policy, '--rpc', service.rpcUrl];
      const { stdout } = await cunzheng([...args, '--lang', 'en'], at('none'));
      expect(stdout).to.include(`on chain: embedded, block ${anchor?.block}`);
    });

    it('fails for a checkpoint that the registry does not hold', async () => {
      const report = await named(at('unanchored.json'), '--rpc', service.rpcUrl);
      expect(report.code).to.equal(1);
      expect(failures(report)).to.deep.equal(['checkpoint.anchor ANCHOR_MISSING']);
    });

    it('does not take the chain of somebody else for an answer', async () => {
      const args = ['verify', at('case.zip'), '--policy', policy, '--rpc', other.rpcUrl];
      const { code, stdout, stderr } = await cunzheng(args, at('none'));
      expect(code, stdout + stderr).to.be.oneOf([2, 3]);
      expect(stdout).not.to.include('PASSED');
    });

    it('says so when the node does not answer, and gives no verdict', async () => {
      const args = ['verify', at('case.zip'), '--policy', policy, '--rpc', 'http://127.0.0.1:9'];
      const { code, stdout, stderr } = await cunzheng(args, at('none'));
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.match(/^CHAIN_UNREACHABLE: .*127.0.0.1:9/);
      const json = await cunzheng([...args, '--json'], at('none'));
      expect(JSON.parse(json.stderr).error.code).to.equal('CHAIN_UNREACHABLE');
    });
  });

  it('tells wrong use by exit code 2 and without a stack', async () => {
    writeFileSync(at('bad-policy.json'), '{"v":1}');
    for (const args of [
      ['verify'],
      ['verify', at('missing.zip')],
      ['verify', scratch.path],
      ['verify', at('case.zip'), '--policy', at('missing.json')],
      ['verify', at('case.zip'), '--policy', at('bad-policy.json')],
      ['verify', at('case.zip'), '--rpc', 'not a url', '--policy', policy],
      ['verify', at('case.zip'), '--unknown'],
    ]) {
      const { code, stdout, stderr } = await cunzheng(args, at('none'));
      expect(code, args.join(' ')).to.equal(2);
      expect(stdout, args.join(' ')).to.equal('');
      expect(stderr, args.join(' ')).to.not.match(/^ {4}at /m);
    }
  });

  describe('verify.sh of a package', () => {
    const script = (folder: string, shell: string, args: string[]) =>
      run(shell, [VERIFY_SCRIPT_PATH, ...args], { cwd: folder });
    let args: string[] = [];

    before(() => {
      args = ['--log-key', installation.policy.logs[0] ?? ''];
      args.push('--ca', at('lender/keys/signing/ca.cert.pem'));
    });

    /** Writes the files of the package, as unzip would, with a change to one of them. */
    function unpack(name: string, change?: string): string {
      const folder = at(name);
      for (const { path, bytes } of readContainer(readFileSync(at('scripted.zip')))) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        const last = path === SIGNATURE ? bytes.length - 1 : undefined;
        writeFileSync(join(folder, path), path === change ? flipped(bytes, last) : bytes);
      }
      chmodSync(join(folder, VERIFY_SCRIPT_PATH), 0o755);
      return folder;
    }

    for (const shell of ['dash', 'bash']) {
      it(`passes, stays open without keys, and fails for a stranger's, in ${shell}`, async function () {
        needs(this, shell, 'openssl', 'sha256sum');
        const folder = unpack(`sound-${shell}`);
        const sound = await script(folder, shell, args);
        expect(sound.code, sound.stdout + sound.stderr).to.equal(0);
        expect((await script(folder, shell, [])).code).to.equal(3);
        const [option = '', vkey = '', ...ca] = args;
        const wrong = JSON.parse(readFileSync(at('stranger/policy.json'), 'utf8')).logs[0];
        expect(wrong).not.to.equal(vkey);
        expect((await script(folder, shell, [option, wrong, ...ca])).code).to.equal(1);
        const foreign = ['--ca', at('stranger/keys/signing/ca.cert.pem')];
        expect((await script(folder, shell, [option, vkey, ...foreign])).code).to.equal(1);
        expect((await script(folder, shell, ['--unknown'])).code).to.equal(2);
      });
    }

    it('fails after a change to any kind of file', async function () {
      needs(this, 'sh', 'openssl', 'sha256sum');
      const all = readContainer(readFileSync(at('scripted.zip'))).map(({ path }) => path);
      // Of entry parts those of one deposit; the script itself may break in any way but pass.
      const paths = all.filter((path) => !/entries\/000[1-9]/.test(path) && !path.endsWith('.sh'));
      for (const [i, path] of paths.entries()) {
        const folder = unpack(`changed-${i}`, path);
        const { code, stdout } = await script(folder, 'sh', args);
        expect(code, `${path}\n${stdout}`).to.equal(1);
      }
      for (const extra of ['extra.txt', 'META-INF/extra.xml']) {
        const folder = unpack(extra.replace('/', '-'));
        writeFileSync(join(folder, extra), 'not signed');
        expect((await script(folder, 'sh', args)).code, extra).to.equal(1);
      }
    });
  });
});

/** One bit of one byte changed: in the middle, unless another place is named. */
function flipped(bytes: Uint8Array, offset = Math.floor(bytes.length / 2)): Uint8Array {
  const changed = bytes.slice();
  changed[offset] = (changed[offset] ?? 0) ^ 1;
  return changed;
}

/** One file changed, and both lists made to agree: all that a forger without a key can do. */
async function relisted(zip: Uint8Array, path: string): Promise<Uint8Array> {
  const files = new Map(readContainer(zip).map((file) => [file.path, file.bytes]));
  files.set(path, flipped(files.get(path) ?? new Uint8Array()));
  const manifest = parseAsicManifest(files.get(MANIFEST) ?? new Uint8Array());
  const digest = (name: string) => sha256Hex(files.get(name) ?? new Uint8Array());
  const summed = manifest.objects.filter((object) => object.path !== SUMS_PATH);
  const sums = encodeSums(
    summed.map((object) => ({ path: object.path, sha256: digest(object.path) })),
  );
  files.set(SUMS_PATH, utf8(sums));
  const objects = manifest.objects.map((object) => ({ ...object, sha256: digest(object.path) }));
  files.set(MANIFEST, buildAsicManifest({ ...manifest, objects }));
  return rewriteContainer(zip, (name) => files.get(name));
}
