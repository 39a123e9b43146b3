import { expect } from 'chai';
import { createRegistryReader } from '../../../src/adapters/chain/evidence-registry.ts';
import { createJsonRpcClient } from '../../../src/adapters/chain/json-rpc-client.ts';
import {
  anchorerOn,
  handClock,
  LOG_ID,
  type ManualNetwork,
  MemoryLog,
  openMemoryStore,
  startManualNetwork,
} from '../../unit/chain/anchor-fixture.ts';
import { DROP, RawAnswer, type Rule, SILENCE, startLyingProxy } from './lying-proxy.ts';

describe('a node that is down or lies', function () {
  this.timeout(30_000);
  let network: ManualNetwork;
  let proxy: Awaited<ReturnType<typeof startLyingProxy>>;

  beforeEach(async () => {
    network = await startManualNetwork();
    proxy = await startLyingProxy(network.request);
  });
  afterEach(async () => {
    await proxy.close();
    await network.close();
  });

  // Long enough for an honest answer on a busy machine; only silence is worth waiting less for.
  const setUp = (patienceMs = 5_000) => {
    const { store } = openMemoryStore();
    const clock = handClock();
    const log = new MemoryLog();
    const request = createJsonRpcClient(proxy.url, patienceMs);
    const anchorer = anchorerOn({ ...network, request }, { log, store, clock });
    return { store, clock, log, anchorer };
  };
  const head = () => createRegistryReader(network.request, network.identity.registry).head(LOG_ID);
  const only =
    (method: string, lie: Rule): Rule =>
    (name, params, real) =>
      name === method ? lie(name, params, real) : real();

  /** With an honest node again, the checkpoint must come through, once. */
  const expectRecovery = async (
    { anchorer, clock, store }: ReturnType<typeof setUp>,
    checkpoint: { size: number; root: string },
  ) => {
    proxy.beHonest();
    clock.advance(61_000);
    await anchorer.tick();
    await network.mine(2);
    const report = await anchorer.tick();
    expect(report.state, JSON.stringify(report.reason)).to.equal('IDLE');
    expect(await head()).to.deep.equal(checkpoint);
    expect((await store.list({ limit: 9 })).map((item) => item.state)).to.deep.equal(['FINAL']);
    expect((await store.list({ limit: 9 }))[0]?.attempts.length).to.equal(1);
  };

  for (const [how, rule, code] of [
    ['breaks the connection', async () => DROP, 'CHAIN_UNREACHABLE'],
    ['does not answer in time', async () => SILENCE, 'CHAIN_UNREACHABLE'],
    ['is overloaded', async () => new RawAnswer(503, 'busy'), 'CHAIN_UNREACHABLE'],
    ['answers with a web page', async () => new RawAnswer(200, '<html>'), 'CHAIN_ANSWER_INVALID'],
    ['answers JSON of another kind', async () => new RawAnswer(200, '[]'), 'CHAIN_ANSWER_INVALID'],
    ['answers a quantity with nonsense', async () => 'many', 'CHAIN_ANSWER_INVALID'],
    ['answers everything with null', async () => null, 'CHAIN_ANSWER_INVALID'],
    ['answers with an object', async () => ({ number: {} }), 'CHAIN_ANSWER_INVALID'],
    [
      'answers without end',
      async () => new RawAnswer(200, ' '.repeat(9e6)),
      'CHAIN_ANSWER_INVALID',
    ],
  ] as [string, Rule, string][]) {
    it(`${how}: reported, and anchored when it is well again`, async () => {
      const set = setUp(how === 'does not answer in time' ? 1_000 : 5_000);
      proxy.set(rule);
      const checkpoint = set.log.grow(3);
      await set.anchorer.enqueue(checkpoint);
      const { state, reason } = await set.anchorer.tick();
      expect([state, reason?.code]).to.deep.equal(['UNREACHABLE', code]);
      expect(reason?.message).not.to.match(/secret-key|path-with-key/);
      await expectRecovery(set, checkpoint);
    });
  }

  it('drops every single call of a tick, one after the other: nothing is sent twice', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    for (let survive = 0; survive < 16; survive++) {
      let calls = 0;
      proxy.set(async (_method, _params, real) => (calls++ === survive ? DROP : real()));
      await set.anchorer.tick();
    }
    await expectRecovery(set, checkpoint);
  });

  it('takes a transaction but says it did not', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    proxy.set(
      only('eth_sendRawTransaction', async (_method, _params, real) => {
        await real();
        throw new Error('already known');
      }),
    );
    await set.anchorer.tick();
    await expectRecovery(set, checkpoint);
  });

  it('says it took a transaction but did not', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    proxy.set(only('eth_sendRawTransaction', async () => `0x${'0'.repeat(64)}`));
    expect((await set.anchorer.tick()).state).to.equal('WORKING');
    await expectRecovery(set, checkpoint);
  });

  it('invents a receipt in a block that is not canonical: not believed', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    await set.anchorer.tick();
    const invented = (hash: unknown) => ({
      transactionHash: hash,
      blockNumber: '0x1',
      blockHash: `0x${'77'.repeat(32)}`,
      status: '0x1',
    });
    proxy.set(only('eth_getTransactionReceipt', async (_method, [hash]) => invented(hash)));
    await set.anchorer.tick();
    expect((await set.store.open('test'))[0]?.state).to.equal('SENT');
    await expectRecovery(set, checkpoint);
  });

  it('invents a receipt in a canonical block, but the registry does not know the root', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    await set.anchorer.tick();
    const block = await network.request('eth_getBlockByNumber', ['0x1', false]);
    const { hash: blockHash } = block as { hash: string };
    proxy.set(
      only('eth_getTransactionReceipt', async (_method, [transactionHash]) => ({
        transactionHash,
        blockNumber: '0x1',
        blockHash,
        status: '0x1',
      })),
    );
    const { state, reason } = await set.anchorer.tick();
    expect([state, reason?.code]).to.deep.equal(['HALTED', 'CHAIN_CONTRADICTS_ITSELF']);
    await expectRecovery(set, checkpoint);
  });

  it('gives the receipt of another transaction', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    await set.anchorer.tick();
    const transactionHash = `0x${'12'.repeat(32)}`;
    const other = {
      transactionHash,
      blockNumber: '0x1',
      blockHash: transactionHash,
      status: '0x1',
    };
    proxy.set(only('eth_getTransactionReceipt', async () => other));
    const { reason } = await set.anchorer.tick();
    expect(reason?.code).to.equal('CHAIN_ANSWER_INVALID');
    await expectRecovery(set, checkpoint);
  });

  it('counts transactions that we never made: halts, and signs nothing', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    await set.anchorer.tick();
    proxy.set(only('eth_getTransactionCount', async () => '0x7'));
    const { state, reason } = await set.anchorer.tick();
    expect([state, reason?.code]).to.deep.equal(['HALTED', 'FOREIGN_NONCE']);
    await expectRecovery(set, checkpoint);
  });

  for (const [method, answer, code] of [
    ['eth_chainId', '0x1', 'WRONG_CHAIN_ID'],
    ['eth_getCode', '0x6001', 'WRONG_REGISTRY_CODE'],
    ['eth_getCode', '0x', 'WRONG_REGISTRY_CODE'],
  ] as const) {
    it(`answers ${method} with ${answer}: halts before anything is signed`, async () => {
      const set = setUp();
      const checkpoint = set.log.grow(3);
      await set.anchorer.enqueue(checkpoint);
      proxy.set(only(method, async () => answer));
      const { state, reason } = await set.anchorer.tick();
      expect([state, reason?.code]).to.deep.equal(['HALTED', code]);
      expect((await set.store.open('test'))[0]?.attempts).to.deep.equal([]);
      await expectRecovery(set, checkpoint);
    });
  }

  it('hides an anchor that was final: halts', async () => {
    const set = setUp();
    const checkpoint = set.log.grow(3);
    await set.anchorer.enqueue(checkpoint);
    await set.anchorer.tick();
    await network.mine(2);
    await set.anchorer.tick();
    proxy.set(only('eth_call', async () => `0x${'0'.repeat(128)}`));
    const { state, reason } = await set.anchorer.tick();
    expect([state, reason?.code]).to.deep.equal(['HALTED', 'CONFIRMED_ANCHOR_GONE']);
    await expectRecovery(set, checkpoint);
  });
});
