import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  createRegistryReader,
  encodeRotatePublisher,
} from '../../../src/adapters/chain/evidence-registry.ts';
import { addressOfKey, signTransaction } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import { readAccountKey } from '../../../src/adapters/keys/private-file.ts';
import type { Installation } from '../../../src/compose.ts';
import type { AnchorContext } from '../../../src/evidence/anchor/anchor-context.ts';
import type { AnchorItem } from '../../../src/evidence/anchor/ports.ts';
import { AnchoredInstallation, headOf } from '../../support/anchored-installation.ts';
import { type AnvilNode, noAnvil, startAnvil } from '../../support/anvil.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';
import { handClock } from '../../unit/chain/anchor-fixture.ts';

const CHAIN_ID = 31_003;
const CONFIRMATIONS = 3;

describe('a real node that reorganises, drops and asks for more', function () {
  this.timeout(60_000);
  let node: AnvilNode;
  let scratch: ReturnType<typeof scratchFolder>;
  let lender: AnchoredInstallation;
  let installation: Installation;
  let registry: string;
  let publisher: string;

  before(function () {
    if (noAnvil !== undefined) this.skip();
  });
  beforeEach(async () => {
    node = await startAnvil({ chainId: CHAIN_ID, automine: true });
    scratch = scratchFolder();
    lender = new AnchoredInstallation(join(scratch.path, 'data'));
    await (await lender.open()).close();
    const options = { resendSeconds: 0, confirmations: CONFIRMATIONS };
    ({ registry } = await lender.add('judicial', node.url, options));
    publisher = addressOfKey(lender.publisherKey('judicial'));
    await node.request('evm_setAutomine', [false]);
    installation = await lender.open();
  });
  afterEach(async () => {
    // Promise 1 of every fault: nothing acknowledged is lost, and the log holds together.
    try {
      expect(await lender.problems(installation)).to.deep.equal([]);
    } finally {
      await installation?.close();
      await node?.stop();
      scratch?.remove();
    }
  });

  const context = (name = 'judicial'): AnchorContext => {
    const found = installation.anchoring.contexts().find(({ chain }) => chain.target === name);
    if (found === undefined) throw new Error(`no target ${name}`);
    return found;
  };
  const logId = () => context('embedded').log.logId;
  const headIn = (address: string) => createRegistryReader(node.request, address).head(logId());
  /** A deposit, its checkpoint, and one look at the chains. */
  const publish = async (event: string) => {
    await lender.deposit(installation, event);
    const { checkpoint, anchoring } = await installation.publishAndAnchor();
    expect(anchoring, 'the other chain goes on').to.include({ target: 'embedded', state: 'IDLE' });
    return headOf(checkpoint);
  };
  const look = async (name = 'judicial') => {
    const { targets } = await installation.publishAndAnchor();
    return targets.find(({ target }) => target === name);
  };
  const itemOf = async ({ size }: { size: number }): Promise<AnchorItem> => {
    const items = await installation.outbox.list({ target: 'judicial', limit: 50 });
    const found = items.find((item) => item.size === size);
    if (found === undefined) throw new Error(`nothing was wanted of size ${size}`);
    return found;
  };
  const stateOf = async (checkpoint: { size: number }) => (await itemOf(checkpoint)).state;
  const finish = async () => {
    await node.mine(CONFIRMATIONS);
    return look();
  };
  /** Blocks of that depth are replaced by empty ones. */
  const reorganise = (depth: number) => node.request('anvil_reorg', [depth, []]);
  const transactions = async (address = publisher) =>
    Number(await node.request('eth_getTransactionCount', [address, 'latest']));
  const anchorsInRegistry = async () => {
    const range = { address: registry, fromBlock: '0x0', toBlock: 'latest' };
    const topics = [null, `0x${logId()}`];
    const logs = (await node.request('eth_getLogs', [{ ...range, topics }])) as { data: string }[];
    // The registration of the log is an event of the log as well.
    return logs.length - 1;
  };

  describe('a reorganisation', () => {
    it('before finality: what fell out is sent again as the same bytes, and becomes final', async () => {
      const first = await publish('e1');
      await node.mine();
      const second = await publish('e2');
      await node.mine();
      await look();
      expect(await stateOf(first)).to.equal('MINED');
      expect(await stateOf(second)).to.equal('MINED');
      const sent = await Promise.all([first, second].map(itemOf));
      await reorganise(2);
      expect(await transactions()).to.equal(0);
      expect((await look())?.state).to.equal('WORKING');
      await node.mine();
      await look();
      expect((await finish())?.state).to.equal('IDLE');
      for (const [i, item] of (await Promise.all([first, second].map(itemOf))).entries()) {
        expect(item.state).to.equal('FINAL');
        expect(item.attempts).to.deep.equal(sent[i]?.attempts);
        expect(item.place?.blockHash).not.to.equal(sent[i]?.place?.blockHash);
        const hash = await context().chain.blockHash(item.place?.blockNumber ?? 0);
        expect(hash, 'a block of the branch that stands').to.equal(item.place?.blockHash);
      }
      expect(await headIn(registry)).to.deep.equal(second);
      expect(await anchorsInRegistry()).to.equal(2);
    });

    it('after finality halts the target until the node shows the confirmed block again', async () => {
      const first = await publish('e1');
      await finish();
      expect(await stateOf(first)).to.equal('FINAL');
      const state = await node.request('anvil_dumpState', [true]);
      await reorganise(CONFIRMATIONS);
      const second = await publish('e2');
      for (const blocks of [1, 9]) {
        const report = await look();
        expect(report?.state).to.equal('HALTED');
        expect(report?.reason?.code).to.equal('CONFIRMED_BLOCK_GONE');
        await node.mine(blocks);
      }
      expect((await itemOf(second)).attempts, 'nothing is signed').to.deep.equal([]);
      expect(await transactions(), 'nothing is papered over').to.equal(0);
      await node.request('anvil_loadState', [state]);
      expect((await look())?.state).to.equal('WORKING');
      expect((await finish())?.state).to.equal('IDLE');
      expect(await headIn(registry)).to.deep.equal(second);
    });

    it('after finality for ever: the log moves to a new registry, and anchoring resumes', async () => {
      const first = await publish('e1');
      await finish();
      await reorganise(CONFIRMATIONS);
      const second = await publish('e2');
      expect((await look())?.reason?.code).to.equal('CONFIRMED_BLOCK_GONE');
      await installation.close();
      await node.request('evm_setAutomine', [true]);
      const next = await lender.add('judicial-2', node.url, { confirmations: 1 });
      installation = await lender.open();
      await installation.moveLog('judicial', 'judicial-2');
      expect((await look('judicial-2'))?.state).to.equal('IDLE');
      const third = await publish('e3');
      expect(await headIn(next.registry)).to.deep.equal(third);
      const seed = await installation.outbox.firstItem('judicial-2', logId());
      const wanted = { ...second, state: 'FINAL' };
      expect(seed, 'the newest checkpoint at its first start').to.include(wanted);
      const left = installation.policy.registries.find(({ name }) => name === 'judicial');
      expect(left?.until).to.equal(first.size);
    });
  });

  it('a transaction that the node dropped is sent again as the same bytes', async () => {
    const wanted = await publish('e1');
    const [attempt] = (await itemOf(wanted)).attempts;
    await node.request('anvil_dropTransaction', [attempt?.txHash]);
    await node.mine();
    expect(await transactions()).to.equal(0);
    await look();
    expect((await finish())?.state).to.equal('IDLE');
    expect((await itemOf(wanted)).attempts).to.deep.equal([attempt]);
    expect(await headIn(registry)).to.deep.equal(wanted);
  });

  describe('a fee that is too low for the next blocks', () => {
    const fees = { mode: '1559', maxFeePerGas: 2_000n, maxPriorityFeePerGas: 10n } as const;
    const clock = handClock();
    const mineAt = async (baseFee: number) => {
      await node.request('anvil_setNextBlockBaseFeePerGas', [`0x${baseFee.toString(16)}`]);
      await node.mine();
    };
    const reopenPaying = async () => {
      await installation.close();
      lender.change((settings) => ({
        ...settings,
        targets: settings.targets.map((target) => ({ ...target, fees, resendSeconds: 30 })),
      }));
      await node.request('anvil_setBalance', [publisher, '0xde0b6b3a7640000']);
      installation = await lender.open();
      context().clock = clock;
    };
    const replaced = async (shiftMs = 181_000) => {
      await reopenPaying();
      const wanted = await publish('e1');
      await mineAt(2_200);
      expect(await transactions(), 'the first offer is too low').to.equal(0);
      clock.advance(shiftMs);
      await look();
      const { attempts } = await itemOf(wanted);
      expect(attempts.map(({ nonce }) => nonce)).to.deep.equal([0, 0]);
      return { wanted, attempts };
    };

    it('is raised with the same nonce, and one anchor is mined', async () => {
      const { wanted, attempts } = await replaced();
      await mineAt(2_200);
      expect((await finish())?.state).to.equal('IDLE');
      expect((await itemOf(wanted)).place?.txHash).to.equal(attempts[1]?.txHash);
      expect(await transactions()).to.equal(1);
      expect(await anchorsInRegistry()).to.equal(1);
      expect(await headIn(registry)).to.deep.equal(wanted);
    });

    it('is raised once, also when the clock was put back by a year', async () => {
      const { wanted, attempts } = await replaced(-365 * 86_400_000);
      await look();
      expect((await itemOf(wanted)).attempts).to.have.length(2);
      await mineAt(2_200);
      expect((await finish())?.state).to.equal('IDLE');
      expect((await itemOf(wanted)).place?.txHash).to.equal(attempts[1]?.txHash);
      expect(await anchorsInRegistry()).to.equal(1);
    });

    it('may be mined all the same after it was raised: found, and no second anchor', async () => {
      const { wanted, attempts } = await replaced();
      await node.request('anvil_dropTransaction', [attempts[1]?.txHash]);
      await node.request('eth_sendRawTransaction', [attempts[0]?.raw]);
      await mineAt(1_000);
      expect((await finish())?.state).to.equal('IDLE');
      expect((await itemOf(wanted)).place?.txHash).to.equal(attempts[0]?.txHash);
      expect(await anchorsInRegistry()).to.equal(1);
    });
  });

  it('another process takes the nonce of what is on its way: halted until the key is rotated', async () => {
    const key = randomBytes(32);
    const wanted = await publish('e1');
    const [attempt] = (await itemOf(wanted)).attempts;
    await node.request('anvil_dropTransaction', [attempt?.txHash]);
    await sendWith(lender.publisherKey('judicial'), publisher, '0x');
    await node.mine();
    await publish('e2');
    expect((await look())?.reason?.code).to.equal('FOREIGN_NONCE');
    expect(await anchorsInRegistry()).to.equal(0);

    const rotation = encodeRotatePublisher(logId(), addressOfKey(key));
    await installation.close();
    writeFileSync(join(lender.folder, 'keys', 'chain-judicial.key'), key.toString('hex'));
    const admin = readAccountKey(`${lender.folder}.judicial.admin`);
    await sendWith(admin, registry, rotation);
    await node.mine();
    installation = await lender.open();
    const newest = await publish('e3');
    for (let turn = 0; turn < 3; turn++) await finish();
    expect((await look())?.state).to.equal('IDLE');
    expect(await headIn(registry)).to.deep.equal(newest);
    expect(await anchorsInRegistry()).to.equal(await transactions(addressOfKey(key)));
  });

  it('a clock that jumps back by a year keeps nothing from being sent again', async () => {
    const clock = handClock();
    context().clock = clock;
    context().policy.resendAfterMs = 30_000;
    const wanted = await publish('e1');
    const [attempt] = (await itemOf(wanted)).attempts;
    await node.request('anvil_dropTransaction', [attempt?.txHash]);
    clock.advance(-365 * 86_400_000);
    await look();
    expect((await finish())?.state).to.equal('IDLE');
    expect((await itemOf(wanted)).attempts).to.deep.equal([attempt]);
    expect(await headIn(registry)).to.deep.equal(wanted);
  });

  const sendWith = async (key: Uint8Array, to: string, data: string) => {
    const nonce = await transactions(addressOfKey(key));
    const fields = { chainId: CHAIN_ID, nonce, to, data, gasLimit: 200_000n };
    const { raw } = signTransaction({ ...fields, fee: { type: 0, gasPrice: 0n } }, key);
    await node.request('eth_sendRawTransaction', [raw]);
  };
});
