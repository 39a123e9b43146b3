import { expect } from 'chai';
import { calculateClaim } from '../../../src/claim/calculate-claim.ts';
import { addMonths } from '../../../src/claim/calendar-date.ts';
import { type Claim, claimToJson } from '../../../src/claim/claim.ts';
import { ClaimError } from '../../../src/claim/claim-error.ts';
import { fromRecords } from '../../../src/claim/from-records.ts';
import type { Json } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';
import { BULLET, CONSUMER, claimOf, deposits, LENT } from './claim-samples.ts';

const terms = (fields: Record<string, Json>): [Kind, Json] => [
  'contract-terms',
  { ...BULLET, ...fields },
];
const paid = (amount: string, date: string, more: Record<string, Json> = {}): [Kind, Json] => [
  'repayment',
  { amount, date, ...more },
];
const figures = (claim: Claim): string[] => {
  const { principal, interest, penalty, compound, fees, capReduction, total } = claim.lines;
  return [principal, interest, penalty, compound, fees, capReduction, total];
};
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ClaimError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('claim on a loan that fell due whole', () => {
  // In-term: 10,000 × 7.2 % × 182/360 = 364.00. Penalty rate 7.2 % × 1.5 = 10.8 %.
  it('30 days late, counting the last day', () => {
    // Penalty 10,000 × 10.8 % × 30/360 = 90.00; compound 364 × 10.8 % × 30/360 = 3.276 -> 3.28
    const claim = claimOf('2024-07-31', terms({}), LENT);
    expect(figures(claim)).to.deep.equal([
      '10000.00',
      '364.00',
      '90.00',
      '3.28',
      '0.00',
      '0.00',
      '10457.28',
    ]);
    expect(claim.status).to.include({
      daysOverdue: 30,
      oldestUnpaidDueDate: '2024-07-01',
      overdueSince: '2024-07-02',
      matured: true,
    });
    expect(claim.continuing).to.include({
      from: '2024-08-01',
      perDayPenalty: '3.000000',
      perDayCompound: '0.109200',
      perDay: '3.109200',
      capped: false,
    });
  });

  it('the same, counting the first day: one day more', () => {
    // Penalty 31 days = 93.00; compound 364 × 10.8 % × 31/360 = 3.3852 -> 3.39
    const claim = claimOf('2024-07-31', terms({ endpoint: 'count-first-day' }), LENT);
    expect(claim.lines).to.include({ penalty: '93.00', compound: '3.39', total: '10460.39' });
  });

  it('a payment goes to interest first (民法典 561)', () => {
    // 16 July, 15 days: penalty 45.00, compound 1.638 -> 1.64. 400 = 364 interest + 36 penalty.
    // Until 31 July: penalty 9.00 + 45.00 = 54.00, compound 1.64, no base for more.
    const claim = claimOf('2024-07-31', terms({}), LENT, paid('400.00', '2024-07-16'));
    expect(claim.lines).to.include({ penalty: '54.00', compound: '1.64', total: '10055.64' });
    expect(claim.paid).to.include({ interest: '364.00', penalty: '36.00', principal: '0.00' });
  });

  it('or to principal first, where that is agreed', () => {
    // 9,600 from 16 July: penalty 45.00 + 43.20; compound 364 × 30 days = 3.28
    const agreed = terms({ allocation: 'principal-first' });
    const claim = claimOf('2024-07-31', agreed, LENT, paid('400.00', '2024-07-16'));
    expect(claim.lines).to.include({ principal: '9600.00', penalty: '88.20', total: '10055.48' });
  });

  it('or where the parties designated it', () => {
    const designated = paid('400.00', '2024-07-16', { designated: { principal: '400' } });
    const claim = claimOf('2024-07-31', terms({}), LENT, designated);
    expect(claim.lines).to.include({ principal: '9600.00', penalty: '88.20', interest: '364.00' });
  });

  it('6.12 % raised by 50 % is 9.18 %', () => {
    const claim = claimOf('2024-07-31', terms({ annualRate: '0.0612' }), LENT);
    const penalty = claim.working.find((row) => row.event === 'penalty');
    expect(penalty?.accruals?.[0]).to.include({
      annualRate: '0.0918',
      formula: '10000.00 × 9.18% × 30 / 360 = 76.500000',
    });
  });

  it('a penalty agreed as a rate of its own', () => {
    const agreed = terms({ penalty: { kind: 'rate', annualRate: '0.12' } });
    expect(claimOf('2024-07-31', agreed, LENT).lines.penalty).to.equal('100.00');
  });

  it('no penalty agreed: the contract rate goes on, and the claim says so', () => {
    const claim = claimOf(
      '2024-07-31',
      terms({ penalty: null, compound: { agreed: false } }),
      LENT,
    );
    expect(claim.lines).to.include({ penalty: '60.00', compound: '0.00' });
    expect(claim.notes.map((note) => note.code)).to.include('PENALTY_AT_CONTRACT_RATE');
  });

  it('a change of rate counts from its day, whichever end of a stretch counts', () => {
    // To 3.6 % on 1 April. Last day counts: 2 January–31 March 90 days, 1 April–1 July 92 days:
    // 180.00 + 92.00. First day counts: 1 January–31 March 91, 1 April–30 June 91: 182 + 91.
    const change: [Kind, Json] = [
      'rate-change',
      { effectiveOn: '2024-04-01', annualRate: '0.036' },
    ];
    expect(claimOf('2024-07-01', terms({}), LENT, change).lines.interest).to.equal('272.00');
    const first = terms({ endpoint: 'count-first-day' });
    expect(claimOf('2024-07-01', first, LENT, change).lines.interest).to.equal('273.00');
  });

  it('interest runs on what was disbursed, not on what was agreed (民法典 670)', () => {
    // 9,500 × 7.2 % × 182/360 = 345.80
    const claim = claimOf('2024-07-01', terms({}), [
      'disbursement',
      { amount: '9500.00', date: '2024-01-01' },
    ]);
    expect(claim.lines).to.include({ principal: '9500.00', interest: '345.80' });
    expect(claim.notes.map((note) => note.code)).to.include('DISBURSED_OTHER_THAN_AGREED');
  });

  it('a loan disbursed in two parts bears interest on each from its day', () => {
    // 4,000 × 182 days + 6,000 × 91 days (1 April to 1 July): 145.60 + 109.20
    const claim = claimOf(
      '2024-07-01',
      terms({}),
      ['disbursement', { amount: '4000.00', date: '2024-01-01' }],
      ['disbursement', { amount: '6000.00', date: '2024-04-01' }],
    );
    expect(claim.lines).to.include({ principal: '10000.00', interest: '254.80' });
  });
});

