import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { firstJournalLine, openChainJournal } from '../../../src/adapters/chain/chain-journal.ts';
import { openEmbeddedChain } from '../../../src/adapters/chain/embedded-chain.ts';
import { signTransaction } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import { blockHashes, chainOf, codeOf, temporaryFolder } from './chain-fixture.ts';

describe('embedded chain', function () {
  this.timeout(20_000);
  const folders: { remove(): void }[] = [];
  const newFolder = () => {
    const folder = temporaryFolder();
    folders.push(folder);
    return folder.path;
  };
  after(() => {
    for (const folder of folders) folder.remove();
  });

  it('comes back with the same 200 block hashes, reads in between notwithstanding', async () => {
    const made = chainOf(newFolder());
    let chain = await made.open();
    for (let nonce = 0; nonce < 200; nonce++) {
      await chain.sendRaw(made.transfer(nonce).raw);
      if (nonce % 10 === 0) {
        await chain.request('eth_call', [{ to: made.address }, 'pending']);
        await chain.request('eth_estimateGas', [{ from: made.address, to: made.address }]);
      }
    }
    const before = await blockHashes(chain);
    await chain.close();
    chain = await made.open();
    expect(chain.blockCount()).to.equal(200);
    expect(await blockHashes(chain)).to.deep.equal(before);
    expect(new Set(before).size).to.equal(201);
    await chain.sendRaw(made.transfer(200).raw);
    expect(chain.blockCount()).to.equal(201);
    await chain.close();
  });

  it('keeps a reverted transaction and its block', async () => {
    const made = chainOf(newFolder());
    let chain = await made.open();
    const hash = await chain.sendRaw(
      // A contract creation whose code is INVALID (0xfe).
      signTransaction(
        {
          chainId: made.options.genesis.chainId,
          nonce: 0,
          to: null,
          data: '0xfe',
          gasLimit: 100_000n,
          fee: { type: 0, gasPrice: 0n },
        },
        made.key,
      ).raw,
    );
    const receipt = await chain.request('eth_getTransactionReceipt', [hash]);
    expect((receipt as { status: string }).status).to.equal('0x0');
    await chain.sendRaw(made.transfer(1).raw);
    const before = await blockHashes(chain);
    await chain.close();
    chain = await made.open();
    expect(await blockHashes(chain)).to.deep.equal(before);
    await chain.close();
  });

  it('mines concurrent sends one after the other, in the order they came', async () => {
    const made = chainOf(newFolder());
    const chain = await made.open();
    const sent = Array.from({ length: 20 }, (_, nonce) => made.transfer(nonce));
    const hashes = await Promise.all(sent.map((transaction) => chain.sendRaw(transaction.raw)));
    expect(hashes).to.deep.equal(sent.map((transaction) => transaction.txHash));
    expect(chain.blockCount()).to.equal(20);
    await chain.close();
  });

  it('takes the same bytes twice as one', async () => {
    const made = chainOf(newFolder());
    const chain = await made.open();
    const { raw, txHash } = made.transfer(0);
    expect(await chain.sendRaw(raw)).to.equal(txHash);
    expect(await chain.sendRaw(raw)).to.equal(txHash);
    expect(chain.blockCount()).to.equal(1);
    await chain.close();
  });

  it('refuses strangers, other chains, other nonces and nonsense, and writes nothing', async () => {
    const made = chainOf(newFolder());
    const chain = await made.open();
    const size = () => readFileSync(join(made.options.folder, 'journal.ndjson')).length;
    const before = size();
    const foreign = chainOf(newFolder());
    const refused = [
      made.transfer(0, randomBytes(32)).raw,
      foreign.transfer(0).raw,
      made.transfer(1).raw,
      made.transfer(0).raw.slice(0, -2),
      '0x',
      'hello',
      `0x${'ff'.repeat(200_000)}`,
    ];
    for (const raw of refused) {
      const code = await codeOf(() => chain.request('eth_sendRawTransaction', [raw]));
      expect(code).to.equal('CHAIN_TRANSACTION_REFUSED');
    }
    expect(size()).to.equal(before);
    expect(chain.blockCount()).to.equal(0);
    await chain.close();
  });

  it('gives later blocks later times when the clock of the machine jumps back', async () => {
    const folder = temporaryFolder();
    const made = chainOf(folder.path);
    let now = new Date('2030-01-02T00:00:00Z');
    const options = { ...made.options, now: () => now };
    const chain = await openEmbeddedChain(options);
    const times: number[] = [];
    for (const [nonce, day] of ['2030-01-02', '2024-05-05', '2029-12-31'].entries()) {
      now = new Date(`${day}T00:00:00Z`);
      await chain.sendRaw(made.transfer(nonce).raw);
      const block = await chain.request('eth_getBlockByNumber', ['latest', false]);
      times.push(Number((block as { timestamp: string }).timestamp));
    }
    const first = Date.parse('2030-01-02T00:00:00Z') / 1000;
    expect(times).to.deep.equal([first, first + 1, first + 2]);
    await chain.close();
    folder.remove();
  });

  it('offers reads only: nothing that could change time, state or history', async () => {
    const chain = await chainOf(newFolder()).open();
    const methods = [
      'evm_mine',
      'evm_setNextBlockTimestamp',
      'hardhat_setBalance',
      'hardhat_reset',
    ];
    const more = ['eth_sendTransaction', 'eth_accounts', 'eth_sign', 'debug_traceTransaction', ''];
    for (const method of [...methods, ...more]) {
      expect(await codeOf(() => chain.request(method, []))).to.equal('CHAIN_METHOD_REFUSED');
    }
    await chain.close();
    expect(await codeOf(() => chain.request('eth_chainId', []))).to.equal('CHAIN_CLOSED');
  });

  it('is open once at a time', async () => {
    const made = chainOf(newFolder());
    const chain = await made.open();
    expect(await codeOf(made.open)).to.equal('CHAIN_IN_USE');
    await chain.close();
    await (await made.open()).close();
  });

  it('has another genesis in every installation, even made in the same second', async () => {
    const one = chainOf(newFolder());
    const two = chainOf(newFolder());
    const seed = { ...two.options.genesis, coinbase: `0x${'c1'.repeat(20)}` };
    const [first, second, third] = [
      await one.open(),
      await two.open(),
      await openEmbeddedChain({ ...two.options, folder: newFolder(), genesis: seed }),
    ];
    const hashes = [first, second, third].map(async (chain) => (await blockHashes(chain))[0]);
    expect(new Set(await Promise.all(hashes)).size).to.equal(3);
    for (const chain of [first, second, third]) await chain.close();
  });

  it('refuses other settings than those the folder was made with', async () => {
    const made = chainOf(newFolder());
    await (await made.open()).close();
    const genesis = { ...made.options.genesis, initialDate: 1_700_000_001 };
    const changed = () => openEmbeddedChain({ ...made.options, genesis });
    expect(await codeOf(changed)).to.equal('CHAIN_GENESIS_MISMATCH');
    const path = join(made.options.folder, 'genesis.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('1700000000', '1700000002'));
    expect(await codeOf(made.open)).to.equal('CHAIN_GENESIS_MISMATCH');
  });

  it('notices a missing journal, and a missing genesis file of a used chain', async () => {
    const made = chainOf(newFolder());
    const chain = await made.open();
    await chain.sendRaw(made.transfer(0).raw);
    await chain.close();
    const genesis = join(made.options.folder, 'genesis.json');
    const text = readFileSync(genesis);
    rmSync(genesis);
    expect(await codeOf(made.open)).to.equal('CHAIN_GENESIS_INVALID');
    writeFileSync(genesis, text);
    rmSync(join(made.options.folder, 'journal.ndjson'));
    expect(await codeOf(made.open)).to.equal('CHAIN_JOURNAL_MISSING');
  });

  it('completes a first start that died between the journal and the genesis file', async () => {
    const made = chainOf(newFolder());
    await (await made.open()).close();
    const genesis = join(made.options.folder, 'genesis.json');
    const text = readFileSync(genesis, 'utf8');
    rmSync(genesis);
    await (await made.open()).close();
    expect(readFileSync(genesis, 'utf8')).to.equal(text);
  });

  it('executes an intent that a crash left without outcome', async () => {
    const made = chainOf(newFolder());
    let chain = await made.open();
    for (let nonce = 0; nonce < 3; nonce++) await chain.sendRaw(made.transfer(nonce).raw);
    const before = await blockHashes(chain);
    await chain.close();
    const path = join(made.options.folder, 'journal.ndjson');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`);
    chain = await made.open();
    expect(await blockHashes(chain)).to.deep.equal(before);
    await chain.close();
  });

  it('names the block when a well-formed journal replays to something else', async () => {
    const made = chainOf(newFolder());
    const chain = await made.open();
    for (let nonce = 0; nonce < 3; nonce++) await chain.sendRaw(made.transfer(nonce).raw);
    await chain.close();
    const path = join(made.options.folder, 'journal.ndjson');
    const { records } = await openChainJournal(path).then(async (journal) => {
      await journal.close();
      return journal;
    });
    const [genesis, ...rest] = records;
    if (genesis?.kind !== 'genesis') throw new Error('no genesis');
    // Forged with right checksums: the second block one second later than it was.
    writeFileSync(path, firstJournalLine(genesis.genesis));
    const forged = await openChainJournal(path);
    for (const [i, record] of rest.entries()) {
      const late = i === 2 && record.kind === 'transaction';
      await forged.append(late ? { ...record, time: record.time + 1 } : record, 'lazy');
    }
    await forged.close();
    const error = await made.open().catch((reason: unknown) => reason);
    expect((error as { code: string }).code).to.equal('CHAIN_REPLAY_DIVERGED');
    expect((error as Error).message).to.match(/^block 2 /);
  });
});
