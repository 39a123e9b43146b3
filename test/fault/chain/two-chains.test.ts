import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createRegistryReader } from '../../../src/adapters/chain/evidence-registry.ts';
import { addressOfKey, signTransaction } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import type { Installation } from '../../../src/compose.ts';
import { observeChain } from '../../../src/compose-verify.ts';
import { verifyFile } from '../../../src/verify/verify-file.ts';
import { AnchoredInstallation, headOf } from '../../support/anchored-installation.ts';
import { type AnvilNode, noAnvil, startAnvil } from '../../support/anvil.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';
import { type LineFault, startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

describe('two chains at once, one of them a real node behind a bad line', function () {
  this.timeout(60_000);
  let node: AnvilNode;
  let proxy: TcpProxy;
  let scratch: ReturnType<typeof scratchFolder>;
  let lender: AnchoredInstallation;
  let installation: Installation;
  let registry: string;

  before(function () {
    if (noAnvil !== undefined) this.skip();
  });
  beforeEach(async () => {
    node = await startAnvil({ chainId: 31_001, automine: true });
    proxy = await startTcpProxy(node.port);
    scratch = scratchFolder();
    lender = new AnchoredInstallation(join(scratch.path, 'data'));
    await (await lender.open()).close();
    const target = await lender.add('judicial', proxy.url, { resendSeconds: 0 });
    registry = target.registry;
    installation = await lender.open();
  });
  afterEach(async () => {
    await installation?.close();
    await proxy?.close();
    await node?.stop();
    scratch?.remove();
  });

  const head = () => {
    const { logId } = { logId: logIdOf(installation) };
    return createRegistryReader(node.request, registry).head(logId);
  };
  const reportOf = async (name: string) =>
    (await installation.anchoring.fleet.reports()).find(({ target }) => target === name);
  const reopen = async () => {
    await installation.close();
    installation = await lender.open();
  };

  it('brings every checkpoint to both, and a proof states both', async () => {
    await lender.deposit(installation, 'e1');
    const { checkpoint } = await installation.publishAndAnchor();
    expect(await head()).to.deep.equal(headOf(checkpoint));
    const anchors = checkpoint ? await installation.anchorsOf(checkpoint) : [];
    expect(anchors.map(({ target }) => target)).to.have.members(['embedded', 'judicial']);
    const [first] = lender.acknowledged;
    const proof = await installation.evidence.proof(first?.evidenceNo ?? '', 0);
    const material = { form: 'proof', bytes: new TextEncoder().encode(proof) } as const;
    const policy = {
      ...installation.policy,
      registries: installation.policy.registries.map((one) =>
        one.name === 'judicial' ? { ...one, required: true } : one,
      ),
    };
    const observations = await observeChain(material, policy, [`judicial=${node.url}`]);
    const { verdict, facts } = verifyFile(undefined, proof, {
      policy,
      observations,
      now: new Date(),
    });
    expect(verdict).to.equal('passed');
    expect(facts.anchors?.map(({ target }) => target)).to.deep.equal(['judicial']);
  });

  for (const [name, fault, code] of [
    ['refuses connections', { kind: 'reset' }, /UNREACHABLE/],
    ['cuts answers off', { kind: 'truncated', bytes: 90 }, /UNREACHABLE|ANSWER_INVALID/],
    ['swallows answers', { kind: 'silent' }, /WORKING|UNREACHABLE/],
    ['changes answers on the way', { kind: 'forged', from: '0x', to: '0z' }, /ANSWER_INVALID/],
    ['names another chain', { kind: 'forged', from: '0x7919', to: '0x7918' }, /WRONG_CHAIN_ID/],
  ] as [string, LineFault, RegExp][]) {
    it(`a line that ${name} delays neither deposits nor the other chain`, async () => {
      await lender.deposit(installation, 'before');
      await installation.publishAndAnchor();
      proxy.set(fault);
      const began = Date.now();
      await lender.deposit(installation, 'meanwhile');
      const { checkpoint, anchoring } = await installation.publishAndAnchor(0);
      expect(Date.now() - began, 'milliseconds').to.be.below(4_000);
      expect(anchoring).to.include({ target: 'embedded', state: 'IDLE' });
      expect(anchoring.head).to.deep.equal(headOf(checkpoint));
      await installation.anchoring.fleet.settle(500);
      const report = await reportOf('judicial');
      expect(`${report?.state} ${report?.reason?.code}`).to.match(code);
      proxy.set({ kind: 'none' });
      await installation.anchoring.fleet.settle(9_000);
      await installation.publishAndAnchor();
      expect(await head(), 'resumes by itself').to.deep.equal(headOf(checkpoint));
      expect(await lender.problems(installation)).to.deep.equal([]);
    });
  }

  it('starts and takes deposits while the node is away', async () => {
    await lender.deposit(installation, 'e1');
    await installation.publishAndAnchor();
    await installation.close();
    proxy.set({ kind: 'reset' });
    installation = await lender.open();
    await lender.deposit(installation, 'e2');
    const { anchoring } = await installation.publishAndAnchor(0);
    expect(anchoring.state).to.equal('IDLE');
    expect(await lender.problems(installation)).to.deep.equal([]);
  });

  it('a node that claims a head that none of our keys signed for halts itself alone', async () => {
    await lender.deposit(installation, 'e1');
    const { checkpoint } = await installation.publishAndAnchor();
    const { root } = headOf(checkpoint);
    proxy.set({ kind: 'forged', from: root, to: 'ee'.repeat(32) });
    await lender.deposit(installation, 'e2');
    const next = await installation.publishAndAnchor();
    expect((await reportOf('judicial'))?.reason?.code).to.equal('UNPROVEN_HEAD');
    expect(next.anchoring).to.include({ target: 'embedded', state: 'IDLE' });
    expect(next.checkpoint?.size).to.be.above(checkpoint?.size ?? 0);
    proxy.set({ kind: 'none' });
    await installation.publishAndAnchor();
    expect(await head()).to.deep.equal(headOf(next.checkpoint));
  });

  it('a backup of everything in the house is noticed by the chain outside', async () => {
    await lender.deposit(installation, 'e1');
    await installation.publishAndAnchor();
    await installation.close();
    const backup = join(scratch.path, 'backup');
    cpSync(lender.folder, backup, { recursive: true });
    installation = await lender.open();
    await lender.deposit(installation, 'lost');
    await installation.publishAndAnchor();
    const newest = await head();
    await installation.close();
    rmSync(lender.folder, { recursive: true });
    cpSync(backup, lender.folder, { recursive: true });

    let said = 'started';
    try {
      installation = await lender.open();
    } catch (error) {
      said = error instanceof Error ? error.message : String(error);
    }
    expect(said).to.include('LOG_CONTRADICTS_CHAIN (judicial)');

    // Even where the check was skipped: nothing is signed, on no chain.
    installation = await lender.open(true);
    const before = (await installation.evidence.latestCheckpoint())?.size;
    const blocks = installation.embedded.chain.blockCount();
    await installation.evidence.acceptDeposit({
      loan: 'L-9',
      kind: 'repayment',
      occurredAt: '2026-01-02',
      source: { system: 'core', eventId: 'fork' },
      content: { form: 'record', record: { amount: '1.00', date: '2026-01-02' } },
    });
    const { checkpoint, anchoring } = await installation.publishAndAnchor();
    expect(anchoring.reason?.code).to.equal('LOG_CONTRADICTS_CHAIN');
    expect(checkpoint?.size).to.equal(before);
    expect(installation.embedded.chain.blockCount()).to.equal(blocks);
    expect(await head()).to.deep.equal(newest);
  });

  it('another process with the publisher’s key halts this target, and it says why', async () => {
    await lender.deposit(installation, 'e1');
    await installation.publishAndAnchor();
    const key = lender.publisherKey('judicial');
    const from = addressOfKey(key);
    const nonce = Number(await node.request('eth_getTransactionCount', [from, 'latest']));
    const fields = { chainId: 31_001, nonce, to: from, data: '0x', gasLimit: 21_000n };
    const { raw } = signTransaction({ ...fields, fee: { type: 0, gasPrice: 0n } }, key);
    await node.request('eth_sendRawTransaction', [raw]);
    await lender.deposit(installation, 'e2');
    const { anchoring } = await installation.publishAndAnchor();
    expect(anchoring.state).to.equal('IDLE');
    expect((await reportOf('judicial'))?.reason?.code).to.equal('FOREIGN_NONCE');
    expect(await lender.problems(installation)).to.deep.equal([]);
  });

  it('a network that was set up anew under us is noticed and never papered over', async () => {
    await lender.deposit(installation, 'e1');
    await installation.publishAndAnchor();
    await node.stop();
    // Another genesis time gives another genesis block.
    const args = ['--timestamp', '1600000000'];
    node = await startAnvil({ chainId: 31_001, automine: true, port: node.port, args });
    await lender.deposit(installation, 'e2');
    const { anchoring } = await installation.publishAndAnchor();
    expect(anchoring.state).to.equal('IDLE');
    expect((await reportOf('judicial'))?.reason?.code).to.equal('WRONG_GENESIS');
    await reopen();
    expect(await lender.problems(installation)).to.deep.equal([]);
    await wait(0);
  });

  it('other code at the registry’s address is noticed before anything is signed', async () => {
    await node.request('anvil_setCode', [registry, '0x6001']);
    await lender.deposit(installation, 'e1');
    await installation.publishAndAnchor();
    expect((await reportOf('judicial'))?.reason?.code).to.equal('WRONG_REGISTRY_CODE');
    const [item] = await installation.outbox.list({ target: 'judicial', limit: 1 });
    expect(item?.attempts).to.deep.equal([]);
  });
});

function logIdOf({ anchoring }: Installation): string {
  return anchoring.contexts()[0]?.log.logId ?? '';
}
