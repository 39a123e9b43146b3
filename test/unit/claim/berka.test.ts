import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Claim } from '../../../src/claim/claim.ts';
import { formatMoney, parseMoney } from '../../../src/claim/money.ts';
import type { Json } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';
import { claimOf } from './claim-samples.ts';

const FOLDER = new URL('../../../../shared/data/berka/', import.meta.url);
const CUT_OFF = '1994-03-31';

const table = (name: string): Record<string, string>[] => {
  const [head = '', ...lines] = readFileSync(new URL(name, FOLDER), 'utf8').trim().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  });
};
const isoDate = (yymmdd = ''): string =>
  `19${yymmdd.slice(0, 2)}-${yymmdd.slice(2, 4)}-${yymmdd.slice(4, 6)}`;

/** The first 12th after a date, by counting, not by the code under test. */
function firstTwelfth(granted: string): string {
  const [year = 0, month = 0, day = 0] = granted.split('-').map(Number);
  const next = day < 12 ? [year, month] : month === 12 ? [year + 1, 1] : [year, month + 1];
  return `${next[0]}-${String(next[1]).padStart(2, '0')}-12`;
}
/** How many twelfths of a month lie from `first` to the cut-off. */
function twelfthsUntilCutOff(first: string): number {
  const [year = 0, month = 0] = first.split('-').map(Number);
  return Math.max(0, (1994 - year) * 12 + (3 - month) + 1);
}

describe('claim on the loans of the Czech bank granted before 1994-04-01', () => {
  const claims = new Map<string, { claim: Claim; expected: bigint; instalment: bigint }>();

  before(function () {
    if (!existsSync(FOLDER)) {
      console.log('      skipped: the data set is not on this machine');
      this.skip();
    }
    const payments = table('trans_uver_19930101-19940331.csv');
    for (const loan of table('loan.csv').filter((row) => isoDate(row.date) <= CUT_OFF)) {
      const granted = isoDate(loan.date);
      const first = firstTwelfth(granted);
      const own = payments.filter((row) => row.account_id === loan.account_id);
      const terms: Json = {
        contractNo: loan.loan_id ?? '',
        currency: 'CZK',
        principal: loan.amount ?? '',
        method: 'fixed-instalments',
        instalments: Number(loan.duration),
        instalmentAmount: loan.payments ?? '',
        firstDueDate: first,
        dueDay: 12,
      };
      const records: [Kind, Json][] = [
        ['contract-terms', terms],
        ['disbursement', { amount: loan.amount ?? '', date: granted }],
        ...own.map((row): [Kind, Json] => [
          'repayment',
          {
            amount: row.amount ?? '',
            date: isoDate(row.date),
            serial: row.trans_id ?? '',
          },
        ]),
      ];
      const instalment = parseMoney(loan.payments ?? '');
      const paid = own.reduce((sum, row) => sum + parseMoney(row.amount ?? ''), 0n);
      claims.set(loan.loan_id ?? '', {
        claim: claimOf(CUT_OFF, ...records),
        expected: BigInt(twelfthsUntilCutOff(first)) * instalment - paid,
        instalment,
      });
    }
  });

  it('each owes what fell due less what was paid, and nothing else', () => {
    expect(claims.size).to.equal(26);
    for (const [id, { claim, expected }] of claims) {
      const owed = expected > 0n ? expected : 0n;
      const credit = expected < 0n ? -expected : 0n;
      expect([id, claim.lines.total], id).to.deep.equal([id, formatMoney(owed)]);
      expect([id, claim.credit], id).to.deep.equal([id, formatMoney(credit)]);
      expect(claim.continuing).to.equal(null);
      expect(claim.courtFees).to.equal(null);
    }
  });

  it('loan 5325 owes 2.40, loan 7097 has paid 0.90 too much, loan 5316 neither', () => {
    expect(claims.get('5325')?.claim.status).to.include({
      overdueAmount: '2.40',
      oldestUnpaidDueDate: '1994-03-12',
      daysOverdue: 19,
      instalmentsDue: 8,
      instalmentsPaidInFull: 7,
    });
    expect(claims.get('7097')?.claim).to.include({ credit: '0.90' });
    expect(claims.get('7097')?.claim.lines.total).to.equal('0.00');
    expect(claims.get('5316')?.claim).to.include({ credit: '0.00' });
    expect(claims.get('5316')?.claim.lines.total).to.equal('0.00');
  });

  it('nobody owes a whole instalment', () => {
    for (const [id, { claim, instalment }] of claims) {
      expect(parseMoney(claim.lines.total) < instalment, id).to.equal(true);
    }
  });
});