describe('cap of 24 % a year', () => {
  // 18 % × 1.5 = 27 %. In-term 910.00; 30 days: penalty 225.00, compound 20.475 -> 20.48.
  // The overdue stretch cost 245.475, the cap allows 10,000 × 24 % × 30/360 = 200.00.
  const dear = { annualRate: '0.18' };

  it('is tested on each stretch, and its reduction is a line of its own', () => {
    const claim = claimOf('2024-07-31', terms(dear), LENT);
    expect(figures(claim)).to.deep.equal([
      '10000.00',
      '910.00',
      '225.00',
      '20.48',
      '0.00',
      '45.48',
      '11110.00',
    ]);
    expect(claim.cap?.segments).to.deep.equal([
      {
        from: '2024-07-01',
        to: '2024-07-31',
        charged: '245.475000',
        allowed: '200.000000',
        excess: '45.475000',
      },
    ]);
    expect(claim.continuing).to.include({ perDay: '6.666667', capped: true });
  });

  it('counts fees that are a price of the credit', () => {
    // 910 + 200 + 500 = 1,610 against 10,000 × 24 % × 212/360 = 1,413.3333: 196.6667 more
    const fees = [{ name: '服务费', kind: 'service', amount: '500.00' }];
    const claim = claimOf('2024-07-31', terms({ ...dear, fees }), LENT);
    expect(claim.lines).to.include({ fees: '500.00', capReduction: '242.15' });
  });

  it('does not count the costs of enforcement', () => {
    const fees = [{ name: '律师费', kind: 'lawyer', amount: '2000.00' }];
    const claim = claimOf('2024-07-31', terms({ ...dear, fees }), LENT);
    expect(claim.lines).to.include({ capReduction: '45.48', total: '13110.00' });
    expect(claim.notes.map((note) => note.code)).to.include('ENFORCEMENT_COSTS_OUTSIDE_CAP');
  });

  it('is not applied where none is agreed, nor outside China unless agreed', () => {
    expect(claimOf('2024-07-31', terms({ ...dear, feeCap: null }), LENT).cap).to.equal(null);
    const abroad = claimOf('2024-07-31', terms({ ...dear, currency: 'EUR' }), LENT);
    expect(abroad.cap).to.equal(null);
    expect(abroad.courtFees).to.equal(null);
    const agreed = claimOf('2024-07-31', terms({ ...dear, currency: 'EUR', feeCap: '0.24' }), LENT);
    expect(agreed.lines.capReduction).to.equal('45.48');
  });
});

