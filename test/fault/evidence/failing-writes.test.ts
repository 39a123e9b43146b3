import { expect } from 'chai';
import type { EvidenceStore, TileFiles } from '../../../src/evidence/ports.ts';
import { codeOf } from '../../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';

/** How a write goes wrong: not done, or done and then reported as failed. */
type Failure = 'failed' | 'failed, but persisted';

/** A switch that makes the next write go wrong. */
class Fuse {
  #next: Failure | undefined;
  #passes = 0;

  /** The write after `passes` further ones fails. */
  arm(failure: Failure, passes = 0): void {
    this.#next = failure;
    this.#passes = passes;
  }

  async run(write: () => Promise<void>): Promise<void> {
    if (this.#next === undefined || this.#passes-- > 0) return write();
    const failure = this.#next;
    this.#next = undefined;
    if (failure === 'failed, but persisted') await write();
    throw new Error('input/output error');
  }
}

function withFuses(store: EvidenceStore, tiles: TileFiles, fuses: { commit: Fuse; file: Fuse }) {
  return {
    store: {
      ...store,
      append: (batch: Parameters<EvidenceStore['append']>[0]) =>
        fuses.commit.run(() => store.append(batch)),
    },
    tiles: {
      ...tiles,
      async write(files: Parameters<TileFiles['write']>[0]) {
        for (const file of files) await fuses.file.run(() => tiles.write([file]));
      },
    },
  };
}

for (const failure of ['failed', 'failed, but persisted'] as const) {
  describe(`a write that ${failure}`, function () {
    this.timeout(20_000);
    let scratch: ReturnType<typeof scratchFolder>;
    let rig: EvidenceRig;
    let fuses: { commit: Fuse; file: Fuse };

    beforeEach(() => {
      scratch = scratchFolder();
      fuses = { commit: new Fuse(), file: new Fuse() };
      rig = openEvidenceRig(scratch.path, ({ store, tiles }) => withFuses(store, tiles, fuses));
    });
    afterEach(() => {
      rig.close();
      scratch.remove();
    });

    const sound = async () => expect((await rig.evidence.check()).findings).to.deep.equal([]);

    it('acknowledges nobody of its batch; all who come again get one entry each', async () => {
      fuses.commit.arm(failure);
      const commands = Array.from({ length: 6 }, (_, i) => repayment(`L-${i % 2}`, `e${i}`));
      const first = await Promise.all(
        commands.map((command) => codeOf(rig.evidence.acceptDeposit(command))),
      );
      const failed = first.map((outcome) => outcome === 'Error: input/output error');
      expect(failed.includes(true)).to.equal(true);
      expect(first.every((outcome, i) => failed[i] || outcome === 'no error')).to.equal(true);
      const again = await Promise.all(commands.map((one) => rig.evidence.acceptDeposit(one)));
      const known = failure === 'failed, but persisted';
      const duplicates = again.map((answer) => answer.duplicate);
      expect(duplicates).to.deep.equal(failed.map((one) => !one || known));
      expect(await rig.evidence.treeSize()).to.equal(6);
      expect(new Set(again.map((answer) => answer.evidenceNo)).size).to.equal(2);
      const next = await rig.evidence.acceptDeposit(repayment('L-0', 'next'));
      expect(next).to.include({ seq: 3, duplicate: false });
      await rig.evidence.publishCheckpoint();
      await sound();
    });

    it('leaves other loans and later deposits of the loan alone', async () => {
      await rig.evidence.acceptDeposit(repayment('L-old', 'e0'));
      fuses.commit.arm(failure);
      await codeOf(rig.evidence.acceptDeposit(repayment('L-new', 'e1')));
      const other = await rig.evidence.acceptDeposit(repayment('L-old', 'e2'));
      const later = await rig.evidence.acceptDeposit(repayment('L-new', 'e3'));
      expect(other).to.include({ seq: 1 });
      expect(later).to.include({ seq: failure === 'failed' ? 0 : 1 });
      await sound();
    });

    it('of a checkpoint is made good by the next one', async () => {
      await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
      fuses.commit.arm(failure);
      expect(await codeOf(rig.evidence.publishCheckpoint())).to.include('input/output');
      await rig.evidence.acceptDeposit(repayment('L-1', 'e2'));
      await rig.evidence.publishCheckpoint();
      await sound();
    });

    for (const passes of [0, 1, 2]) {
      it(`of published file ${passes} is made good, after a restart or without`, async () => {
        for (const restart of [false, true]) {
          await rig.evidence.acceptDeposit(repayment('L-1', `a${restart}`));
          fuses.file.arm(failure, passes);
          expect(await codeOf(rig.evidence.publishCheckpoint())).to.include('input/output');
          if (restart) {
            rig.close();
            rig = openEvidenceRig(scratch.path);
            await rig.evidence.finishPublishing();
            await sound();
          }
          const events = Array.from(
            { length: passes === 1 ? 300 : 20 },
            (_, i) => `${restart}${i}`,
          );
          await Promise.all(
            events.map((event) => rig.evidence.acceptDeposit(repayment('L-1', event))),
          );
          await rig.evidence.publishCheckpoint();
          await sound();
        }
      });
    }
  });
}
