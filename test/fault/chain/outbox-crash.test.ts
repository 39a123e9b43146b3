import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../../unit/chain/chain-fixture.ts';
import { openAnchoring } from './persistent-anchoring.ts';

const script = join(import.meta.dirname, 'anchor-until-killed.ts');
const points = [
  'signed, not recorded',
  'recorded, not sent',
  'sent, not noted',
  'after SENT',
  'before MINED',
  'before FINAL',
  'after FINAL',
];

describe('kill -9 at each step of an anchor', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const keys = randomBytes(64).toString('hex');
  after(() => folder.remove());

  for (const [i, point] of points.entries()) {
    it(`${point}: the next start anchors the checkpoint exactly once`, async () => {
      const size = 10 * (i + 1);
      const child = spawnSync(process.execPath, [script, folder.path, keys, `${size}`, point], {
        encoding: 'utf8',
      });
      expect(child.signal, child.stdout + child.stderr).to.equal('SIGKILL');
      const anchoring = await openAnchoring(folder.path, keys, size);
      await anchoring.anchorer.enqueue(anchoring.checkpoint);
      const report = await anchoring.anchorer.tick();
      expect(report).to.deep.include({ state: 'IDLE', open: [], head: anchoring.checkpoint });
      const items = await anchoring.store.list({ limit: 100 });
      expect(items.map((item) => [item.size, item.state])).to.deep.equal(
        Array.from({ length: i + 1 }, (_, k) => [10 * (i + 1 - k), 'FINAL']),
      );
      expect(items[0]?.attempts.map((attempt) => attempt.nonce)).to.deep.equal([i]);
      // Two blocks of the installation, and one for each anchor: none was doubled.
      expect(anchoring.embedded.blockCount()).to.equal(2 + i + 1);
      await anchoring.close();
    });
  }
});
