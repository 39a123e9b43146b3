import { randomBytes } from 'node:crypto';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Acknowledgement } from '../../../src/evidence/index.ts';
import { codeOf } from '../../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scan,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { fillToTheBrim, fillUp, mountSmall, unmount } from '../../support/small-disk.ts';

describe('a full disk', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  const disk = join(scratch.path, 'disk');
  const ballast = join(disk, 'ballast');
  const rest = join(disk, 'rest');
  let rig: EvidenceRig | undefined;
  let mounted = false;

  before(function () {
    const obstacle = mountSmall(disk);
    mounted = obstacle === undefined;
    if (!mounted) {
      console.log(`      skipped: no small file system can be mounted here (${obstacle})`);
      this.skip();
    }
  });
  after(() => {
    rig?.close();
    if (mounted) unmount(disk);
    scratch.remove();
  });

  it('refuses clearly, loses nothing that was acknowledged, and goes on when there is room', async () => {
    rig = openEvidenceRig(join(disk, 'data'));
    writeFileSync(ballast, randomBytes(1_000_000));
    const kept: [Acknowledgement, number][] = [];
    const refusals = new Set<string>();
    for (let i = 0; refusals.size === 0 || i < 40; i++) {
      // Objects and rows in turn, so that both kinds of write run into the wall.
      const size = i % 2 === 0 ? 40_000 : 9000;
      const command = scan('L-1', `e${i}`, randomBytes(size));
      try {
        kept.push([await rig.evidence.acceptDeposit(command), size]);
        if (i % 7 === 0) await rig.evidence.publishCheckpoint();
      } catch (error) {
        refusals.add((error as { code: string }).code);
      }
      if (i === 200) throw new Error('the disk never filled up');
    }
    expect([...refusals]).to.deep.equal(['STORE_FULL']);
    expect(kept.length).to.be.above(5);
    // Room for some more, so that there is something to publish when there is none.
    truncateSync(ballast, 800_000);
    await fillUp(rig);
    fillToTheBrim(rest);
    expect(await codeOf(rig.evidence.publishCheckpoint())).to.equal('STORE_FULL');
    await requireKept(rig, kept);

    rmSync(ballast);
    rmSync(rest);
    const next = await rig.evidence.acceptDeposit(repayment('L-1', 'with room'));
    expect(next.seq).to.equal((await rig.evidence.history(next.evidenceNo)).length - 1);
    await rig.evidence.publishCheckpoint();
    await requireKept(rig, kept);
    expect((await rig.evidence.check()).findings).to.deep.equal([]);

    rig.close();
    rig = openEvidenceRig(join(disk, 'data'));
    await requireKept(rig, kept);
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
  });
});

async function requireKept(rig: EvidenceRig, kept: [Acknowledgement, number][]): Promise<void> {
  for (const [{ evidenceNo, seq, receipt }, size] of kept) {
    expect(await rig.evidence.receipt(evidenceNo, seq)).to.equal(receipt);
    expect((await rig.evidence.content(evidenceNo, seq)).length).to.equal(size);
  }
}
