import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readAnchor } from '../../../src/adapters/chain/chain-reader.ts';
import { openEmbeddedInstallation } from '../../../src/adapters/chain/embedded-installation.ts';
import { REGISTRY_CODE_HASH } from '../../../src/adapters/chain/evidence-registry.ts';
import { startRpcEndpoint } from '../../../src/adapters/chain/rpc-endpoint.ts';
import { anchorerOn, LOG_ID, MemoryLog, openMemoryStore } from './anchor-fixture.ts';
import { blockHashes, codeOf, temporaryFolder } from './chain-fixture.ts';

const keysOf = () => ({ admin: randomBytes(32), publisher: randomBytes(32) });

describe('embedded installation', function () {
  this.timeout(15_000);
  const root = temporaryFolder();
  let count = 0;
  after(() => root.remove());
  const newOptions = () => ({
    folder: join(root.path, `chain-${count++}`),
    keys: keysOf(),
    now: () => new Date(),
    random: { bytes: (length: number) => randomBytes(length) },
    logId: LOG_ID,
  });

  it('deploys once, and afterwards comes back as the same chain', async () => {
    const options = newOptions();
    const first = await openEmbeddedInstallation(options);
    const hashes = await blockHashes(first.chain);
    expect(first.isNew).to.equal(true);
    expect(first.chain.blockCount()).to.equal(2);
    expect(first.identity.codeHash).to.equal(REGISTRY_CODE_HASH);
    await first.close();
    const second = await openEmbeddedInstallation({ ...options, expected: first.identity });
    expect(second.isNew).to.equal(false);
    expect(second.identity).to.deep.equal(first.identity);
    expect(await blockHashes(second.chain)).to.deep.equal(hashes);
    await second.close();
  });

  it('has a genesis of its own each time, with the same keys and at the same moment', async () => {
    const now = new Date('2026-03-01T00:00:00Z');
    const options = { ...newOptions(), now: () => now };
    const one = await openEmbeddedInstallation(options);
    const two = await openEmbeddedInstallation({ ...options, folder: newOptions().folder });
    expect(one.identity.genesisHash).not.to.equal(two.identity.genesisHash);
    await one.close();
    await two.close();
  });

  it('completes a first start that was cut off after any line of the journal, or inside one', async () => {
    const options = newOptions();
    const first = await openEmbeddedInstallation(options);
    await first.close();
    const lines = readFileSync(join(options.folder, 'journal.ndjson'), 'utf8').split('\n');
    for (let keep = 1; keep < 5; keep++) {
      for (const torn of ['', (lines[keep] ?? '').slice(0, 40)]) {
        const folder = newOptions().folder;
        cpSync(options.folder, folder, { recursive: true });
        const text = `${lines.slice(0, keep).join('\n')}\n${torn}`;
        writeFileSync(join(folder, 'journal.ndjson'), text);
        if (keep === 1) rmSync(join(folder, 'genesis.json'));
        const resumed = await openEmbeddedInstallation({ ...options, folder });
        expect(resumed.identity).to.deep.equal(first.identity);
        expect(resumed.chain.blockCount()).to.equal(2);
        await resumed.close();
      }
    }
  });

  it('refuses to replace a chain that was taken away', async () => {
    const options = newOptions();
    const { identity, close } = await openEmbeddedInstallation(options);
    await close();
    rmSync(options.folder, { recursive: true });
    const again = () => openEmbeddedInstallation({ ...options, expected: identity });
    expect(await codeOf(again)).to.equal('CHAIN_JOURNAL_MISSING');
  });

  it('rotates a new publisher key in, and refuses another admin', async () => {
    const options = newOptions();
    await (await openEmbeddedInstallation(options)).close();
    const publisher = randomBytes(32);
    const rotated = await openEmbeddedInstallation({
      ...options,
      keys: { ...options.keys, publisher },
    });
    expect(rotated.chain.blockCount()).to.equal(3);
    await rotated.close();
    const stranger = { ...options, keys: { ...options.keys, admin: randomBytes(32) } };
    expect(await codeOf(() => openEmbeddedInstallation(stranger))).to.equal(
      'CHAIN_GENESIS_MISMATCH',
    );
  });

  it('anchors, and a verifier with nothing but an RPC address reads the anchor', async () => {
    const options = newOptions();
    const installation = await openEmbeddedInstallation(options);
    const { chain, identity } = installation;
    const endpoint = await startRpcEndpoint({ request: chain.request.bind(chain), port: 0 });
    const { store } = openMemoryStore();
    const log = new MemoryLog();
    const anchorer = anchorerOn(
      { request: chain.request.bind(chain), identity, publisherKey: options.keys.publisher },
      { log, store, clock: options, fees: { mode: 'zero' }, policy: { confirmations: 1 } },
    );
    const checkpoints = [log.grow(4), log.grow(7)];
    for (const checkpoint of checkpoints) await anchorer.enqueue(checkpoint);
    const report = await anchorer.tick();
    expect(report).to.deep.include({ state: 'IDLE', open: [], head: checkpoints[1] });
    for (const { size, root: anchored } of checkpoints) {
      const item = await store.firstFinalCovering('test', LOG_ID, size);
      const reading = await readAnchor(endpoint.url, identity.registry, LOG_ID, anchored);
      const { chainId, genesisHash, codeHash } = identity;
      const { blockNumber, blockHash, blockTime } = item?.place ?? {};
      const expected = { chainId, genesisHash, codeHash, size, blockNumber, blockHash, blockTime };
      expect(reading).to.deep.equal(expected);
    }
    expect(await readAnchor(endpoint.url, identity.registry, LOG_ID, '0'.repeat(64))).to.equal(
      null,
    );
    const other = () => readAnchor(endpoint.url, installation.admin, LOG_ID, '0'.repeat(64));
    expect(await codeOf(other)).to.equal('CHAIN_CODE_MISMATCH');
    const malformed = () => readAnchor(endpoint.url, 'registry', LOG_ID, 'root');
    expect(await codeOf(malformed)).to.equal('CHAIN_SETTINGS_INVALID');
    await endpoint.close();
    const gone = () => readAnchor(endpoint.url, identity.registry, LOG_ID, '0'.repeat(64));
    expect(await codeOf(gone)).to.equal('CHAIN_UNREACHABLE');
    await installation.close();
  });
});
