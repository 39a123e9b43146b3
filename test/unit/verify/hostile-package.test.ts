import { expect } from 'chai';
import { type Installation, openInstallation } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import { fromUtf8, utf8 } from '../../../src/formats/bytes.ts';
import { CASE_PATH, type CaseFile, encodeCaseFile } from '../../../src/formats/case-file.ts';
import type { TrustPolicy } from '../../../src/formats/policy.ts';
import type { ContainerFile } from '../../../src/litigation/ports.ts';
import { lookUpsFor } from '../../../src/verify/look-up.ts';
import { renderReport } from '../../../src/verify/render-report.ts';
import { ReportBuilder, type VerificationReport } from '../../../src/verify/report.ts';
import type { ChainObservation, VerifierContext } from '../../../src/verify/trust.ts';
import { verifyFile } from '../../../src/verify/verify-file.ts';
import { verifyPackage } from '../../../src/verify/verify-package.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';
import {
  buildSamplePackage,
  depositSampleLoan,
  type SamplePackage,
  sealAgain,
} from '../../support/sample-package.ts';

const LOAN = 'L-1';

describe('packages that a lender with all its keys has falsified', function () {
  this.timeout(60_000);
  const scratch = scratchFolder();
  let installation: Installation;
  let sample: SamplePackage;
  let context: VerifierContext & { policy: TrustPolicy };

  before(async () => {
    installation = await openInstallation(readConfig({ CUNZHENG_DATA: scratch.path }));
    await depositSampleLoan(installation, LOAN);
    await deposit('settlement', { agreedOn: '2024-04-01' });
    await deposit('ledger-status', { status: 'D' });
    await installation.publishAndAnchor();
    sample = await buildSamplePackage(installation, LOAN);
    context = { policy: installation.policy, now: new Date() };
  });

  after(async () => {
    await installation.close();
    scratch.remove();
  });

  function deposit(
    kind: 'settlement' | 'ledger-status',
    record: { [name: string]: string | boolean },
  ) {
    return installation.evidence.acceptDeposit({
      loan: LOAN,
      kind,
      occurredAt: '2024-04-01',
      source: { system: 'core', eventId: `${LOAN}/${kind}` },
      content: { form: 'record', record },
    });
  }

  const withFile = (path: string, bytes: Uint8Array): ContainerFile[] => [
    ...sample.files.filter((file) => file.path !== path),
    { path, bytes },
  ];
  const textOf = (path: string): string =>
    fromUtf8(sample.files.find((file) => file.path === path)?.bytes ?? new Uint8Array());
  const withCase = (change: Partial<CaseFile>, files = sample.files): ContainerFile[] => [
    ...files.filter(({ path }) => path !== CASE_PATH),
    { path: CASE_PATH, bytes: utf8(encodeCaseFile({ ...sample.caseFile, ...change })) },
  ];

  async function judge(files: ContainerFile[]): Promise<VerificationReport> {
    return verifyPackage(await sealAgain(installation, files), context);
  }

  async function faults(files: ContainerFile[]): Promise<string[]> {
    const { checks } = await judge(files);
    return checks
      .filter(({ verdict }) => verdict !== 'passed')
      .map(({ id, reason, subject }) => `${id} ${reason} ${subject ?? ''}`.trim());
  }

  it('passes the honest one, and says what a reader of the documents must compare', async () => {
    const report = verifyPackage(sample.bytes, context);
    expect(report.checks.filter(({ verdict }) => verdict !== 'passed')).to.deep.equal([]);
    expect(report.verdict).to.equal('passed');
    expect(report.notChecked).to.include.members(['BUNDLE_PAGES', 'DOCUMENTS', 'SIGNER_IDENTITY']);
    expect(report.notChecked).to.include('DEPOSITS_NOT_SHOWN');
    expect(report.facts.notShown).to.equal('ledger-status #6');
  });

  it('fails for a file beside the exhibits that was never deposited', async () => {
    const path = '04_exhibits/99_forged.pdf';
    expect(await faults(withFile(path, utf8('%PDF')))).to.deep.equal([
      `case.documents FILE_UNKNOWN ${path}`,
    ]);
  });

  it('fails for one deposit that is shown as two exhibits', async () => {
    const [, , exhibit] = sample.caseFile.exhibits;
    const [file] = exhibit?.files ?? [];
    if (exhibit === undefined || file === undefined) throw new Error('no third exhibit');
    const path = '04_exhibits/again.json';
    const again = { ...exhibit, no: 99, mark: 'Exhibit 99', files: [{ ...file, path }] };
    const exhibits = [...sample.caseFile.exhibits, again];
    const doubled = withCase({ exhibits }, withFile(path, utf8(textOf(file.path))));
    expect(await faults(doubled)).to.deep.equal([
      `case.documents NAMED_TWICE ${file.proof}`,
      `case.documents NAMED_TWICE #${file.seq}`,
    ]);
    const renamed = sample.caseFile.exhibits.map((one) => ({ ...one, mark: 'Exhibit 1' }));
    expect(await faults(withCase({ exhibits: renamed }))).to.deep.equal([
      'case.documents NAMED_TWICE Exhibit 1',
    ]);
  });

  it('fails for a second document of one role', async () => {
    const path = '04_exhibits/99.pdf';
    const documents = [...sample.caseFile.documents, { role: 'complaint' as const, path }];
    const files = withCase({ documents }, withFile(path, utf8('%PDF')));
    expect(await faults(files)).to.deep.equal([
      `case.documents FILE_UNKNOWN ${path}`,
      'case.documents NAMED_TWICE complaint',
    ]);
  });

  it('fails for a document that lies among the exhibits', async () => {
    const path = '04_exhibits/99.pdf';
    const documents = [...sample.caseFile.documents, { role: 'certificate' as const, path }];
    const files = withCase({ documents }, withFile(path, utf8('%PDF')));
    expect(await faults(files)).to.deep.equal([`case.documents FILE_UNKNOWN ${path}`]);
    const index = [...sample.caseFile.documents, { role: 'evidence-list' as const, path }];
    expect(await faults(withCase({ documents: index }, files))).to.deep.equal([]);
  });

  for (const part of ['statement', 'salt', 'entry', 'tlog-proof']) {
    it(`fails when verify.sh would read another ${part} than this verifier`, async () => {
      const path = `proof/entries/0003.${part}`;
      expect(await faults(withFile(path, utf8(`${textOf(path)} `)))).to.deep.equal([
        `exhibit.proof EXHIBIT_DIFFERS ${path}`,
      ]);
    });
  }

  it('fails when the checkpoint to look up is not the one that is proved', async () => {
    expect(await faults(withFile('proof/checkpoint', utf8('another')))).to.deep.equal([
      'case.documents CHECKPOINT_DIFFERS proof/checkpoint',
    ]);
  });

  it('fails when a settlement is kept from the court', async () => {
    const exhibits = sample.caseFile.exhibits.filter(({ files }) =>
      files.every(({ seq }) => seq !== 5),
    );
    expect(exhibits.length).to.equal(sample.caseFile.exhibits.length - 1);
    const kept = sample.files.filter(({ path }) => !/settlement|entries\/0005/.test(path));
    expect(await faults(withCase({ exhibits }, kept))).to.deep.equal([
      'claim.events EVENTS_OMITTED',
    ]);
  });

  it('is indeterminate, and does not throw, for a proof of a kind that it does not know', async () => {
    const path = 'proof/entries/0003.json';
    const unknown = textOf(path).replace(
      '\\"kind\\":\\"repayment\\"',
      '\\"kind\\":\\"zepayment\\"',
    );
    const report = await judge(withFile(path, utf8(unknown)));
    expect(report.verdict).to.equal('indeterminate');
    expect(report.checks.map(({ reason }) => reason)).to.include('KIND_UNKNOWN');
  });

  it('says that a proof alone was compared with no file', () => {
    const { notChecked, verdict } = verifyFile(
      undefined,
      textOf('proof/entries/0003.json'),
      context,
    );
    expect(verdict).to.equal('passed');
    expect(notChecked).to.include('ORIGINAL');
  });

  it('counts one registry once, and says so when no look-up was about this checkpoint', () => {
    const [registry] = context.policy.registries;
    const [look] = lookUpsFor({ form: 'package', bytes: sample.bytes }, context.policy);
    if (registry === undefined || look === undefined) throw new Error('nothing to look up');
    const { chainId, genesisHash, codeHash, address } = registry;
    const found = { size: sample.caseFile.checkpointSize, blockNumber: 1, blockTime: 1 };
    const seen = { chainId, genesisHash, codeHash, registry: address, ...look, found };
    const other = { ...registry, name: 'other', genesisHash: `0x${'11'.repeat(32)}` };
    const policy = { ...context.policy, registries: [registry, other] };
    const asked = (anchorsRequired: number, observations: ChainObservation[]) =>
      verifyPackage(sample.bytes, {
        ...context,
        policy: { ...policy, anchorsRequired },
        observations,
      });
    expect(asked(1, [seen]).verdict).to.equal('passed');
    expect(asked(1, [seen]).notChecked).not.to.include('CHAIN');
    expect(asked(2, [seen, { ...seen, registry: address.toLowerCase() }]).verdict).to.equal(
      'indeterminate',
    );
    for (const useless of [[], [{ ...seen, root: '00'.repeat(32) }]]) {
      expect(asked(0, useless).verdict).to.equal('passed');
      expect(asked(0, useless).notChecked).to.include('CHAIN');
    }
  });

  it('prints hostile text without obeying it', () => {
    const report = new ReportBuilder();
    const clear = '\u001b[2J\n✔ Verdict: PASSED\u202e\ud800';
    report.add('case.form', 'failed', 'MALFORMED', { subject: clear, detail: clear });
    report.facts.title = clear;
    const text = renderReport(report.finish(), 'en');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be printed
    expect(text).not.to.match(/[\u0000-\u0009\u000b-\u001f\u202e]|\n✔/);
    expect(text.isWellFormed()).to.equal(true);
  });
});
