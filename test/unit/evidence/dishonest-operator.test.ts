import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { toHex } from '../../../src/formats/bytes.ts';
import { parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { type DepositEntry, parseEntry } from '../../../src/formats/entry.ts';
import { verifyConsistency } from '../../../src/formats/merkle.ts';
import { verifyCompleteness, verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import { DishonestLog } from '../../support/dishonest-log.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  policyNaming,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';

type Proof = Record<string, unknown> & { entries: string[] };

/** The proof with parts of its JSON replaced; keys stay in canonical order. */
function altered(proof: string, change: (parts: Proof) => void): string {
  const parts = JSON.parse(proof) as Proof;
  change(parts);
  return JSON.stringify(parts);
}

/** A tlog-proof whose signature has one character changed. */
function otherSignature(proof: string): string {
  const at = proof.length - 20;
  return proof.slice(0, at) + (proof[at] === 'A' ? 'B' : 'A') + proof.slice(at + 1);
}

/**
 * One key, two histories: the borrower's repayment e3 stands in the honest log; the other log was
 * forked before it and goes on without it.
 */
describe('an operator who holds the log key', function () {
  this.timeout(20_000);
  const scratch = scratchFolder();
  let honest: EvidenceRig;
  let forked: EvidenceRig;
  let evidenceNo: string;
  let receipt: string;
  let keptReceipt: string;

  before(async () => {
    honest = openEvidenceRig(join(scratch.path, 'honest'));
    keptReceipt = (await honest.evidence.acceptDeposit(repayment('L-1', 'e1'))).receipt;
    await honest.evidence.acceptDeposit(repayment('L-2', 'f1'));
    await honest.evidence.acceptDeposit(repayment('L-1', 'e2'));
    await honest.evidence.publishCheckpoint();
    honest.db.pragma('wal_checkpoint(TRUNCATE)');
    cpSync(honest.folder, join(scratch.path, 'forked'), { recursive: true });
    forked = openEvidenceRig(join(scratch.path, 'forked'));
    ({ evidenceNo, receipt } = await honest.evidence.acceptDeposit(repayment('L-1', 'e3')));
    await honest.evidence.publishCheckpoint();
    await forked.evidence.acceptDeposit(repayment('L-2', 'f2'));
    await forked.evidence.acceptDeposit(repayment('L-3', 'g1'));
    await forked.evidence.publishCheckpoint();
  });
  after(() => {
    honest.close();
    forked.close();
    scratch.remove();
  });

  const reasons = (proof: string) =>
    verifyCompleteness(proof, honest.context)
      .checks.filter((check) => check.verdict === 'failed')
      .map((check) => check.reason);

  describe('cannot shorten or bend a history', () => {
    let proof: string;
    before(async () => {
      proof = await honest.evidence.completeness(evidenceNo);
      expect(verifyCompleteness(proof, honest.context).verdict).to.equal('passed');
    });

    const bent: [string, (parts: Proof) => void, string[]][] = [
      ['drops the tail', ({ entries }) => entries.pop(), ['ENTRIES_INCOMPLETE']],
      [
        'drops the middle',
        ({ entries }) => entries.splice(1, 1),
        ['ENTRIES_BROKEN', 'ENTRIES_INCOMPLETE'],
      ],
      [
        'drops the first',
        ({ entries }) => entries.shift(),
        ['ENTRIES_BROKEN', 'ENTRIES_INCOMPLETE'],
      ],
      ['drops all', ({ entries }) => entries.splice(0), ['ABSENCE_NOT_PROVEN']],
      [
        'reorders',
        ({ entries }) => entries.splice(0, 3, ...entries.toReversed()),
        ['ENTRIES_BROKEN', 'ENTRIES_INCOMPLETE'],
      ],
      [
        'doubles an entry',
        ({ entries }) => entries.push(entries.at(-1) ?? ''),
        ['ENTRIES_BROKEN', 'ENTRIES_INCOMPLETE'],
      ],
    ];
    for (const [what, change, expected] of bent) {
      it(`who ${what}`, () => {
        expect(reasons(altered(proof, change))).to.deep.equal(expected);
      });
    }

    it("who puts another loan's entry in", async () => {
      const other = await honest.evidence.loanByEvidenceNo(evidenceNo);
      expect(other.reference).to.equal('L-1');
      const foreign = (await honest.store.readEntries(1, 2))[0]?.data ?? new Uint8Array();
      const text = new TextDecoder().decode(foreign);
      expect((parseEntry(text) as DepositEntry).loan).not.to.equal(undefined);
      for (const at of [0, 1, 2]) {
        const bad = altered(proof, ({ entries }) => entries.splice(at, 1, text));
        expect(reasons(bad)).to.include('ENTRIES_BROKEN');
      }
    });

    it('who says that a loan with entries has none', async () => {
      const absent = await honest.evidence.completeness('CZ-0000-0000-0000-0000-0000-0000-0000');
      const { mapProof } = JSON.parse(absent) as Proof;
      const bad = altered(proof, (parts) => {
        parts.entries = [];
        parts.mapProof = mapProof;
      });
      expect(reasons(bad)).to.include('ABSENCE_NOT_PROVEN');
    });

    it('who takes the older map under the newer checkpoint', async () => {
      const older = await honest.evidence.completeness(evidenceNo, 4);
      expect(verifyCompleteness(older, honest.context).verdict).to.equal('passed');
      const { mapEntry, mapProof, entries } = JSON.parse(older) as Proof;
      const bad = altered(proof, (parts) => Object.assign(parts, { mapEntry, mapProof, entries }));
      expect(reasons(bad)).to.include.members(['MAP_MISPLACED', 'NOT_INCLUDED']);
    });
  });

  describe('cannot use a second map', () => {
    it('that stands before the last entry of the checkpoint', async () => {
      const log = await DishonestLog.from(honest, 5);
      // Entry 5 states the loans as they were before e3; entry 6 is the map everybody else is shown.
      const stale = log.addMap(4);
      log.addMap(6);
      const proof = log.completeness(evidenceNo, log.textsOf(evidenceNo, 4), stale, 4);
      expect(reasons(proof)).to.deep.equal(['MAP_MISPLACED']);
    });

    it('that is the last entry, but says that it covers less', async () => {
      const log = await DishonestLog.from(honest, 5);
      const stale = log.addMap(4, 4);
      const proof = log.completeness(evidenceNo, log.textsOf(evidenceNo, 4), stale, 4);
      expect(reasons(proof)).to.deep.equal(['MAP_MISPLACED']);
    });

    it('that is stale: with all entries it does not hold', async () => {
      const log = await DishonestLog.from(honest, 5);
      const stale = log.addMap(4);
      const proof = log.completeness(evidenceNo, log.textsOf(evidenceNo), stale, 4);
      expect(reasons(proof)).to.deep.equal(['ENTRIES_INCOMPLETE']);
    });

    it('that is stale: with fewer entries it holds, and the receipt proves the fraud', async () => {
      const log = await DishonestLog.from(honest, 5);
      const stale = log.addMap(4);
      const proof = log.completeness(evidenceNo, log.textsOf(evidenceNo, 4), stale, 4);
      expect(verifyCompleteness(proof, honest.context).verdict).to.equal('passed');
      expect(outcome(receipt, proof)).to.deep.equal(['failed', 'OMISSION_PROVEN']);
    });
  });

  it('cannot make one log out of two: no consistency proof connects the forks', async () => {
    const [ours, theirs] = await Promise.all(
      [honest, forked].map(async (rig) =>
        parseCheckpoint((await rig.evidence.latestCheckpoint())?.note ?? ''),
      ),
    );
    if (!ours || !theirs) throw new Error('both have checkpoints');
    expect(ours.size).to.be.below(theirs.size);
    for (const rig of [honest, forked]) {
      const top = await rig.evidence.treeSize();
      const proof = await rig.evidence.consistencyProof(4, top);
      const hashes = proof.map((hash) => Uint8Array.from(Buffer.from(hash, 'hex')));
      expect(verifyConsistency(ours.size, theirs.size, hashes, ours.root, theirs.root)).to.equal(
        false,
      );
    }
    const own = await forked.evidence.consistencyProof(ours.size, theirs.size);
    const hashes = own.map((hash) => Uint8Array.from(Buffer.from(hash, 'hex')));
    expect(toHex(ours.root)).not.to.equal(await forked.evidence.rootAt(ours.size));
    expect(verifyConsistency(ours.size, theirs.size, hashes, ours.root, theirs.root)).to.equal(
      false,
    );
  });

  /** Verdict and reason of the check whether the receipt was kept. */
  function outcome(
    receiptText: string,
    completeness: string,
    context = honest.context,
  ): [string, string | undefined] {
    const { verdict, checks } = verifyReceipt(receiptText, completeness, context);
    return [verdict, checks.find((check) => check.id === 'receipt.kept')?.reason];
  }

  describe('and a receipt', () => {
    it('passes where the entry was kept', async () => {
      const proof = await honest.evidence.completeness(evidenceNo);
      expect(outcome(receipt, proof)).to.deep.equal(['passed', 'OK']);
      const fork = await forked.evidence.completeness(evidenceNo);
      expect(outcome(keptReceipt, fork)).to.deep.equal(['passed', 'OK']);
    });

    it('proves the omission where the log went on without the entry', async () => {
      const fork = await forked.evidence.completeness(evidenceNo);
      expect(outcome(receipt, fork)).to.deep.equal(['failed', 'OMISSION_PROVEN']);
    });

    it('proves the replacement where another entry has its number', async () => {
      const third = join(scratch.path, 'replaced');
      forked.db.pragma('wal_checkpoint(TRUNCATE)');
      cpSync(forked.folder, third, { recursive: true });
      const rig = openEvidenceRig(third);
      const content = { form: 'record', record: { amount: '0.01', date: '2026-01-02' } } as const;
      await rig.evidence.acceptDeposit(repayment('L-1', 'e3', { content }));
      await rig.evidence.publishCheckpoint();
      const proof = await rig.evidence.completeness(evidenceNo);
      rig.close();
      expect(outcome(receipt, proof)).to.deep.equal(['failed', 'OMISSION_PROVEN']);
    });

    it('proves it also where the loan is denied altogether', async () => {
      const log = await DishonestLog.from(forked, 7);
      log.entries.splice(
        0,
        7,
        ...log.entries.filter(
          (data) =>
            !log.textsOf(evidenceNo).includes(Buffer.from(data).toString()) &&
            parseEntry(data).type === 'deposit',
        ),
      );
      while (log.entries.length < 7)
        log.add({ type: 'note', text: `filler ${log.entries.length}` });
      const last = log.addMap();
      const proof = log.completeness(evidenceNo, [], last);
      expect(verifyCompleteness(proof, honest.context).verdict).to.equal('passed');
      expect(outcome(receipt, proof)).to.deep.equal(['failed', 'OMISSION_PROVEN']);
    });

    it('accuses nobody with a proof that was cut or bent', async () => {
      const whole = await honest.evidence.completeness(evidenceNo);
      const fork = await forked.evidence.completeness(evidenceNo);
      const cuts = [
        altered(whole, ({ entries }) => entries.pop()),
        altered(whole, ({ entries }) => entries.splice(0)),
        altered(fork, ({ entries }) => entries.pop()),
        altered(whole, (parts) => {
          parts.mapTlogProof = otherSignature(String(parts.mapTlogProof));
        }),
        whole.slice(0, -2),
        '',
      ];
      for (const cut of cuts) {
        const [verdict, kept] = outcome(receipt, cut);
        expect(verdict).to.equal('failed');
        expect(kept, 'the question is not even answered').to.equal(undefined);
      }
    });

    it('accuses nobody with the proof of another loan', async () => {
      const other = (await honest.evidence.findLoan('L-2'))?.evidenceNo ?? '';
      const proof = await honest.evidence.completeness(other);
      expect(outcome(receipt, proof)).to.deep.equal(['indeterminate', 'OTHER_LOAN']);
    });

    it('accuses nobody with a checkpoint from before the deposit', async () => {
      const proof = await honest.evidence.completeness(evidenceNo, 4);
      expect(outcome(receipt, proof)).to.deep.equal(['indeterminate', 'CHECKPOINT_TOO_OLD']);
    });

    it('accuses nobody with a log of another key, even of the same name', async () => {
      const stranger = openEvidenceRig(join(scratch.path, 'stranger'));
      for (let i = 0; i < 6; i++) await stranger.evidence.acceptDeposit(repayment('X', `x${i}`));
      await stranger.evidence.publishCheckpoint();
      const proof = await stranger.evidence.completeness(evidenceNo);
      stranger.close();
      const policy = policyNaming(honest.signer.vkey);
      const both = { ...policy, logs: [honest.signer.vkey, stranger.signer.vkey] };
      const context = { ...honest.context, policy: both };
      expect(verifyCompleteness(proof, context).verdict).to.equal('passed');
      expect(outcome(receipt, proof, context)).to.deep.equal(['indeterminate', 'OTHER_LOG']);
    });

    it('accuses nobody when the verifier names no key', async () => {
      const fork = await forked.evidence.completeness(evidenceNo);
      const context = { now: new Date() };
      expect(outcome(receipt, fork, context)).to.deep.equal(['indeterminate', undefined]);
    });
  });
});
