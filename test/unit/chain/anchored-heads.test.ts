import { expect } from 'chai';
import {
  findFirstAnchored,
  readAnchoredHistory,
} from '../../../src/adapters/chain/anchored-heads.ts';
import { createEvmAnchorChain } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import { AnchorChainError } from '../../../src/evidence/anchor/ports.ts';
import type { TrustedRegistry } from '../../../src/formats/policy.ts';
import { LOG_ID, type ManualNetwork, MemoryLog, startManualNetwork } from './anchor-fixture.ts';

describe('all heads that a registry holds of a log', function () {
  this.timeout(30_000);
  let network: ManualNetwork;
  let registry: TrustedRegistry;
  const heads: { size: number; root: string; time: number }[] = [];

  before(async () => {
    network = await startManualNetwork();
    const { chainId, genesisHash, codeHash, registry: address } = network.identity;
    const name = 'judicial';
    registry = { name, chainId, genesisHash, codeHash, address, timeWeight: 'independent' };
    const chain = createEvmAnchorChain({
      target: name,
      request: network.request,
      chainId,
      registry: address,
      publisherKey: network.publisherKey,
      fees: { mode: 'zero' },
    });
    const log = new MemoryLog();
    for (let i = 0; i < 5; i++) {
      const before = await chain.head(LOG_ID);
      const { size, root } = log.grow(3 + i);
      const consistencyProof = await log.consistencyProof(before.size, size);
      const call = { logId: LOG_ID, newSize: size, newRoot: root, consistencyProof };
      const { raw } = await chain.prepare(call, await chain.nextNonce());
      await chain.broadcast(raw);
      await network.request('evm_increaseTime', [3600]);
      await network.mine(2);
      const anchor = await chain.anchorOf(LOG_ID, root);
      heads.push({ size, root, time: anchor?.blockTime ?? 0 });
    }
  });
  after(() => network.close());

  it('are read in order from its events', async () => {
    const history = await readAnchoredHistory(network.request, registry, LOG_ID);
    expect(history).to.include({ chainId: registry.chainId, codeHash: registry.codeHash });
    expect(history.heads.map(({ size, root }) => ({ size, root }))).to.deep.equal(
      heads.map(({ size, root }) => ({ size, root })),
    );
    const other = await readAnchoredHistory(network.request, registry, 'b2'.repeat(32));
    expect(other.heads).to.deep.equal([]);
  });

  it('are read piece by piece from a node that limits the span', async () => {
    let asked = 0;
    const limited = async (method: string, params: readonly unknown[]) => {
      if (method !== 'eth_getLogs') return network.request(method, params);
      const [{ fromBlock, toBlock }] = params as unknown as [
        { fromBlock: string; toBlock: string },
      ];
      asked++;
      if (Number(toBlock) - Number(fromBlock) > 300) {
        throw new AnchorChainError('CHAIN_CALL_FAILED', 'range too large', 'Ask for less.');
      }
      return network.request(method, params);
    };
    await network.mine(700);
    const history = await readAnchoredHistory(limited, registry, LOG_ID);
    expect(history.heads).to.have.length(5);
    expect(asked).to.be.greaterThan(3);
  });

  it('are an error, never a shorter history, from a node that withholds events', async () => {
    for (const left of [[0, 1, 2, 3], [1, 2, 3, 4], [0, 1, 3, 4], []]) {
      const forgetful = async (method: string, params: readonly unknown[]) => {
        const answer = await network.request(method, params);
        return method === 'eth_getLogs' ? left.map((i) => (answer as unknown[])[i]) : answer;
      };
      const error = await readAnchoredHistory(forgetful, registry, LOG_ID).catch((e: Error) => e);
      expect(error, left.join()).to.include({ code: 'CHAIN_ANSWER_INVALID' });
    }
  });

  it('are of no interest where another chain or program stands', async () => {
    for (const other of [
      { ...registry, codeHash: '00'.repeat(32) },
      { ...registry, genesisHash: `0x${'00'.repeat(32)}` },
    ]) {
      const history = await readAnchoredHistory(network.request, other, LOG_ID);
      expect(history.heads).to.deep.equal([]);
      const found = await findFirstAnchored(network.request, other, LOG_ID, 0);
      expect(found.first).to.equal(undefined);
    }
  });

  it('tell the first one at or after a moment, to the second', async () => {
    const sizeAt = async (seconds: number) =>
      (await findFirstAnchored(network.request, registry, LOG_ID, seconds * 1000)).first?.size;
    for (const [i, { size, time }] of heads.entries()) {
      expect(await sizeAt(time)).to.equal(size);
      expect(await sizeAt(time - 1)).to.equal(size);
      expect(await sizeAt(time + 1)).to.equal(heads[i + 1]?.size);
    }
    expect(await sizeAt(0)).to.equal(heads[0]?.size);
  });
});
