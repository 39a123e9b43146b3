import { expect } from 'chai';
import { ClaimError } from '../../../src/claim/claim-error.ts';
import { hasRecordSchema, parseRecord, recordDefects } from '../../../src/claim/records.ts';

describe('records', () => {
  it('accepts a loan of which only amount, number and day of instalments are known', () => {
    const terms = parseRecord('contract-terms', {
      contractNo: '7097',
      currency: 'CZK',
      principal: '75624',
      method: 'fixed-instalments',
      instalments: 24,
      instalmentAmount: '3151.00',
      firstDueDate: '1994-01-12',
      dueDay: 12,
    });
    expect(terms.annualRate).to.equal(undefined);
    expect(terms.penalty).to.equal(undefined);
  });

  it('names every field that is wrong, with what it should be', () => {
    const defects = recordDefects('contract-terms', {
      contractNo: 'x',
      currency: 'yuan',
      principal: '1.005',
      annualRate: '14.4',
      method: 'bullet',
      instalments: 1,
      firstDueDate: '2023-02-29',
      penalty: { kind: 'uplift' },
      colour: 'red',
    });
    expect(defects.map((defect) => defect.split(':')[0])).to.have.members([
      'currency',
      'principal',
      'annualRate',
      'firstDueDate',
      'penalty',
      'unknown member "colour"',
    ]);
    expect(defects.join()).to.include('write 14.4 % as "0.144"');
  });

  it('never puts a value into the message, for it may be personal', () => {
    const person = { type: 'natural', name: '张三', idNumber: 42, phone: ['13800000000'] };
    expect(() => parseRecord('identity', person))
      .to.throw(ClaimError)
      .that.satisfies(
        (error: ClaimError) =>
          error.code === 'RECORD_INVALID' && !/张三|13800000000|42/.test(error.message),
      );
  });

  for (const amount of ['-1', '01', '1.', '.5', '1e3', '1.001', '1,000', '0', 5]) {
    it(`refuses ${JSON.stringify(amount)} as the amount of a repayment`, () => {
      expect(recordDefects('repayment', { amount, date: '2024-01-01' })).to.have.length(1);
    });
  }

  it('accepts a person by the customer number alone, and refuses one by nothing', () => {
    expect(recordDefects('identity', { type: 'natural', clientReference: '25' })).to.deep.equal([]);
    expect(recordDefects('identity', { type: 'natural' })).to.deep.equal([
      'a party needs a name or a clientReference',
    ]);
  });

  it('keeps a null penalty (none agreed) apart from an absent one (not known)', () => {
    const terms = {
      contractNo: '1',
      currency: 'CNY',
      principal: '1',
      method: 'bullet',
      instalments: 1,
    };
    expect(parseRecord('contract-terms', { ...terms, penalty: null }).penalty).to.equal(null);
    expect(parseRecord('contract-terms', terms)).not.to.have.property('penalty');
  });

  it('knows which kinds are structured', () => {
    expect(hasRecordSchema('repayment')).to.equal(true);
    expect(hasRecordSchema('contract')).to.equal(false);
    expect(hasRecordSchema('toString')).to.equal(false);
  });
});
