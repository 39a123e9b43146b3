import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type {
  Lane,
  LogWriter,
  Outcome,
  ReadyDeposit,
  WrittenDeposit,
} from '../../src/evidence/log/log-writer.ts';
import { fromHex } from '../../src/formats/bytes.ts';
import { leavesReader, rangeRoot } from '../../src/formats/merkle.ts';
import { parseNote } from '../../src/formats/note.ts';
import { parseReceipt, receiptGroupText } from '../../src/formats/receipt.ts';
import { draftStatement } from '../../src/formats/statement.ts';
import { RIG_ORIGIN } from '../support/evidence-rig.ts';

/** A writer on an empty log. */
export interface WriterSubject {
  writer: LogWriter;
  /** Number of entries on disk, read over another connection. */
  size(): number;
  remove(): Promise<void>;
}

const digits = (length: number) => 'ab'.repeat(length / 2);

/** A small deposit of a loan; `event` identifies it. */
export function readyDeposit(loan: string, event: string, refersTo?: string): ReadyDeposit {
  const keyOf = (name: string) => Buffer.from(name.padEnd(16, '.')).toString('hex').slice(0, 32);
  const file = { name: 'a.json', mediaType: 'application/json', size: 5 };
  return {
    loan,
    eventKey: keyOf(event),
    draft: draftStatement({
      kind: 'repayment',
      title: '还款记录',
      file: { ...file, sha256: digits(64), sha512: digits(128), sm3: digits(64) },
      occurredAt: '2026-01-02',
      source: { system: 'core', eventId: event },
      depositor: '示例贷款机构',
    }),
    references:
      refersTo === undefined
        ? []
        : [{ rel: 'corrects', eventKey: keyOf(refersTo), eventId: refersTo }],
    content: randomBytes(40),
  };
}

const isWritten = (outcome: Outcome): outcome is WrittenDeposit => outcome.state === 'written';

/** What every writer of the log must do, wherever it runs. */
export function describeLogWriter(name: string, open: () => Promise<WriterSubject>): void {
  describe(`LogWriter: ${name}`, function () {
    this.timeout(20_000);
    let subject: WriterSubject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.remove());

    const write = (deposits: ReadyDeposit[], lane: Lane = 'bulk') =>
      subject.writer.sequence(deposits, lane);

    it('gives places in order, on disk when told, under one signature', async () => {
      const deposits = Array.from({ length: 7 }, (_, i) => readyDeposit(`L-${i % 2}`, `e${i}`));
      const { outcomes, note = '' } = await write(deposits);
      expect(subject.size()).to.equal(7);
      const written = outcomes.filter(isWritten);
      expect(written.map(({ leafIndex }) => leafIndex)).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
      expect(written.map(({ seq }) => seq)).to.deep.equal([0, 0, 1, 1, 2, 2, 3]);
      expect(new Set(written.map(({ evidenceNo }) => evidenceNo)).size).to.equal(2);
      expect(written[2]?.opening.prev).to.equal(written[0]?.leafHash);
      const leaves = written.map(({ leafHash }) => fromHex(leafHash));
      const root = rangeRoot(0, 7, leavesReader(leaves));
      expect(parseNote(note).text).to.equal(receiptGroupText(RIG_ORIGIN, 0, 7, root));
    });

    it('gives a single deposit a receipt of its own', async () => {
      const { outcomes, note } = await write([readyDeposit('L-1', 'e1')], 'single');
      const [written] = outcomes.filter(isWritten);
      expect(note).to.equal(undefined);
      expect(parseReceipt(written?.receipt ?? '').leafIndex).to.equal(written?.leafIndex);
    });

    it('writes an event once, within a batch, across batches and across lanes', async () => {
      const twice = await write([readyDeposit('L-1', 'e1'), readyDeposit('L-1', 'e1')]);
      expect(twice.outcomes.map(({ state }) => state)).to.deep.equal(['written', 'known']);
      const both = await Promise.all([
        write([readyDeposit('L-1', 'e2'), readyDeposit('L-1', 'e1')], 'bulk'),
        write([readyDeposit('L-1', 'e2')], 'single'),
        write([readyDeposit('L-1', 'e1')], 'single'),
      ]);
      const states = both.flatMap(({ outcomes }) => outcomes.map(({ state }) => state));
      expect(states.filter((state) => state === 'written')).to.have.length(1);
      expect(subject.size()).to.equal(2);
      expect((await write([readyDeposit('L-1', 'e1')])).note).to.equal(undefined);
    });

    it('lets deposits refer to earlier ones of their loan, and refuses others alone', async () => {
      const { outcomes } = await write([
        readyDeposit('L-1', 'e1'),
        readyDeposit('L-1', 'e2', 'e1'),
        readyDeposit('L-2', 'e3', 'e1'),
        readyDeposit('L-1', 'e4', 'nothing'),
        readyDeposit('L-1', 'e5'),
      ]);
      expect(outcomes.map((one) => ('code' in one ? one.code : one.state))).to.deep.equal([
        ...['written', 'written', 'REFERENCE_UNKNOWN', 'REFERENCE_UNKNOWN', 'written'],
      ]);
      const later = await write([readyDeposit('L-1', 'e6', 'e5')], 'single');
      const [written] = later.outcomes.filter(isWritten);
      expect(written?.opening.references).to.deep.equal([{ rel: 'corrects', seq: 2 }]);
      expect(written?.seq).to.equal(3);
    });

    it('lets singles pass bulk that waits, and keeps the order within a lane', async () => {
      const order: string[] = [];
      const bulk = Array.from({ length: 12 }, async (_, i) => {
        const deposits = Array.from({ length: 200 }, (_, n) => readyDeposit('B', `b${i}-${n}`));
        await write(deposits);
        order.push(`bulk ${i}`);
      });
      const singles = Array.from({ length: 5 }, async (_, i) => {
        await write([readyDeposit('S', `s${i}`)], 'single');
        order.push(`single ${i}`);
      });
      await Promise.all([...bulk, ...singles]);
      const numbers = (lane: string) =>
        order.filter((one) => one.startsWith(lane)).map((one) => Number(one.split(' ')[1]));
      expect(numbers('bulk')).to.deep.equal(Array.from({ length: 12 }, (_, i) => i));
      expect(numbers('single')).to.deep.equal([0, 1, 2, 3, 4]);
      expect(order.indexOf('single 4')).to.be.below(order.indexOf('bulk 11'));
      expect(subject.size()).to.equal(12 * 200 + 5);
    });

    it('publishes beside deposits, and goes on with the loans after forgetting them', async () => {
      await write([readyDeposit('L-1', 'e1')]);
      const [checkpoint] = await Promise.all([
        subject.writer.publishCheckpoint(),
        write([readyDeposit('L-1', 'e2')], 'single'),
      ]);
      expect(checkpoint?.size).to.be.within(2, 3);
      await subject.writer.forgetLoans();
      const { outcomes } = await write([readyDeposit('L-1', 'e3')], 'single');
      expect(outcomes.filter(isWritten)[0]?.seq).to.equal(2);
      expect(await subject.writer.finishPublishing()).to.be.a('number');
    });

    it('says which deposit came without content', async () => {
      const empty = { ...readyDeposit('L-1', 'e1'), content: undefined };
      const { outcomes } = await write([empty, readyDeposit('L-1', 'e2')]);
      expect(outcomes.map((one) => ('code' in one ? one.code : one.state))).to.deep.equal([
        'LOG_DAMAGED',
        'written',
      ]);
    });
  });
}
