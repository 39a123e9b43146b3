import { expect } from 'chai';
import { annuity } from '../../../src/claim/amortiser.ts';
import { ClaimError } from '../../../src/claim/claim-error.ts';
import { parseDecimal, ZERO } from '../../../src/claim/rational.ts';
import { type ContractTerms, parseRecord } from '../../../src/claim/records.ts';
import { buildSchedule } from '../../../src/claim/schedule.ts';
import type { Json } from '../../../src/formats/jcs.ts';

const BASE = {
  contractNo: '1',
  currency: 'CNY',
  annualRate: '0.12',
  firstDueDate: '2024-02-15',
  dueDay: 15,
  dayCount: '30/360',
};
const terms = (fields: Record<string, Json>): ContractTerms =>
  parseRecord('contract-terms', { ...BASE, ...fields });
const rows = (fields: Record<string, Json>, granted = '2024-01-15', principal?: bigint): string[] =>
  buildSchedule(terms(fields), granted, principal).map(
    (row) => `${row.dueDate} ${row.principal} ${row.interest} ${row.balanceAfter}`,
  );
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ClaimError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('schedule', () => {
  it('equal instalments: 10,000 at 12 % in 3, worked by hand', () => {
    // 1.01³ = 1.030301; level = 10,000 × 0.01 × 1.030301 / 0.030301 = 3,400.2211… -> 3,400.22
    // 1: interest 100.00, principal 3,300.22, left 6,699.78
    // 2: interest 66.9978 -> 67.00, principal 3,333.22, left 3,366.56
    // 3: interest 33.6656 -> 33.67, principal the rest 3,366.56 (instalment 3,400.23)
    expect(rows({ principal: '10000', method: 'equal-instalment', instalments: 3 })).to.deep.equal([
      '2024-02-15 3300.22 100.00 6699.78',
      '2024-03-15 3333.22 67.00 3366.56',
      '2024-04-15 3366.56 33.67 0.00',
    ]);
  });

  it('equal principal: 1,000 at 12 % in 3, worked by hand', () => {
    // 1,000 / 3 = 333.33; interest 10.00, 6.6667, 3.3334; the last takes 333.34
    expect(rows({ principal: '1000', method: 'equal-principal', instalments: 3 })).to.deep.equal([
      '2024-02-15 333.33 10.00 666.67',
      '2024-03-15 333.33 6.67 333.34',
      '2024-04-15 333.34 3.33 0.00',
    ]);
  });

  it('interest only, quarterly, on real days over 360', () => {
    // 15 Jan to 15 Apr 2024 = 91 days: 10,000 × 12 % × 91/360 = 303.33; to 15 Jul 91; 15 Oct 92
    const fields = { principal: '10000', method: 'interest-only', instalments: 3 };
    const quarterly = { frequency: 'quarterly', firstDueDate: '2024-04-15' };
    expect(rows({ ...fields, ...quarterly, dayCount: 'actual/360' })).to.deep.equal([
      '2024-04-15 0.00 303.33 10000.00',
      '2024-07-15 0.00 303.33 10000.00',
      '2024-10-15 10000.00 306.67 0.00',
    ]);
  });

  it('due days at the end of short months, each month one twelfth of a year', () => {
    const fields = { principal: '1200', method: 'interest-only', instalments: 4 };
    const dates = rows({ ...fields, firstDueDate: '2024-01-31', dueDay: 31 }, '2023-12-31');
    expect(dates).to.deep.equal([
      '2024-01-31 0.00 12.00 1200.00',
      '2024-02-29 0.00 12.00 1200.00',
      '2024-03-31 0.00 12.00 1200.00',
      '2024-04-30 1200.00 12.00 0.00',
    ]);
  });

  it('a broken first period by its days', () => {
    // 30/360 from 5 January to 15 February: 40 days, 1,200 × 12 % × 40/360 = 16.00
    const fields = { principal: '1200', method: 'interest-only', instalments: 1 };
    expect(rows(fields, '2024-01-05')).to.deep.equal(['2024-02-15 1200.00 16.00 0.00']);
  });

  it('fixed instalments without interest: the Czech loan of 75,624 in 24', () => {
    const czech = rows(
      {
        principal: '75624',
        currency: 'CZK',
        method: 'fixed-instalments',
        instalments: 24,
        instalmentAmount: '3151.00',
        firstDueDate: '1994-01-12',
        dueDay: 12,
      },
      '1993-12-23',
    ).map((row) => row.split(' '));
    expect(czech).to.have.length(24);
    expect(czech.at(-1)?.[0]).to.equal('1995-12-12');
  });

  it('an agreed table prevails, and less disbursed shortens it and scales its interest', () => {
    const schedule = [
      { no: 1, dueDate: '2024-02-20', principal: '600', interest: '12.34' },
      { no: 2, dueDate: '2024-03-20', principal: '400', interest: '4.56' },
    ];
    const fields = { principal: '1000', method: 'fixed-instalments', instalments: 2, schedule };
    expect(rows(fields)).to.deep.equal([
      '2024-02-20 600.00 12.34 400.00',
      '2024-03-20 400.00 4.56 0.00',
    ]);
    // 900 disbursed: 12.34 × 900/1000 = 11.106 -> 11.11; 4.56 × 300/400 = 3.42
    expect(rows(fields, '2024-01-15', 90000n)).to.deep.equal([
      '2024-02-20 600.00 11.11 300.00',
      '2024-03-20 300.00 3.42 0.00',
    ]);
  });

  it('the last instalment falls due at the agreed end', () => {
    const fields = { principal: '1000', method: 'equal-principal', instalments: 2 };
    expect(rows({ ...fields, endDate: '2024-03-14' }).at(-1)).to.equal(
      '2024-03-14 500.00 4.83 0.00',
    );
    expect(codeOf(() => rows({ ...fields, endDate: '2025-03-14' }))).to.equal('TERMS_INCONSISTENT');
  });

  it('no interest: the level instalment is the principal shared out', () => {
    expect(annuity(100000n, ZERO, 1, 3)).to.equal(33333n);
    expect(annuity(1000000n, parseDecimal('0.12'), 1, 3)).to.equal(340022n);
  });

  it('refuses terms that leave the arithmetic open', () => {
    const fixed = { principal: '1000', method: 'fixed-instalments', instalments: 2 };
    const { annualRate: _, ...bare } = { ...BASE, ...fixed };
    expect(codeOf(() => rows(fixed))).to.equal('TERMS_INCOMPLETE');
    const more = parseRecord('contract-terms', { ...bare, instalmentAmount: '550' });
    expect(codeOf(() => buildSchedule(more, '2024-01-15'))).to.equal('TERMS_INCONSISTENT');
    const bullet = { principal: '1000', method: 'bullet', instalments: 12 };
    expect(codeOf(() => rows(bullet))).to.equal('TERMS_INCONSISTENT');
    const late = { principal: '1000', method: 'equal-principal', instalments: 2 };
    expect(codeOf(() => rows(late, '2025-01-01'))).to.equal('TERMS_INCONSISTENT');
  });
});