describe('claim on instalments', () => {
  const agreed: [Kind, Json] = ['contract-terms', CONSUMER];
  const lent: [Kind, Json] = ['disbursement', { amount: '50000.00', date: '2024-01-15' }];
  const all = { amount: '4498.77' };

  it('not called: only what has fallen due, and it says which is left out', () => {
    const first: [Kind, Json] = ['repayment', { ...all, date: '2024-02-15' }];
    const claim = claimOf('2024-04-20', agreed, lent, first);
    // Instalments 2 and 3: 3,945.56 + 3,992.90 principal, 553.21 + 505.87 interest
    expect(claim.lines).to.include({
      principal: '7938.46',
      interest: '1059.08',
      principalNotDue: '38162.77',
      principalOutstanding: '46101.23',
    });
    expect(claim.notClaimed.instalments).to.deep.equal([4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(claim.status).to.include({
      instalmentsDue: 3,
      instalmentsPaidInFull: 1,
      overdueAmount: '8997.54',
      interestPaidTo: '2024-02-15',
      matured: false,
    });
    // 3,945.56 × 21.6 % × 36/360 = 85.224096; 3,992.90 × 21.6 % × 5/360 = 11.9787
    expect(claim.lines.penalty).to.equal('97.20');
  });

  it('called: everything falls due, with interest to that day and penalty after it', () => {
    const first: [Kind, Json] = ['repayment', { ...all, date: '2024-02-15' }];
    const call: [Kind, Json] = ['acceleration', { date: '2024-04-25' }];
    const claim = claimOf('2024-04-30', agreed, lent, first, call);
    // Rest 38,162.77: in-term 10 days = 152.65108 -> 152.65; penalty 5 days = 114.48831
    expect(claim.lines).to.include({
      principalNotDue: '0.00',
      overduePrincipal: '7938.46',
      acceleratedPrincipal: '38162.77',
      interest: '1211.73',
    });
    expect(claim.accelerated).to.deep.equal({ date: '2024-04-25', evidence: 3 });
    const row = claim.working.find((r) => r.event === 'penalty' && r.instalment === undefined);
    expect(row?.accruals?.[0]).to.include({ base: '38162.77', days: 5, exact: '114.488310' });
  });

  it('a notice that was not delivered calls nothing', () => {
    const call: [Kind, Json] = ['acceleration', { date: '2024-04-25', delivered: false }];
    const claim = claimOf('2024-04-30', agreed, lent, call);
    expect(claim.accelerated).to.equal(null);
    expect(claim.notes.map((note) => note.code)).to.include('ACCELERATION_NOT_DELIVERED');
  });

  it('money paid in advance waits for the instalment, and is seen to', () => {
    const early: [Kind, Json] = ['repayment', { amount: '5000.00', date: '2024-02-01' }];
    const claim = claimOf('2024-03-10', agreed, lent, early);
    expect(claim.lines.total).to.equal('0.00');
    expect(claim.credit).to.equal('501.23');
    const applied = claim.working.find((row) => row.event === 'credit-applied');
    expect(applied).to.include({ amount: '4498.77', date: '2024-02-15' });
    expect(applied?.evidence).to.deep.equal([2]);
    expect(claim.courtFees).to.equal(null);
  });

  it('money designated as prepayment lowers the principal at once', () => {
    const early = {
      amount: '20000.00',
      date: '2024-01-30',
      designated: { prepayment: '20000.00' },
    };
    const claim = claimOf('2024-02-15', agreed, lent, ['repayment', early]);
    // 50,000 × 15 days + 30,000 × 15 days at 14.4 %/360: 300.00 + 180.00
    expect(claim.lines.interest).to.equal('480.00');
    expect(claim.lines.principalOutstanding).to.equal('30000.00');
    expect(claim.paid.principal).to.equal('20000.00');
  });

  it('events after the cut-off are counted and ignored', () => {
    const later: [Kind, Json] = ['repayment', { ...all, date: '2024-02-16' }];
    const claim = claimOf('2024-02-15', agreed, lent, later);
    expect(claim.eventsAfterCutOff).to.equal(1);
    expect(claim.lines.total).to.equal('4498.77');
    expect(claim.status.daysOverdue).to.equal(0);
  });

  it('every row names its evidence, and the last balance is the claim', () => {
    const failed: [Kind, Json] = ['deduction-failed', { date: '2024-02-15', reason: '余额不足' }];
    const claim = claimOf('2024-05-31', agreed, lent, failed);
    expect(claim.working.every((row) => row.evidence.length > 0)).to.equal(true);
    const { principal, interest, penalty, compound } = claim.lines;
    expect(claim.working.at(-1)?.balance).to.include({ principal, interest, penalty, compound });
    expect(claim.evidence).to.deep.equal([0, 1, 2]);
  });

  it('says on what it had to assume', () => {
    const { dayCount: _a, penaltyDayCount: _b, endpoint: _c, ...bare } = CONSUMER;
    const claim = claimOf('2024-03-20', ['contract-terms', bare], lent);
    expect(claim.notes.map((note) => note.code)).to.include.members([
      'DAY_COUNT_ASSUMED',
      'ENDPOINT_ASSUMED',
      'CAP_BY_GUIDANCE',
    ]);
  });

  it('is plain JSON without floats or absent fields', () => {
    const json = claimToJson(claimOf('2024-05-31', agreed, lent));
    const walk = (value: Json): void => {
      expect(value).not.to.equal(undefined);
      if (typeof value === 'number') expect(Number.isSafeInteger(value)).to.equal(true);
      else if (value !== null && typeof value === 'object') Object.values(value).forEach(walk);
    };
    walk(json);
  });
});

describe('from records to a claim', () => {
  const agreed: [Kind, Json] = ['contract-terms', BULLET];
  const run = (...records: [Kind, Json][]) =>
    codeOf(() => calculateClaim(fromRecords(deposits(...records)), '2024-07-31'));

  it('needs the terms, once', () => {
    expect(run(LENT)).to.equal('TERMS_MISSING');
    expect(run(agreed, agreed, LENT)).to.equal('no error');
    expect(run(agreed, terms({ annualRate: '0.1' }), LENT)).to.equal('TERMS_AMBIGUOUS');
  });

  it('after an extension reads only the terms deposited later', () => {
    const extension: [Kind, Json] = ['extension', null];
    expect(run(agreed, LENT, extension)).to.equal('TERMS_ALTERED');
    const put = terms({ firstDueDate: '2024-12-31' });
    expect(claimOf('2024-07-31', agreed, LENT, extension, put).lines.total).to.equal('0.00');
  });

  it('needs a disbursement: what was not lent is not owed', () => {
    expect(run(agreed)).to.equal('DISBURSEMENT_MISSING');
    expect(run(agreed, ['disbursement', { amount: '1', date: '2024-08-01' }])).to.equal(
      'DISBURSEMENT_MISSING',
    );
  });

  it('refuses mixed currencies', () => {
    expect(run(agreed, LENT, paid('1.00', '2024-07-02', { currency: 'USD' }))).to.equal(
      'CURRENCY_MIXED',
    );
  });

  it('refuses an invalid record and names its deposit', () => {
    expect(() => fromRecords(deposits(agreed, LENT, paid('x', '2024-07-02'))))
      .to.throw(ClaimError, /^deposit 2: repayment record is not valid: amount/)
      .with.property('code', 'RECORD_INVALID');
  });

  it('counts one bank transaction once, however often it was deposited', () => {
    const lent: [Kind, Json] = [
      'disbursement',
      { amount: '10000.00', date: '2024-01-01', serial: 'A1' },
    ];
    expect(claimOf('2024-07-31', agreed, lent, lent).lines.principal).to.equal('10000.00');
    const other: [Kind, Json] = [
      'disbursement',
      { amount: '9000.00', date: '2024-01-01', serial: 'A1' },
    ];
    expect(run(agreed, lent, other)).to.equal('RECORD_CONFLICT');
  });

  it('refuses a designation above the payment, and a cut-off that is no day', () => {
    expect(run(agreed, LENT, paid('1', '2024-07-02', { designated: { fees: '2' } }))).to.equal(
      'RECORD_INVALID',
    );
    const input = fromRecords(deposits(agreed, LENT));
    expect(codeOf(() => calculateClaim(input, '2024-02-30'))).to.equal('CUT_OFF_INVALID');
  });

  it('refuses an uplift on a rate that is not known', () => {
    const { annualRate: _, ...bare } = BULLET;
    expect(run(['contract-terms', bare], LENT)).to.equal('TERMS_INCOMPLETE');
  });

  it('computes ten years of half payments, and refuses what nobody could read', () => {
    const monthly = (instalments: number, each: string): [Kind, Json][] => [
      ['contract-terms', { ...CONSUMER, principal: '900000.00', instalments }],
      ['disbursement', { amount: '900000.00', date: '2024-01-15' }],
      ...Array.from({ length: instalments }, (_, i) => paid(each, addMonths('2024-02-16', i, 16))),
    ];
    const claim = claimOf('2034-12-31', ...monthly(120, '7000.00'));
    expect(claim.working.length).to.be.above(5000);
    const endless = fromRecords(deposits(...monthly(1200, '0.01')));
    expect(codeOf(() => calculateClaim(endless, '2999-12-31'))).to.equal('CLAIM_TOO_LARGE');
  });
});
