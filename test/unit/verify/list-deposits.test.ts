import { expect } from 'chai';
import type { Statement } from '../../../src/formats/statement.ts';
import { listDeposits } from '../../../src/verify/list-deposits.ts';

const of = (kind: string, ...seqs: number[]) => seqs.map((seq) => ({ kind, seq }) as Statement);

describe('a list of deposits', () => {
  it('draws runs together and keeps kinds apart', () => {
    const line = listDeposits([
      ...of('account-movement', 5, 6, 7, 9, 11, 12),
      ...of('calculation', 20),
    ]);
    expect(line).to.equal('account-movement #5–7, #9, #11–12; calculation #20');
  });

  it('says nothing of nothing', () => {
    expect(listDeposits([])).to.equal('');
  });
});
