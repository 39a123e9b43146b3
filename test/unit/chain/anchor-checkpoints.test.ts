import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Transaction } from 'ethers';
import { createRegistryReader } from '../../../src/adapters/chain/evidence-registry.ts';
import { addressOfKey } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import type { AnchorItem } from '../../../src/evidence/anchor/ports.ts';
import {
  anchorerOn,
  handClock,
  LOG_ID,
  type ManualNetwork,
  MemoryLog,
  openMemoryStore,
  startManualNetwork,
} from './anchor-fixture.ts';

const TARGET = 'test';

describe('anchoring checkpoints through the outbox', function () {
  this.timeout(10_000);
  let network: ManualNetwork;
  const setUp = (overrides: object = {}, log = new MemoryLog()) => {
    const { store, database } = openMemoryStore();
    const clock = handClock();
    const anchorer = anchorerOn(network, { log, store, clock, ...overrides });
    const item = async (size: number) =>
      (await store.list({ target: TARGET, limit: 100 })).find(
        (one) => one.size === size,
      ) as AnchorItem;
    return { log, store, database, clock, anchorer, item };
  };
  const head = () => createRegistryReader(network.request, network.identity.registry).head(LOG_ID);
  const haltOf = async (anchorer: { tick(): Promise<{ state: string; reason: unknown }> }) => {
    const { state, reason } = await anchorer.tick();
    expect(state, JSON.stringify(reason)).to.equal('HALTED');
    return (reason as { code: string }).code;
  };

  beforeEach(async () => {
    network = await startManualNetwork();
  });
  afterEach(() => network.close());

  it('brings two checkpoints to the chain in order, each final after its confirmations', async () => {
    const { log, anchorer, item } = setUp();
    const first = log.grow(5);
    const second = log.grow(8);
    await anchorer.enqueue(first);
    await anchorer.enqueue(second);
    expect((await anchorer.tick()).state).to.equal('WORKING');
    expect((await item(5)).state).to.equal('SENT');
    expect((await item(13)).state).to.equal('QUEUED');
    await network.mine();
    await anchorer.tick();
    expect((await item(5)).state).to.equal('MINED');
    expect((await item(13)).state).to.equal('SENT');
    expect(await head()).to.deep.equal(first);
    await network.mine(1);
    await anchorer.tick();
    expect((await item(5)).state).to.equal('FINAL');
    expect((await item(13)).state).to.equal('MINED');
    await network.mine();
    expect((await anchorer.tick()).state).to.equal('IDLE');
    const done = await item(13);
    expect(done.state).to.equal('FINAL');
    expect(await head()).to.deep.equal(second);
    expect(done.place?.txHash).to.equal(done.attempts[0]?.txHash);
    const block = await network.request('eth_getBlockByNumber', [
      `0x${done.place?.blockNumber.toString(16)}`,
      false,
    ]);
    const { hash, timestamp } = block as { hash: string; timestamp: string };
    expect(done.place).to.include({ blockHash: hash, blockTime: Number(timestamp) });
  });

  it('has the transaction on record before the network sees it', async () => {
    const seen: string[][] = [];
    const { log, store, anchorer } = setUp({
      wrap: (chain: Parameters<NonNullable<Parameters<typeof anchorerOn>[1]['wrap']>>[0]) => ({
        ...chain,
        broadcast: async (raw: string) => {
          const [item] = await store.open(TARGET);
          seen.push([item?.state ?? '', ...(item?.attempts ?? []).map((one) => one.raw)]);
          return chain.broadcast(raw);
        },
      }),
    });
    await anchorer.enqueue(log.grow(2));
    await anchorer.tick();
    expect(seen.length).to.equal(1);
    expect(seen[0]?.[0]).to.equal('PREPARED');
    expect(Transaction.from(seen[0]?.[1] as string).nonce).to.equal(0);
  });

  it('sends the same bytes again when the network lost them', async () => {
    const { log, anchorer, clock, item } = setUp();
    await anchorer.enqueue(log.grow(2));
    await anchorer.tick();
    const [attempt] = (await item(2)).attempts;
    await network.request('hardhat_dropTransaction', [attempt?.txHash]);
    await network.mine();
    await anchorer.tick();
    expect((await head()).size).to.equal(0);
    clock.advance(61_000);
    await anchorer.tick();
    await network.mine(2);
    await anchorer.tick();
    const done = await item(2);
    expect(done.state).to.equal('FINAL');
    expect(done.attempts.map((one) => one.txHash)).to.deep.equal([attempt?.txHash]);
  });

  for (const fees of [
    { mode: 'legacy', gasPrice: 1_000n },
    { mode: '1559', maxFeePerGas: 1_000n, maxPriorityFeePerGas: 80n },
  ] as const) {
    it(`replaces a stuck transaction by one that pays an eighth more (${fees.mode})`, async () => {
      const { log, anchorer, clock, item } = setUp({ fees });
      await anchorer.enqueue(log.grow(2));
      await anchorer.tick();
      clock.advance(301_000);
      await anchorer.tick();
      const [old, raised] = (await item(2)).attempts;
      const [before, after] = [old, raised].map((one) => Transaction.from(one?.raw as string));
      expect(after?.nonce).to.equal(before?.nonce);
      expect(after?.data).to.equal(before?.data);
      expect(after?.gasPrice ?? after?.maxFeePerGas).to.equal(1_125n);
      expect(after?.maxPriorityFeePerGas ?? 90n).to.equal(90n);
      await network.mine(2);
      await anchorer.tick();
      expect((await item(2)).state).to.equal('FINAL');
      expect((await item(2)).place?.txHash).to.equal(raised?.txHash);
    });
  }

  it('finds the older attempt too, when that is the one that was mined', async () => {
    const held: string[] = [];
    const { log, anchorer, clock, item } = setUp({
      wrap: (chain: Parameters<NonNullable<Parameters<typeof anchorerOn>[1]['wrap']>>[0]) => ({
        ...chain,
        broadcast: async (raw: string) => `held back ${held.push(raw)}`,
      }),
    });
    await anchorer.enqueue(log.grow(2));
    await anchorer.tick();
    clock.advance(301_000);
    await anchorer.tick();
    expect(held.length).to.equal(2);
    await network.request('eth_sendRawTransaction', [held[0]]);
    await network.mine(2);
    await anchorer.tick();
    const done = await item(2);
    expect(done.state).to.equal('FINAL');
    expect(done.place?.txHash).to.equal(done.attempts[0]?.txHash);
  });

  it('raises no fee above its ceiling and none on a chain without fees', async () => {
    for (const fees of [{ mode: 'zero' }, { mode: 'legacy', gasPrice: 1_000n, ceiling: 1_100n }]) {
      const { log, anchorer, clock, item } = setUp({ fees });
      await anchorer.enqueue(log.grow(2));
      await anchorer.tick();
      clock.advance(301_000);
      await anchorer.tick();
      expect((await item(2)).attempts.length).to.equal(1);
    }
  });

  it('brings an anchor back that a reorganisation dropped', async () => {
    const { log, anchorer, item } = setUp();
    await anchorer.enqueue(log.grow(3));
    const snapshot = await network.snapshot();
    await anchorer.tick();
    await network.mine();
    await anchorer.tick();
    expect((await item(3)).state).to.equal('MINED');
    await network.revert(snapshot);
    await network.request('evm_setAutomine', [false]);
    await network.mine(1);
    await anchorer.tick();
    expect((await item(3)).state).to.equal('SENT');
    await network.mine(2);
    await anchorer.tick();
    const done = await item(3);
    expect(done.state).to.equal('FINAL');
    expect(done.attempts.length).to.equal(1);
  });

  it('halts when the chain drops a block it had confirmed', async () => {
    const { log, anchorer } = setUp();
    const snapshot = await network.snapshot();
    await anchorer.enqueue(log.grow(3));
    await anchorer.tick();
    await network.mine(2);
    expect((await anchorer.tick()).state).to.equal('IDLE');
    await network.revert(snapshot);
    expect(await haltOf(anchorer)).to.equal('CONFIRMED_BLOCK_GONE');
    await network.mine(9);
    expect(await haltOf(anchorer)).to.equal('CONFIRMED_BLOCK_GONE');
  });

  it('halts when somebody else uses the key, before signing and in flight', async () => {
    const { log, anchorer, item } = setUp();
    await anchorer.enqueue(log.grow(3));
    await anchorer.tick();
    await network.request('hardhat_dropTransaction', [(await item(3)).attempts[0]?.txHash]);
    const self = addressOfKey(network.publisherKey);
    await network.sendForeign(network.publisherKey, 0n, self);
    await network.mine();
    expect(await haltOf(anchorer)).to.equal('FOREIGN_NONCE');

    const other = await startManualNetwork();
    const { store } = openMemoryStore();
    const second = anchorerOn(other, { log, store, clock: handClock() });
    await second.enqueue({ size: 2, root: (await log.rootAt(2)) as string });
    await second.tick();
    await other.mine(2);
    await second.tick();
    await other.sendForeign(other.publisherKey, 0n, addressOfKey(other.publisherKey));
    await other.mine();
    await second.enqueue({ size: 3, root: (await log.rootAt(3)) as string });
    expect(await haltOf(second)).to.equal('FOREIGN_NONCE');
    await other.close();
  });

  it('counts a root that is already anchored as success, when its own records were lost', async () => {
    const before = setUp();
    await before.anchorer.enqueue(before.log.grow(4));
    await before.anchorer.tick();
    await network.mine(2);
    await before.anchorer.tick();
    const after = setUp({}, before.log);
    await after.anchorer.enqueue({ size: 4, root: (await after.log.rootAt(4)) as string });
    await after.anchorer.tick();
    const item = await after.item(4);
    expect(item.state).to.equal('FINAL');
    expect(item.attempts).to.deep.equal([]);
    expect(item.place).to.deep.equal({ ...(await before.item(4)).place, txHash: null });
    await after.anchorer.enqueue(after.log.grow(2));
    await after.anchorer.tick();
    expect((await after.item(6)).attempts[0]?.nonce).to.equal(1);
  });

  it('notices a log restored from an old backup, and one that was rewritten', async () => {
    const now = setUp();
    now.log.grow(4);
    const old = now.log.backup(4);
    await now.anchorer.enqueue(now.log.grow(3));
    await now.anchorer.tick();
    await network.mine(2);
    await now.anchorer.tick();
    const stale = setUp({}, old);
    expect(await haltOf(stale.anchorer)).to.equal('LOG_CONTRADICTS_CHAIN');
    const grown = old.grow(9, 'other entry');
    await stale.anchorer.enqueue(grown);
    expect(await haltOf(stale.anchorer)).to.equal('LOG_CONTRADICTS_CHAIN');
    expect((await stale.item(grown.size)).attempts).to.deep.equal([]);
  });

  it('does not anchor a checkpoint that its own log does not have', async () => {
    const { log, anchorer } = setUp();
    log.grow(4);
    await anchorer.enqueue({ size: 4, root: 'ff'.repeat(32) });
    expect(await haltOf(anchorer)).to.equal('LOG_CONTRADICTS_QUEUE');
  });

  it('anchors the first and the newest of a long queue: it covers the others', async () => {
    const { log, store, anchorer, item } = setUp();
    for (let i = 0; i < 12; i++) await anchorer.enqueue(log.grow(2));
    for (let i = 0; i < 2; i++) {
      await anchorer.tick();
      await network.mine(2);
    }
    await anchorer.tick();
    expect((await item(24)).state).to.equal('FINAL');
    expect((await item(2)).state, 'the first of a registry is its seed').to.equal('FINAL');
    expect((await item(4)).state).to.equal('REPLACED');
    expect((await store.firstFinalCovering(TARGET, LOG_ID, 5))?.size).to.equal(24);
    expect(await store.firstFinalCovering(TARGET, LOG_ID, 25)).to.equal(null);
  });

  it('leaves out a checkpoint that the head in the registry already covers', async () => {
    const { log, anchorer, item } = setUp();
    log.grow(4);
    const older = { size: 2, root: (await log.rootAt(2)) as string };
    await anchorer.enqueue(log.grow(1));
    await anchorer.tick();
    await network.mine(2);
    await anchorer.enqueue(older);
    await anchorer.tick();
    expect((await item(2)).state).to.equal('REPLACED');
  });

  it('spends no nonce when the registry would refuse, and goes on with the rotated key', async () => {
    const { log, store, anchorer, item } = setUp();
    const newKey = randomBytes(32);
    await network.rotateTo(addressOfKey(newKey));
    await network.mine();
    await anchorer.enqueue(log.grow(3));
    const { state, reason } = await anchorer.tick();
    expect(state).to.equal('HALTED');
    expect(reason?.code).to.equal('REGISTRY_REFUSES');
    expect(reason?.message).to.match(/^EvidenceRegistryNotPublisher\(/);
    expect((await item(3)).attempts).to.deep.equal([]);
    // The new key owns nothing, so it pays nothing.
    const fees = { mode: 'zero' } as const;
    const rotated = anchorerOn(
      { ...network, publisherKey: newKey },
      { log, store, clock: handClock(), fees },
    );
    await rotated.tick();
    await network.mine(2);
    await rotated.tick();
    expect((await item(3)).state).to.equal('FINAL');
  });

  it('signs anew with a rotated key what the old key had in flight', async () => {
    const { log, store, anchorer, item } = setUp();
    await anchorer.enqueue(log.grow(3));
    await anchorer.tick();
    await network.request('hardhat_dropTransaction', [(await item(3)).attempts[0]?.txHash]);
    const newKey = randomBytes(32);
    await network.rotateTo(addressOfKey(newKey));
    await network.mine();
    const fees = { mode: 'zero' } as const;
    const rotated = anchorerOn(
      { ...network, publisherKey: newKey },
      { log, store, clock: handClock(), fees },
    );
    await rotated.tick();
    await network.mine(2);
    await rotated.tick();
    expect((await item(3)).state).to.equal('FINAL');
    expect((await item(3)).attempts.map((one) => one.publisher)).to.deep.equal([
      addressOfKey(network.publisherKey),
      addressOfKey(newKey),
    ]);
  });

  it('ends as FAILED what the registry refused in a block, and takes the root again later', async () => {
    const { log, anchorer, item } = setUp();
    const checkpoint = log.grow(3);
    await anchorer.enqueue(checkpoint);
    await anchorer.tick();
    await network.rotateTo(addressOfKey(randomBytes(32)), 50_000n);
    await network.mine();
    await anchorer.tick();
    const failed = await item(3);
    expect(failed.state).to.equal('FAILED');
    await network.rotateTo(addressOfKey(network.publisherKey));
    await network.mine();
    const again = await anchorer.enqueue(checkpoint);
    expect(again.id).not.to.equal(failed.id);
    await anchorer.tick();
    await network.mine(2);
    await anchorer.tick();
    expect((await item(3)).state).to.equal('FINAL');
    expect((await item(3)).attempts[0]?.nonce).to.equal(1);
  });

  for (const [part, value, code] of [
    ['chainId', 1, 'WRONG_CHAIN_ID'],
    ['genesisHash', `0x${'00'.repeat(32)}`, 'WRONG_GENESIS'],
    ['registry', `0x${'11'.repeat(20)}`, 'WRONG_REGISTRY'],
    ['codeHash', '22'.repeat(32), 'WRONG_REGISTRY_CODE'],
  ] as const) {
    it(`stops for another ${part} than expected, and still takes checkpoints`, async () => {
      const expected = { ...network.identity, [part]: value };
      const { log, anchorer, item } = setUp({ policy: { expected } });
      await anchorer.enqueue(log.grow(2));
      expect(await haltOf(anchorer)).to.equal(code);
      await anchorer.enqueue(log.grow(2));
      expect((await item(4)).state).to.equal('QUEUED');
      expect((await head()).size).to.equal(0);
    });
  }

  it('keeps to the chain of its first use, even when the configuration changes with the chain', async () => {
    const { log, store, anchorer } = setUp();
    await anchorer.enqueue(log.grow(2));
    await anchorer.tick();
    const other = await startManualNetwork();
    const moved = anchorerOn(other, { log, store, clock: handClock() });
    expect(await haltOf(moved)).to.equal('WRONG_GENESIS');
    await other.close();
  });

  it('joins a tick that is running', async () => {
    const { log, anchorer } = setUp();
    await anchorer.enqueue(log.grow(2));
    const [one, two] = await Promise.all([anchorer.tick(), anchorer.tick()]);
    expect(one).to.equal(two);
  });
});
