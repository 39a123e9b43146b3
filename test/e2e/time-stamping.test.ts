import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openInstallation } from '../../src/compose.ts';
import { startService } from '../../src/compose-service.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { hasOpenssl, type OpensslTsa, startOpensslTsa } from '../../src/demo/openssl-tsa.ts';
import { parsePolicy } from '../../src/formats/policy.ts';
import { encodeCompletenessProof, parseCompletenessProof } from '../../src/formats/proof-file.ts';
import { verifyFile } from '../../src/verify/verify-file.ts';
import { verifyPackage } from '../../src/verify/verify-package.ts';
import { repayment, scratchFolder } from '../support/evidence-rig.ts';
import { buildSamplePackage, depositSampleLoan, sealAgain } from '../support/sample-package.ts';
import { oddServer, TSA_NAMES } from '../support/time-stamping.ts';

describe('a service with time-stamping authorities', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  const dataFolder = join(scratch.path, 'data');
  const config: Config = {
    ...readConfig({ CUNZHENG_DATA: dataFolder }),
    port: 0,
    rpcPort: 0,
    checkpointSeconds: 1,
  };
  let tsa: OpensslTsa;

  before(async function () {
    if (!hasOpenssl()) this.skip(); // openssl is not installed
    tsa = await startOpensslTsa({ folder: join(scratch.path, 'tsa'), port: 0, names: TSA_NAMES });
    await (await openInstallation(config)).close();
  });
  after(async () => {
    await tsa?.stop();
    scratch.remove();
  });

  const settle = (authorities: object[], more = {}) => {
    const settings = { v: 1, type: 'timestamping', everySeconds: 0, ...more, authorities };
    writeFileSync(join(dataFolder, 'timestamping.json'), JSON.stringify(settings));
    cpSync(tsa.rootsFile, join(dataFolder, 'roots.pem'));
  };
  const authority = (name: string, url: string) => ({
    name,
    url,
    rootsFile: 'roots.pem',
    crlUrls: [tsa.crlUrl],
  });
  const policyFile = () => parsePolicy(readFileSync(join(dataFolder, 'policy.json')));

  it('publishes, anchors and stops while one authority never answers, and stamps by the other', async () => {
    const silent = await oddServer(async () => undefined);
    settle([authority('silent', silent.url), authority('honest', tsa.url)], { required: 1 });
    const service = await startService(config);
    const { evidence } = service.installation;
    const { evidenceNo } = await evidence.acceptDeposit(repayment('L-1', 'e1'));
    const tokens = async () => {
      const checkpoint = await evidence.checkpoint();
      return evidence.timestampsOf(checkpoint);
    };
    await service.publishNow();
    const { size } = await evidence.checkpoint();
    const begun = performance.now();
    while ((await tokens()).length === 0) await new Promise((next) => setTimeout(next, 50));
    await evidence.acceptDeposit(repayment('L-1', 'e2'));
    const report = await service.publishNow();
    expect(report.state).to.equal('IDLE');
    expect(silent.asked()).to.be.above(0);
    const proof = await evidence.proof(evidenceNo, 0, size);
    const policy = { ...policyFile(), anchorsRequired: 0 };
    expect(policy.timestampsRequired).to.equal(1);
    expect(verifyFile(undefined, proof, { policy, now: new Date() }).verdict).to.equal('passed');
    await service.close();
    // Far below the ten seconds after which the silent one is given up.
    expect(performance.now() - begun).to.be.below(8_000);
    await silent.stop();
  });

  it('puts tokens into packages; one that lost them is named by a court that requires them', async () => {
    settle([authority('honest', tsa.url)]);
    const installation = await openInstallation(config);
    try {
      await depositSampleLoan(installation, 'L-2');
      await installation.publishAndAnchor();
      await installation.timestamping.tick();
      const { files, bytes } = await buildSamplePackage(installation, 'L-2');
      const policy = { ...installation.policy, timestampsRequired: 1 };
      const context = { policy, now: new Date() };
      expect(verifyPackage(bytes, context).verdict).to.equal('passed');
      const stripped = files.map((file) => {
        if (file.path !== 'proof/completeness.json') return file;
        const proof = parseCompletenessProof(file.bytes);
        const text = encodeCompletenessProof({ ...proof, timestamps: [] });
        return { ...file, bytes: new TextEncoder().encode(text) };
      });
      const report = verifyPackage(await sealAgain(installation, stripped), context);
      expect(report.verdict).to.equal('indeterminate');
      const open = report.checks.filter(({ verdict }) => verdict !== 'passed');
      expect(open.map(({ reason }) => reason)).to.deep.equal(['NOT_TIMESTAMPED']);
    } finally {
      await installation.close();
    }
  });

  it('follows its settings into the policy, and names a hand that changed the policy', async () => {
    settle([authority('honest', tsa.url)], { required: 1 });
    await (await openInstallation(config)).close();
    expect(policyFile()).to.deep.include({ timestampsRequired: 1 });
    expect(policyFile().tsaRoots.map(({ name }) => name)).to.deep.equal(['honest']);
    settle([]);
    await (await openInstallation(config)).close();
    expect(policyFile().tsaRoots).to.deep.equal([]);
    const path = join(dataFolder, 'policy.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"anchorsRequired": 1', '"anchorsRequired": 0'));
    let refusal = '';
    await openInstallation(config).catch((error: Error) => {
      refusal = error.message;
    });
    expect(refusal).to.contain('policy.json');
    writeFileSync(path, text);
  });

  it('refuses settings that it does not understand, naming the file', async () => {
    for (const [settings, word] of [
      ['{"v":1,"type":"timestamping","authorities":[],"x":1}', 'unknown member'],
      ['{"v":1,"type":"timestamping","authorities":[],"required":1}', 'requires more'],
      ['not json', 'timestamping.json'],
    ] as const) {
      writeFileSync(join(dataFolder, 'timestamping.json'), settings);
      let refusal = '';
      await openInstallation(config).catch((error: Error) => {
        refusal = error.message;
      });
      expect(refusal).to.contain('timestamping.json').and.to.contain(word);
    }
  });
});
