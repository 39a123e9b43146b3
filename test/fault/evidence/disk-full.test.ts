import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Acknowledgement } from '../../../src/evidence/index.ts';
import { toHex } from '../../../src/formats/bytes.ts';
import { loanKey as keyOfLoan } from '../../../src/formats/evidence-number.ts';
import { codeOf } from '../../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scan,
  scratchFolder,
} from '../../support/evidence-rig.ts';

/** A file system of three megabytes, if this process may make one. */
function mountSmall(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : 'unknown';
  }
}

describe('a full disk', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  const disk = join(scratch.path, 'disk');
  const ballast = join(disk, 'ballast');
  const rest = join(disk, 'rest');
  let rig: EvidenceRig | undefined;
  let mounted = false;

  before(function () {
    const obstacle = process.platform === 'linux' ? mountSmall(disk) : 'needs Linux';
    mounted = obstacle === undefined;
    if (!mounted) {
      console.log(`      skipped: no small file system can be mounted here (${obstacle})`);
      this.skip();
    }
  });
  after(() => {
    rig?.close();
    if (mounted) execFileSync('umount', ['-l', disk]);
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
    expect(next.seq).to.equal((await rig.store.loanEntries(await loanKey(rig))).length - 1);
    await rig.evidence.publishCheckpoint();
    await requireKept(rig, kept);
    expect((await rig.evidence.check()).findings).to.deep.equal([]);

    rig.close();
    rig = openEvidenceRig(join(disk, 'data'));
    await requireKept(rig, kept);
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
  });
});

/** Small deposits until not even one more fits. */
async function fillUp(rig: EvidenceRig): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    const code = await codeOf(rig.evidence.acceptDeposit(repayment('L-2', `small ${i}`)));
    if (code === 'STORE_FULL') return;
    expect(code).to.equal('no error');
  }
  throw new Error('the disk never filled up');
}

/** What is too little for a deposit may be enough for a small file. */
function fillToTheBrim(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(1024));
  } catch (error) {
    expect((error as { code: string }).code).to.equal('ENOSPC');
  } finally {
    closeSync(file);
  }
}

async function requireKept(rig: EvidenceRig, kept: [Acknowledgement, number][]): Promise<void> {
  for (const [{ evidenceNo, seq, receipt }, size] of kept) {
    expect(await rig.evidence.receipt(evidenceNo, seq)).to.equal(receipt);
    expect((await rig.evidence.content(evidenceNo, seq)).length).to.equal(size);
  }
}

async function loanKey(rig: EvidenceRig): Promise<string> {
  const loan = await rig.evidence.findLoan('L-1');
  return toHex(keyOfLoan(loan?.evidenceNo ?? ''));
}
