import { expect } from 'chai';
import { parseAsOf } from '../../../src/claim/as-of.ts';
import { Evidence } from '../../../src/evidence/index.ts';
import { toHex } from '../../../src/formats/bytes.ts';
import { logId, parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { cosignatureLine, witnessKey } from '../../../src/formats/cosignature.ts';
import { parseVerifierKey } from '../../../src/formats/note.ts';
import type { AnchorRecord } from '../../../src/formats/proof-file.ts';
import type { FirstAnchored, VerifierContext } from '../../../src/verify/trust.ts';
import { verifyCompleteness, verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  policyNaming,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { witnessKey as seededKey, signWithWitness } from '../../vectors/sample-log.ts';

const PLACE = {
  chainId: 7,
  genesisHash: `0x${'11'.repeat(32)}`,
  codeHash: '22'.repeat(32),
};
const ADDRESS = `0x${'aa'.repeat(20)}`;
const day = (date: string): number => Date.parse(`${date}T04:00:00Z`) / 1000;

describe('completeness as of a date', function () {
  this.timeout(20_000);
  const scratch = scratchFolder();
  let rig: EvidenceRig;
  let evidenceNo: string;
  const receipts: string[] = [];
  /** Size of each checkpoint and when the registries recorded it. */
  const anchored: { size: number; root: string; times: Record<string, number> }[] = [];

  before(async () => {
    rig = openEvidenceRig(scratch.path, () => ({
      anchorsOf: async ({ size }) =>
        anchored
          .filter((head) => head.size === size)
          .flatMap(({ root, times }) =>
            Object.entries(times).map(([target, blockTime]) =>
              recordOf(target, size, root, blockTime),
            ),
          ),
    }));
    for (const [date, own] of [
      ['2026-03-01', true],
      ['2026-03-05', false],
      ['2026-03-10', true],
    ] as const) {
      const ack = await rig.evidence.acceptDeposit(repayment('L-1', `e-${date}`));
      evidenceNo = ack.evidenceNo;
      receipts.push(ack.receipt);
      const row = await rig.evidence.publishCheckpoint();
      const { size, root } = parseCheckpoint(row?.note ?? '');
      const times = { local: day(date), ...(own ? { judicial: day(date) + 3600 } : {}) };
      anchored.push({ size, root: toHex(root), times });
    }
  });
  after(() => {
    rig.close();
    scratch.remove();
  });

  const recordOf = (
    target: string,
    size: number,
    root: string,
    blockTime: number,
  ): AnchorRecord => ({
    target,
    chainId: 7,
    genesisHash: PLACE.genesisHash,
    registry: ADDRESS,
    logId: toHex(logId(parseVerifierKey(rig.signer.vkey))),
    size,
    root,
    txHash: `0x${'33'.repeat(32)}`,
    blockNumber: size,
    blockHash: `0x${'44'.repeat(32)}`,
    blockTime,
  });

  const sizeAt = async (date: string, targets: string[]) => {
    const found = await rig.evidence.checkpointAt(parseAsOf(date), targets);
    return [found.checkpoint.size, found.anchor.target];
  };

  it('takes the first checkpoint that a registry recorded at or after the end of the day', async () => {
    expect(rig.evidence).to.be.instanceOf(Evidence);
    expect(await sizeAt('2026-02-01', ['local'])).to.deep.equal([2, 'local']);
    expect(await sizeAt('2026-03-01', ['local'])).to.deep.equal([4, 'local']);
    expect(await sizeAt('2026-03-01T12:00:00+08:00', ['local'])).to.deep.equal([2, 'local']);
    expect(await sizeAt('2026-03-01T12:00:01+08:00', ['local'])).to.deep.equal([4, 'local']);
  });

  it('goes by the clock that is worth most, and by another where that one tells nothing yet', async () => {
    expect(await sizeAt('2026-03-01', ['judicial', 'local'])).to.deep.equal([6, 'judicial']);
    anchored[2]?.times && Reflect.deleteProperty(anchored[2].times, 'judicial');
    expect(await sizeAt('2026-03-01', ['judicial', 'local'])).to.deep.equal([4, 'local']);
  });

  it('says when nothing was anchored since', async () => {
    const error = await sizeAt('2026-04-01', ['local']).catch((thrown: Error) => thrown);
    expect(error).to.include({ code: 'NOT_ANCHORED' });
  });

  /** A verifier whose own search found `size` as the first head for 2026-03-01. */
  function context(index: number | undefined, more: Partial<FirstAnchored> = {}): VerifierContext {
    const asOf = parseAsOf('2026-03-01');
    const head = index === undefined ? undefined : anchored[index];
    const first = head && { size: head.size, root: head.root, blockNumber: 9, blockTime: 1 };
    const registry = { ...PLACE, name: 'judicial', address: ADDRESS, timeWeight: 'none' as const };
    const search = {
      ...PLACE,
      registry: ADDRESS,
      logId: toHex(logId(parseVerifierKey(rig.signer.vkey))),
      instant: asOf.instant,
      ...(first === undefined ? {} : { first }),
      ...more,
    };
    const policy = { ...policyNaming(rig.signer.vkey), registries: [registry] };
    return { policy, now: new Date('2026-06-01T00:00:00Z'), asOf, searches: [search] };
  }

  async function reasonOf(size: number, given: VerifierContext): Promise<string> {
    const report = verifyCompleteness(await rig.evidence.completeness(evidenceNo, size), given);
    return report.checks.find(({ id }) => id === 'checkpoint.first')?.reason ?? report.verdict;
  }

  it('passes with the checkpoint that the verifier’s own search found', async () => {
    expect(await reasonOf(4, context(1))).to.equal('OK');
    const report = verifyCompleteness(await rig.evidence.completeness(evidenceNo, 4), context(1));
    expect(report.verdict).to.equal('passed');
    expect(report.facts.asOf).to.equal('2026-03-01 24:00 (UTC+8) = 2026-03-01T16:00:00Z');
  });

  it('fails with an older or a later checkpoint, and with one of another history', async () => {
    expect(await reasonOf(2, context(1))).to.equal('BEFORE_DATE');
    expect(await reasonOf(6, context(1))).to.equal('NOT_FIRST');
    expect(await reasonOf(6, context(undefined))).to.equal('BEFORE_DATE');
    const other = { size: 4, root: '55'.repeat(32), blockNumber: 1, blockTime: 1 };
    expect(await reasonOf(4, context(1, { first: other }))).to.equal('ANCHOR_DIFFERS');
  });

  it('says that it did not look: without a search, for another moment, log or registry', async () => {
    for (const given of [
      { ...context(1), searches: [] },
      context(1, { instant: 0 }),
      context(1, { logId: '66'.repeat(32) }),
      context(1, { codeHash: '77'.repeat(32) }),
    ]) {
      const report = verifyCompleteness(await rig.evidence.completeness(evidenceNo, 4), given);
      expect(report.notChecked).to.include('FIRST_ANCHORED');
      expect(report.checks.some(({ id }) => id === 'checkpoint.first')).to.equal(false);
    }
  });

  it('holds a receipt against it, whatever the date: a promise below the checkpoint is due', async () => {
    const proof = await rig.evidence.completeness(evidenceNo, 4);
    const kept = verifyReceipt(receipts[0] ?? '', proof, context(1));
    expect(kept.verdict).to.equal('passed');
    const early = verifyReceipt(receipts[2] ?? '', proof, context(1));
    expect(early.checks.some(({ reason }) => reason === 'CHECKPOINT_TOO_OLD')).to.equal(true);
  });

  describe('with auditors', () => {
    const witness = witnessKey(seededKey.name, seededKey.publicKey);
    const asking = (): VerifierContext => ({
      now: new Date('2026-06-01T00:00:00Z'),
      policy: {
        ...policyNaming(rig.signer.vkey),
        witnesses: [witness.vkey],
        witnessesRequired: 1,
      },
    });

    it('asks for as many as the policy does, and tells since when each knows the head', async () => {
      const before = verifyCompleteness(await rig.evidence.completeness(evidenceNo, 6), asking());
      expect(before.verdict).to.equal('indeterminate');
      const { note } = await rig.evidence.checkpoint(6);
      const { text } = parseCheckpoint(note).note;
      const line = cosignatureLine(text, witness, signWithWitness, 1_780_000_000);
      expect(await rig.evidence.addCosignature(note + line, witness)).to.include({ added: 1 });
      expect(await rig.evidence.addCosignature(note + line, witness)).to.include({ added: 0 });
      const report = verifyCompleteness(await rig.evidence.completeness(evidenceNo, 6), asking());
      expect(report.verdict).to.equal('passed');
      expect(report.facts.witnesses).to.deep.equal([{ name: witness.name, time: 1_780_000_000 }]);
      const published = await rig.evidence.logFile('checkpoint');
      expect(Buffer.from(published ?? []).toString()).to.equal(note + line);
      expect((await rig.evidence.check()).findings).to.deep.equal([]);
    });

    it('refuses a cosignature that does not verify, or of a head that is not ours', async () => {
      const { note } = await rig.evidence.checkpoint(4);
      const { text } = parseCheckpoint(note).note;
      const other = cosignatureLine(text.replace('\n4\n', '\n6\n'), witness, signWithWitness, 1);
      const wrong = await rig.evidence.addCosignature(note + other, witness).catch((e: Error) => e);
      expect(wrong).to.include({ code: 'COSIGNATURE_REFUSED' });
      const none = await rig.evidence.addCosignature(note, witness).catch((e: Error) => e);
      expect(none).to.include({ code: 'COSIGNATURE_REFUSED' });
      const forked = note.replace('\n4\n', '\n5\n');
      const fork = await rig.evidence.addCosignature(forked, witness).catch((e: Error) => e);
      expect(fork).to.include({ code: 'CHECKPOINT_UNKNOWN' });
    });

    it('fails where a named auditor’s line was altered', async () => {
      const proof = await rig.evidence.completeness(evidenceNo, 6);
      const parts = JSON.parse(proof) as { cosignatures: string[] };
      const [line = ''] = parts.cosignatures;
      const at = line.length - 12;
      const altered = line.slice(0, at) + (line[at] === 'A' ? 'B' : 'A') + line.slice(at + 1);
      const report = verifyCompleteness(proof.replace(line.trim(), altered.trim()), asking());
      expect(report.checks.find(({ id }) => id === 'checkpoint.witness')).to.include({
        verdict: 'failed',
        reason: 'SIGNATURE_WRONG',
      });
    });
  });
});
