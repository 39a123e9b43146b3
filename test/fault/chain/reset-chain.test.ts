import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../../unit/chain/chain-fixture.ts';
import { openAnchoring } from './persistent-anchoring.ts';

describe('a chain folder that is not the one we anchored on', function () {
  this.timeout(15_000);
  const folders: { path: string; remove(): void }[] = [];
  after(() => {
    for (const folder of folders) folder.remove();
  });

  /** An installation with anchors of the sizes 10 and 20, closed again. */
  const anchored = async () => {
    const folder = temporaryFolder();
    folders.push(folder);
    const keys = randomBytes(64).toString('hex');
    for (const size of [10, 20]) {
      const anchoring = await openAnchoring(folder.path, keys, size);
      await anchoring.anchorer.enqueue(anchoring.checkpoint);
      expect((await anchoring.anchorer.tick()).state).to.equal('IDLE');
      await anchoring.close();
    }
    return { keys, path: folder.path, chain: join(folder.path, 'chain') };
  };
  /** What the next start says, with two more entries in the log. */
  const nextStart = async ({ path, keys }: { path: string; keys: string }) => {
    const anchoring = await openAnchoring(path, keys, 22);
    await anchoring.anchorer.enqueue(anchoring.checkpoint);
    const { state, reason } = await anchoring.anchorer.tick();
    const [item] = await anchoring.store.list({ limit: 1 });
    const blocks = anchoring.embedded.blockCount();
    await anchoring.close();
    return { state, code: reason?.code, item: item?.state, blocks };
  };

  it('is noticed when it was wiped: nothing is anchored, checkpoints are still taken', async () => {
    const installation = await anchored();
    rmSync(installation.chain, { recursive: true });
    const result = await nextStart(installation);
    expect(result).to.deep.equal({
      state: 'HALTED',
      code: 'WRONG_GENESIS',
      item: 'QUEUED',
      blocks: 2,
    });
  });

  it('is noticed when it was put back to an old backup', async () => {
    const installation = await anchored();
    const journal = join(installation.chain, 'journal.ndjson');
    const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
    writeFileSync(journal, `${lines.slice(0, -2).join('\n')}\n`);
    const result = await nextStart(installation);
    const expected = { state: 'HALTED', code: 'CONFIRMED_BLOCK_GONE', item: 'QUEUED', blocks: 3 };
    expect(result).to.deep.equal(expected);
  });

  it('works on when it is the right one, copied elsewhere', async () => {
    const installation = await anchored();
    const copy = temporaryFolder();
    folders.push(copy);
    cpSync(installation.path, copy.path, { recursive: true });
    const result = await nextStart({ path: copy.path, keys: installation.keys });
    expect(result).to.deep.equal({ state: 'IDLE', code: undefined, item: 'FINAL', blocks: 5 });
  });

  it('is noticed by the log: an old backup of everything but the chain does not anchor', async () => {
    const installation = await anchored();
    rmSync(join(installation.path, 'outbox.db'));
    const anchoring = await openAnchoring(installation.path, installation.keys, 10);
    const { state, reason } = await anchoring.anchorer.tick();
    expect([state, reason?.code]).to.deep.equal(['HALTED', 'LOG_CONTRADICTS_CHAIN']);
    await anchoring.close();
  });
});
