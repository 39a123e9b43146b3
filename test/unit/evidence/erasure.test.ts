import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fromHex, utf8 } from '../../../src/formats/bytes.ts';
import { commitment } from '../../../src/formats/commitment.ts';
import { parseEntry } from '../../../src/formats/entry.ts';
import { parseReceipt } from '../../../src/formats/receipt.ts';
import { renderReport } from '../../../src/verify/render-report.ts';
import { verifyCompleteness, verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import { verifyFile } from '../../../src/verify/verify-file.ts';
import { codeOf } from '../../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scan,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { filesBelow } from '../../support/tampering.ts';

const DECISION = { ground: '个人信息保护法第四十七条', by: 'data protection office' };

describe('a loan that is erased', () => {
  let scratch: ReturnType<typeof scratchFolder>;
  let rig: EvidenceRig;
  let evidenceNo: string;
  beforeEach(async () => {
    scratch = scratchFolder();
    rig = openEvidenceRig(scratch.path);
    ({ evidenceNo } = await rig.evidence.acceptDeposit(repayment('L-1', 'e1')));
    await rig.evidence.acceptDeposit(scan('L-1', 'e2', randomBytes(20_000)));
    await rig.evidence.acceptDeposit(repayment('L-2', 'e3'));
    await rig.evidence.publishCheckpoint();
  });
  afterEach(() => {
    rig.close();
    scratch.remove();
  });

  const erase = () => rig.evidence.custody.erase(evidenceNo, DECISION);

  it('can be read by nobody, and says so by a code of its own', async () => {
    await erase();
    const { evidence } = rig;
    const reads: (() => Promise<unknown>)[] = [
      () => evidence.content(evidenceNo, 0),
      () => evidence.content(evidenceNo, 1),
      () => evidence.history(evidenceNo),
      () => evidence.receipt(evidenceNo, 0),
      () => evidence.proof(evidenceNo, 0),
      () => evidence.openedHistory(evidenceNo, 2),
      () => evidence.acceptDeposit(repayment('L-1', 'e9')),
      () => evidence.acceptDeposit(repayment('L-1', 'e1')),
      () => evidence.custody.placeHold(evidenceNo, DECISION),
    ];
    for (const read of reads) expect(await codeOf(read()), read.toString()).to.equal('LOAN_ERASED');
    expect((await evidence.listLoans()).map(({ reference }) => reference)).to.deep.equal(['L-2']);
  });

  it('stays so across a restart, and the check counts its entries without a finding', async () => {
    await erase();
    rig.close();
    rig = openEvidenceRig(scratch.path);
    expect(await codeOf(rig.evidence.content(evidenceNo, 0))).to.equal('LOAN_ERASED');
    await rig.evidence.publishCheckpoint();
    const { findings, erased, entries } = await rig.evidence.check();
    expect({ findings, erased, entries }).to.deep.equal({ findings: [], erased: 2, entries: 6 });
  });

  it('keeps every proof given out before, and can be proven complete and erased after', async () => {
    const receipt = await rig.evidence.receipt(evidenceNo, 0);
    const proof = await rig.evidence.proof(evidenceNo, 1);
    const { seq } = await erase();
    await rig.evidence.publishCheckpoint();
    const completeness = await rig.evidence.completeness(evidenceNo);
    const verdicts = [
      verifyFile(undefined, proof, rig.context),
      verifyCompleteness(completeness, rig.context),
      verifyReceipt(receipt, completeness, rig.context),
      verifyReceipt(await rig.evidence.receipt(evidenceNo, seq), completeness, rig.context),
      verifyFile(undefined, await rig.evidence.proof(evidenceNo, seq), rig.context),
    ].map(({ verdict }) => verdict);
    expect(
      verdicts.every((verdict) => verdict === 'passed'),
      verdicts.join(),
    ).to.equal(true);
    expect(JSON.parse(completeness).entries).to.have.length(3);
  });

  it('has a tombstone as its last entry, which shows ground and time and no personal data', async () => {
    const erasure = await erase();
    expect(erasure).to.include({ evidenceNo, seq: 2 });
    expect(erasure.title).to.equal('删除记录：个人信息保护法第四十七条');
    const receipt = parseReceipt(await rig.evidence.receipt(evidenceNo, erasure.seq));
    expect(receipt.statement).to.include({ kind: 'erased', title: erasure.title });
    const content = Buffer.from(await rig.evidence.content(evidenceNo, erasure.seq)).toString();
    expect(JSON.parse(content)).to.deep.equal({ ...DECISION, entries: 2 });
    expect(await rig.evidence.custody.erasure(evidenceNo)).to.deep.equal(erasure);
  });

  it('is told in reports when its tombstone is among what they are given', async () => {
    const early = await rig.evidence.completeness(evidenceNo);
    const { seq, erasedAt } = await erase();
    await rig.evidence.publishCheckpoint();
    const { evidence, context } = rig;
    const all = await evidence.completeness(evidenceNo);
    const proof = await evidence.proof(evidenceNo, seq);
    const reports = [
      verifyCompleteness(all, context, proof),
      verifyFile(undefined, proof, context),
      verifyReceipt(await evidence.receipt(evidenceNo, seq), all, context),
    ];
    const { ground } = DECISION;
    for (const report of reports) {
      expect(report.verdict).to.equal('passed');
      expect(report.facts.erasure).to.deep.equal({ at: erasedAt, ground });
      expect(renderReport(report, 'en')).to.include(
        `erased on ${erasedAt} on the ground: ${ground}`,
      );
      expect(renderReport(report, 'zh')).to.include(`于 ${erasedAt} 删除，依据：${ground}`);
    }
    expect(verifyCompleteness(all, context).facts).not.to.have.property('erasure');
    const { evidenceNo: other } = await evidence.acceptDeposit(repayment('L-2', 'e4'));
    await evidence.publishCheckpoint();
    for (const [history, tombstone] of [
      [early, proof],
      [all, await evidence.proof(other, 1)],
      [await evidence.completeness(other), proof],
      [all, proof.replace('删除记录', '更正记录')],
      [all, '{}'],
    ] as const) {
      const report = verifyCompleteness(history, context, tombstone);
      expect(report.verdict).to.equal('failed');
      expect(report.facts).not.to.have.property('erasure');
    }
  });

  it('is erased once, however often it is asked for', async () => {
    const [first, second] = [await erase(), await erase()];
    expect(second).to.deep.equal(first);
    expect(await rig.store.treeSize()).to.equal(5);
    expect(await Promise.all([erase(), erase()])).to.deep.equal([first, first]);
  });

  it('leaves neither its secret nor its reference in any file', async () => {
    const key = (await rig.store.findLoanByEvidenceNo(evidenceNo))?.loanKey ?? '';
    const wrapped = (await rig.secrets.get([key])).get(key) ?? new Uint8Array();
    const salted = parseEntry((await rig.store.readEntries(0, 1))[0]?.data ?? new Uint8Array());
    const opened = await rig.evidence.openedHistory(evidenceNo, 1);
    const salt = fromHex(opened[0]?.salt ?? '');
    expect(salted.type === 'deposit' && salted.commitment).to.equal(
      Buffer.from(commitment(salt, utf8(opened[0]?.statement ?? ''))).toString('hex'),
    );
    const holds = (bytes: Uint8Array) =>
      filesBelow(scratch.path).filter((file) =>
        readFileSync(join(scratch.path, file)).includes(Buffer.from(bytes)),
      );
    expect(holds(wrapped)).not.to.deep.equal([]);
    await erase();
    expect(holds(wrapped)).to.deep.equal([]);
    expect(holds(salt)).to.deep.equal([]);
  });

  it('loses deposits that were on their way when the tombstone was written, unacknowledged', async () => {
    const late = Array.from({ length: 20 }, (_, i) =>
      codeOf(rig.evidence.acceptDeposit(repayment('L-1', `late ${i}`))),
    );
    const erasing = erase();
    const more = Array.from({ length: 20 }, (_, i) =>
      codeOf(rig.evidence.acceptDeposit(repayment('L-1', `later ${i}`))),
    );
    const { seq } = await erasing;
    const answers = await Promise.all([...late, ...more]);
    const taken = answers.filter((code) => code === 'no error').length;
    expect(answers.every((code) => code === 'no error' || code === 'LOAN_ERASED')).to.equal(true);
    expect(seq, 'all that were acknowledged stand before the tombstone').to.equal(2 + taken);
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
  });

  it('is not erased while a legal hold stands; several must all be released', async () => {
    const one = await rig.evidence.custody.placeHold(evidenceNo, { ground: 'case 1', by: 'legal' });
    const two = await rig.evidence.custody.placeHold(evidenceNo, { ground: 'case 2', by: 'legal' });
    expect((await rig.evidence.custody.holds(evidenceNo)).map(({ seq }) => seq)).to.deep.equal([
      2, 3,
    ]);
    expect(await codeOf(erase())).to.equal('LOAN_HELD');
    await rig.evidence.custody.releaseHold(evidenceNo, one.seq, DECISION);
    expect(await codeOf(erase())).to.equal('LOAN_HELD');
    const twice = rig.evidence.custody.releaseHold(evidenceNo, one.seq, DECISION);
    expect(await codeOf(twice)).to.equal('CUSTODY_INVALID');
    await rig.evidence.custody.releaseHold(evidenceNo, two.seq, DECISION);
    expect(await rig.evidence.custody.holds(evidenceNo)).to.deep.equal([]);
    expect((await erase()).seq).to.equal(6);
  });

  it('is not erased while a filing is open or its retention runs', async () => {
    rig.close();
    rig = openEvidenceRig(scratch.path, () => ({}), { openFilings: async () => ['CASE-1'] });
    expect(await codeOf(erase())).to.equal('LOAN_HELD');
    rig.close();
    rig = openEvidenceRig(scratch.path, () => ({}), { retentionDays: 1 });
    expect(await codeOf(erase())).to.equal('RETENTION_RUNNING');
    await rig.evidence.custody.placeHold(evidenceNo, DECISION);
    const { seq } = (await rig.evidence.custody.holds(evidenceNo))[0] ?? { seq: -1 };
    await rig.evidence.custody.releaseHold(evidenceNo, seq, DECISION);
    rig.close();
    // A day after the last repayment; holds do not prolong it.
    rig = openEvidenceRig(scratch.path, () => ({}), {
      retentionDays: 1,
      start: '2026-03-02T00:00:05Z',
    });
    expect((await erase()).seq).to.equal(4);
  });

  it('and what tells of it can be written by the service alone', async () => {
    for (const kind of ['erased', 'hold-placed', 'hold-released'] as const) {
      const forged = repayment('L-1', 'forged', { kind });
      expect(await codeOf(rig.evidence.acceptDeposit(forged)), kind).to.equal('DEPOSIT_INVALID');
    }
    const posing = repayment('L-1', 'x', {
      source: { system: 'cunzheng', eventId: `erasure ${evidenceNo}` },
    });
    expect(await codeOf(rig.evidence.acceptDeposit(posing))).to.equal('DEPOSIT_INVALID');
  });

  it('is refused without a ground, and for a number that no loan has', async () => {
    const { custody: desk } = rig.evidence;
    expect(await codeOf(desk.erase(evidenceNo, { ground: ' ', by: 'x' }))).to.equal(
      'CUSTODY_INVALID',
    );
    const unknown = 'CZ-0000-0000-0000-0000-0000-0000-00';
    expect(await codeOf(desk.erase(unknown, DECISION))).to.equal('LOAN_UNKNOWN');
  });
});
