import { expect } from 'chai';
import { fromRecords } from '../../../src/claim/from-records.ts';
import { checkRecord } from '../../../src/evidence/deposit/check-record.ts';
import type { EvidenceError } from '../../../src/evidence/errors.ts';
import type { Json } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';

function refusal(kind: Kind, record: Json): EvidenceError | undefined {
  try {
    checkRecord({ kind, content: { form: 'record', record } });
    return undefined;
  } catch (error) {
    return error as EvidenceError;
  }
}

describe('the form of a record', () => {
  it('is that of its kind, else the deposit is refused with the path of each fault', () => {
    const refused = refusal('credit-decision', {
      decision: 'yes',
      score: 612,
      manualReview: { reviewer: 'R12', reviewedAt: 'yesterday', why: '额度', outcome: 'upheld' },
      colour: 'red',
    });
    expect(refused?.code).to.equal('RECORD_INVALID');
    for (const path of ['decision:', 'score:', 'manualReview.reviewedAt:', '"colour"']) {
      expect(refused?.message).to.include(path);
    }
    expect(refused?.remedy).to.include('schemas/records/credit-decision.json');
  });

  it('leaves room for what only the lender knows, under "extra"', () => {
    const record = { amount: '12.00', date: '2026-01-02', extra: { batch: 7, tags: ['a'] } };
    expect(refusal('repayment', record)).to.equal(undefined);
    expect(refusal('repayment', { ...record, batch: 7 })?.code).to.equal('RECORD_INVALID');
  });

  it('is free for "other", and not looked at in files', () => {
    expect(refusal('other', { anything: [1, null] })).to.equal(undefined);
    const bytes = new Uint8Array(3);
    const file = { form: 'file', name: 'x.json', mediaType: 'application/json', bytes } as const;
    expect(() => checkRecord({ kind: 'consent', content: file })).to.not.throw();
  });

  it('gives a short answer to a record of endless faults', () => {
    const names = Array.from({ length: 5000 }, (_, i) => [`field-${i}`.repeat(20), 1]);
    expect(refusal('repayment', Object.fromEntries(names))?.message.length).to.be.below(5000);
  });

  it('takes less time than the disk does', () => {
    const record = { amount: '453.71', date: '2026-01-02', currency: 'CNY', serial: 'HK1' };
    for (let i = 0; i < 2000; i++) refusal('repayment', record);
    const start = process.hrtime.bigint();
    for (let i = 0; i < 20_000; i++) refusal('repayment', record);
    const each = Number(process.hrtime.bigint() - start) / 20_000;
    // 2 µs when the machine is idle; the bound leaves room for others at work on it.
    expect(each, 'nanoseconds a record').to.be.below(50_000);
  });
});

describe('costs of enforcement', () => {
  const terms = {
    contractNo: 'HT-1',
    currency: 'CNY',
    principal: '1000.00',
    method: 'bullet',
    instalments: 1,
    firstDueDate: '2025-12-31',
  };
  const cost = { category: 'lawyer', name: '律师费', amount: '500.00', date: '2026-02-01' };
  const records = (...more: { kind: Kind; record: Json }[]) =>
    [{ kind: 'contract-terms' as Kind, record: terms as Json }, ...more].map((it, seq) => ({
      ...it,
      seq,
      occurredAt: '2026-01-01',
    }));

  it('are read from their records, one invoice once', () => {
    const twice = { ...cost, serial: 'FP-1' };
    const { costs } = fromRecords(
      records(
        { kind: 'cost', record: { ...cost, clause: '9.2' } },
        { kind: 'cost', record: twice },
        { kind: 'cost', record: twice },
      ),
    );
    expect(costs).to.deep.equal([
      { seq: 1, name: '律师费', amount: '500.00', date: '2026-02-01', clause: '9.2' },
      { seq: 2, name: '律师费', amount: '500.00', date: '2026-02-01' },
    ]);
    expect(fromRecords(records())).to.not.have.property('costs');
  });
});
