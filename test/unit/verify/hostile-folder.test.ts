import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Installation, openInstallation } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import {
  ASIC_MANIFEST_PATH,
  ASIC_SIGNATURE_PATH,
  buildAsicManifest,
} from '../../../src/formats/asic-manifest.ts';
import { fromUtf8, utf8 } from '../../../src/formats/bytes.ts';
import {
  CASE_PATH,
  encodeCaseFile,
  encodeSums,
  SUMS_PATH,
} from '../../../src/formats/case-file.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import { readContainer } from '../../../src/formats/zip-container.ts';
import type { ContainerFile } from '../../../src/litigation/ports.ts';
import { needs, PROJECT, type Ran, run } from '../../support/command-line.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';
import {
  buildSamplePackage,
  depositSampleLoan,
  type SamplePackage,
  sealAgain,
} from '../../support/sample-package.ts';

/** The court's own copy of the script: the one inside a hostile package proves nothing. */
const SCRIPT = join(PROJECT, 'templates/package/verify.sh');
const SHELLS = ['dash', 'bash'];

describe('verify.sh on hostile folders', function () {
  this.timeout(120_000);
  const scratch = scratchFolder();
  const at = (...names: string[]) => join(scratch.path, ...names);
  let installation: Installation;
  let sample: SamplePackage;
  let keys: string[] = [];
  let ca = '';
  let folders = 0;

  before(async function () {
    needs(this, 'bash', 'dash', 'openssl', 'sha256sum');
    installation = await openInstallation(readConfig({ CUNZHENG_DATA: at('lender') }));
    await depositSampleLoan(installation, 'L-1');
    await installation.publishAndAnchor();
    sample = await buildSamplePackage(installation, 'L-1');
    ca = at('lender/keys/signing/ca.cert.pem');
    keys = ['--log-key', installation.policy.logs[0] ?? '', '--ca', ca];
  });

  after(async () => {
    await installation?.close();
    scratch.remove();
  });

  /** Writes files as any unpacking program would. @returns the folder */
  function unpack(files: readonly ContainerFile[]): string {
    const folder = at(`case-${folders++}`);
    for (const { path, bytes } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    return folder;
  }

  const honest = (): string => unpack(readContainer(sample.bytes));
  const sealed = async (files: ContainerFile[]): Promise<string> =>
    unpack(readContainer(await sealAgain(installation, files)));
  const withFile = (path: string, bytes: Uint8Array): ContainerFile[] => [
    ...sample.files.filter((file) => file.path !== path),
    { path, bytes },
  ];
  const textOf = (path: string): string =>
    fromUtf8(sample.files.find((file) => file.path === path)?.bytes ?? new Uint8Array());

  /** A list and a manifest as a lender could sign them, whatever stands in them. */
  function signed(files: ContainerFile[], sums: string, named: [string, string][]): string {
    const objects = named.map(([path, sha256]) => ({ path, sha256, mediaType: 'text/plain' }));
    const manifest = buildAsicManifest({ signaturePath: ASIC_SIGNATURE_PATH, objects });
    return unpack([
      ...files,
      { path: 'mimetype', bytes: utf8('application/vnd.etsi.asic-e+zip') },
      { path: SUMS_PATH, bytes: utf8(sums) },
      { path: ASIC_MANIFEST_PATH, bytes: manifest },
      {
        path: ASIC_SIGNATURE_PATH,
        bytes: installation.signer.signDetached(manifest, { signedAt: new Date() }),
      },
    ]);
  }

  const script = (folder: string, shell = 'dash', args = keys, env = {}): Promise<Ran> =>
    run(shell, [SCRIPT, ...args, folder], { env });

  async function fails(folder: string, saying: RegExp): Promise<void> {
    for (const shell of SHELLS) {
      const { code, stdout, stderr } = await script(folder, shell);
      expect(code, `${shell}\n${stdout}${stderr}`).to.equal(1);
      expect(stdout).to.match(saying);
    }
  }

  it('passes the honest folder, from another one, with a root named by a relative path', async () => {
    for (const shell of SHELLS) {
      const { code, stdout, stderr } = await script(honest(), shell);
      expect(code, `${stdout}${stderr}`).to.equal(0);
      expect(stdout).to.contain('5 originals with their proofs');
    }
    const folder = honest();
    const args = [SCRIPT, ...keys.slice(0, 2), '--ca', 'ca.cert.pem', folder];
    expect((await run('dash', args, { cwd: dirname(ca) })).code).to.equal(0);
  });

  for (const [what, path, hostile] of [
    [
      'the size of the checkpoint',
      'proof/checkpoint',
      (text: string, injected: string) => text.replace(/\n\d+\n/, `\n${injected}\n`),
    ],
    [
      'the index of a proof',
      'proof/entries/0001.tlog-proof',
      (text: string, injected: string) => text.replace(/index \d+/, `index ${injected}`),
    ],
  ] as const) {
    it(`runs no command that stands in ${what}`, async () => {
      const mark = at('ran');
      const injected = `count[$(touch ${mark})]`;
      await fails(await sealed(withFile(path, utf8(hostile(textOf(path), injected)))), /FAILED/);
      expect(existsSync(mark)).to.equal(false);
    });
  }

  it('fails for added files wherever they are, links, and names that forge lines', async () => {
    const added = (path: string): string => {
      const folder = honest();
      writeFileSync(join(folder, path), 'application/vnd.etsi.asic-e+zip');
      return folder;
    };
    await fails(added('04_exhibits/mimetype'), /files beside the list/);
    await fails(added('META-INF/more'), /form of the container/);
    await fails(added('04_exhibits/a\u001b[2J\nPASSED'), /control characters in names/);
    const linked = honest();
    symlinkSync('/etc/hostname', join(linked, '04_exhibits/link.pdf'));
    await fails(linked, /links or special files/);
    const replaced = honest();
    cpSync(join(replaced, SUMS_PATH), at('list'));
    renameSync(join(replaced, SUMS_PATH), join(replaced, 'other'));
    symlinkSync(at('list'), join(replaced, SUMS_PATH));
    await fails(replaced, /links or special files/);
  });

  it('fails for a file among the exhibits that has no proof', async () => {
    await fails(await sealed(withFile('04_exhibits/99.pdf', utf8('%PDF'))), /case does not name/);
  });

  it('fails when two originals have changed places', async () => {
    const swapped = (path: string): string =>
      path === '04_exhibits/04_repayment_0003.json'
        ? '04_exhibits/04_repayment_0004.json'
        : path === '04_exhibits/04_repayment_0004.json'
          ? '04_exhibits/04_repayment_0003.json'
          : path;
    const exhibits = sample.caseFile.exhibits.map((exhibit) => ({
      ...exhibit,
      files: exhibit.files.map((file) => ({ ...file, path: swapped(file.path) })),
    }));
    const changed = utf8(encodeCaseFile({ ...sample.caseFile, exhibits }));
    await fails(await sealed(withFile(CASE_PATH, changed)), /not the one deposited/);
  });

  it('fails for the exhibits of another loan', async () => {
    await depositSampleLoan(installation, 'L-2');
    await installation.publishAndAnchor();
    const other = await buildSamplePackage(installation, 'L-2');
    const named = { ...other.caseFile, evidenceNo: sample.evidenceNo };
    const files = other.files.map(({ path, bytes }) =>
      path === CASE_PATH ? { path, bytes: utf8(encodeCaseFile(named)) } : { path, bytes },
    );
    await fails(await sealed(files), /not what was committed to for this loan/);
  });

  it('fails when the border between salt and statement was moved', async () => {
    const statement = textOf('proof/entries/0003.statement');
    const more = Buffer.from(statement.slice(0, 9)).toString('hex');
    const salt = `${textOf('proof/entries/0003.salt').trim()}${more}\n`;
    const files = withFile('proof/entries/0003.salt', utf8(salt)).map((file) =>
      file.path === 'proof/entries/0003.statement'
        ? { ...file, bytes: utf8(statement.slice(9)) }
        : file,
    );
    await fails(await sealed(files), /0003.json: malformed/);
  });

  it('fails for a list with a line that sha256sum would skip', async () => {
    const path = '01_complaint/complaint.pdf';
    const all = sample.files.map((file) => [file.path, sha256Hex(file.bytes)] as const);
    const sums = encodeSums(all.map(([name, sha256]) => ({ path: name, sha256 })));
    const cut = sums.replace(new RegExp(`[0-9a-f](?=  ${path})`), '');
    const folder = signed(withFile(path, utf8('changed')), cut, [
      [SUMS_PATH, sha256Hex(utf8(cut))],
    ]);
    await fails(folder, /manifest-sha256.txt is not in its form/);
  });

  it('fails when the signed digest of the list is that of an exhibit', async () => {
    const sums = encodeSums(
      sample.files.map(({ path, bytes }) => ({ path, sha256: sha256Hex(bytes) })),
    );
    const digest = sha256Hex(utf8(sums));
    await fails(
      signed(sample.files, sums, [['04_exhibits/objection.txt', digest]]),
      /does not name/,
    );
    const right = signed(sample.files, sums, [[SUMS_PATH, digest]]);
    expect((await script(right)).code).to.equal(0);
  });

  it('trusts the root that was named and no authority of the system', async () => {
    const system = at('system');
    mkdirSync(system);
    const link = await run('openssl', ['x509', '-hash', '-noout', '-in', ca]);
    writeFileSync(join(system, `${link.stdout.trim()}.0`), readFileSync(ca));
    const stranger = at('stranger');
    const other = await openInstallation(readConfig({ CUNZHENG_DATA: stranger }));
    await other.close();
    const args = [...keys.slice(0, 2), '--ca', join(stranger, 'keys/signing/ca.cert.pem')];
    const { code, stdout } = await script(honest(), 'dash', args, { SSL_CERT_DIR: system });
    expect(code, stdout).to.equal(1);
    expect(stdout).to.contain('FAILED   signature');
  });

  it('takes no root out of the package itself', async () => {
    const folder = honest();
    cpSync(ca, join(folder, 'ca.pem'));
    const args = [...keys.slice(0, 2), '--ca', join(folder, 'ca.pem')];
    const { code, stderr } = await script(folder, 'dash', args);
    expect(code).to.equal(2);
    expect(stderr).to.contain('lies in the package itself');
  });
});
