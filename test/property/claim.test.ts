import { expect } from 'chai';
import fc from 'fast-check';
import { allocate, type Bucket, type Part } from '../../src/claim/allocate.ts';
import { calculateClaim } from '../../src/claim/calculate-claim.ts';
import { addDays, addMonths } from '../../src/claim/calendar-date.ts';
import { type Claim, claimToJson } from '../../src/claim/claim.ts';
import type { ClaimInput } from '../../src/claim/claim-input.ts';
import { type Cents, formatMoney, lesser, parseMoney } from '../../src/claim/money.ts';
import type { ContractTerms } from '../../src/claim/records.ts';
import { buildSchedule } from '../../src/claim/schedule.ts';

const GRANTED = '2023-01-31';
const rate = (perMille: number): string => `0.${String(perMille).padStart(3, '0')}`;
const money = (least: number, most: number) => fc.integer({ min: least, max: most }).map(BigInt);

const terms: fc.Arbitrary<ContractTerms> = fc
  .record({
    method: fc.constantFrom('equal-instalment', 'equal-principal', 'interest-only', 'bullet'),
    count: fc.integer({ min: 1, max: 18 }),
    principal: money(10_000, 30_000_000),
    annualRate: fc.integer({ min: 0, max: 360 }),
    uplift: fc.constantFrom('0.3', '0.5', '1'),
    dayCount: fc.constantFrom('30/360', 'actual/360', 'actual/365'),
    endpoint: fc.constantFrom('count-first-day', 'count-last-day'),
    compound: fc.boolean(),
    allocation: fc.constantFrom(
      'fees-interest-principal',
      'principal-first',
      'instalment-by-instalment',
    ),
    dueDay: fc.integer({ min: 1, max: 31 }),
  })
  .map(({ method, count, principal, annualRate, uplift, compound, dueDay, ...rest }) => {
    const instalments = method === 'bullet' ? 1 : count;
    return {
      ...(rest as Pick<ContractTerms, 'dayCount' | 'endpoint' | 'allocation'>),
      contractNo: 'P',
      currency: 'CNY',
      principal: formatMoney(principal),
      annualRate: rate(annualRate),
      method: method as ContractTerms['method'],
      instalments,
      firstDueDate: addMonths(GRANTED, 1, dueDay),
      dueDay,
      penalty: { kind: 'uplift', uplift },
      compound: { agreed: compound },
      feeCap: null,
    };
  });

interface Payment {
  amount: Cents;
  day: number;
}
const payments = fc.array(
  fc.record({ amount: money(1, 2_000_000), day: fc.integer({ min: 0, max: 900 }) }),
  { maxLength: 8 },
);
const calls = fc.option(fc.integer({ min: 30, max: 700 }), { nil: undefined });

function inputOf(agreed: ContractTerms, paid: readonly Payment[], call?: number): ClaimInput {
  return {
    terms: { ...agreed, seq: 0 },
    disbursements: [{ amount: agreed.principal, date: GRANTED, seq: 1 }],
    repayments: paid.map(({ amount, day }, index) => ({
      amount: formatMoney(amount),
      date: addDays(GRANTED, day),
      seq: 2 + index,
    })),
    failedDeductions: [],
    rateChanges: [],
    ...(call === undefined ? {} : { acceleration: { date: addDays(GRANTED, call), seq: 99 } }),
  };
}
const CUT_OFF = addDays(GRANTED, 900);
const claimOf = (agreed: ContractTerms, paid: readonly Payment[], call?: number): Claim =>
  calculateClaim(inputOf(agreed, paid, call), CUT_OFF);
const owed = (claim: Claim): Cents => parseMoney(claim.lines.total) - parseMoney(claim.credit);
const cents = (texts: readonly string[]): Cents => texts.reduce((s, t) => s + parseMoney(t), 0n);
const check = (property: fc.IRawProperty<unknown, false>): void =>
  fc.assert(property, { numRuns: 60 });

describe('claim, for any loan', function () {
  this.timeout(20_000);

  it('the schedule repays the principal, no more and no less', () => {
    check(
      fc.property(terms, (agreed) => {
        const rows = buildSchedule(agreed, GRANTED);
        expect(cents(rows.map((row) => row.principal))).to.equal(parseMoney(agreed.principal));
        expect(rows.at(-1)?.balanceAfter).to.equal('0.00');
        for (const row of rows) expect(parseMoney(row.principal) >= 0n).to.equal(true);
      }),
    );
  });

  it('the parts sum to the total, and every cent paid is accounted for', () => {
    check(
      fc.property(terms, payments, calls, (agreed, paid, call) => {
        const claim = claimOf(agreed, paid, call);
        const { lines } = claim;
        const parts = [lines.principal, lines.interest, lines.penalty, lines.compound, lines.fees];
        expect(cents(parts) - parseMoney(lines.capReduction)).to.equal(parseMoney(lines.total));
        expect(claim.paid.total).to.equal(formatMoney(paid.reduce((s, p) => s + p.amount, 0n)));
        const principal = parseMoney(lines.principalOutstanding) + parseMoney(claim.paid.principal);
        expect(principal).to.equal(parseMoney(agreed.principal));
        if (parseMoney(claim.credit) > 0n) expect(lines.total).to.equal('0.00');
      }),
    );
  });

  it('the lines are what the working books, row by row', () => {
    check(
      fc.property(terms, payments, calls, (agreed, paid, call) => {
        const claim = claimOf(agreed, paid, call);
        const booked = (event: string) =>
          cents(claim.working.filter((row) => row.event === event).map((row) => row.amount));
        const { lines } = claim;
        expect(booked('penalty')).to.equal(cents([lines.penalty, claim.paid.penalty]));
        expect(booked('compound')).to.equal(cents([lines.compound, claim.paid.compound]));
        const due = booked('due') + booked('acceleration');
        expect(due).to.equal(
          cents([lines.principal, lines.interest, claim.paid.principal, claim.paid.interest]),
        );
      }),
    );
  });

  it('a repayment lowers what is owed by at least its amount', () => {
    check(
      fc.property(terms, payments, calls, payments, (agreed, paid, call, more) => {
        const extra = more.slice(0, 1);
        const amount = extra.reduce((sum, payment) => sum + payment.amount, 0n);
        const without = owed(claimOf(agreed, paid, call));
        const withIt = owed(claimOf(agreed, [...paid, ...extra], call));
        expect(withIt <= without - amount).to.equal(true);
      }),
    );
  });

  it('under the cap a repayment never raises what is owed', () => {
    check(
      fc.property(terms, payments, calls, payments, (agreed, paid, call, more) => {
        const capped = { ...agreed, feeCap: '0.24' };
        const extra = more.slice(0, 1).map((p) => ({ ...p, amount: p.amount + 100n }));
        const without = owed(claimOf(capped, paid, call));
        expect(owed(claimOf(capped, [...paid, ...extra], call)) <= without).to.equal(true);
      }),
    );
  });

  it('the cap never leaves more than without it, and never takes principal', () => {
    check(
      fc.property(terms, payments, calls, (agreed, paid, call) => {
        const free = claimOf(agreed, paid, call);
        const capped = claimOf({ ...agreed, feeCap: '0.24' }, paid, call);
        expect(owed(capped) <= owed(free)).to.equal(true);
        const { total, principal } = capped.lines;
        expect(parseMoney(total) >= parseMoney(principal)).to.equal(true);
      }),
    );
  });

  it('paying in two parts on one day is paying once', () => {
    check(
      fc.property(terms, payments, calls, money(2, 500_000), (agreed, paid, call, half) => {
        const day = 200;
        const once = claimOf(agreed, [...paid, { amount: half * 2n, day }], call);
        const parts = [
          { amount: half, day },
          { amount: half, day },
        ];
        const twice = claimOf(agreed, [...paid, ...parts], call);
        expect(twice.lines).to.deep.equal(once.lines);
        expect(twice.credit).to.equal(once.credit);
      }),
    );
  });

  it('is the same again, whatever the order of the input', () => {
    check(
      fc.property(terms, payments, calls, (agreed, paid, call) => {
        const input = inputOf(agreed, paid, call);
        const shuffled = { ...input, repayments: [...input.repayments].reverse() };
        const first = JSON.stringify(claimToJson(calculateClaim(input, CUT_OFF)));
        expect(JSON.stringify(claimToJson(calculateClaim(shuffled, CUT_OFF)))).to.equal(first);
      }),
    );
  });

  it('a later cut-off never lowers the claim when nothing is paid between', () => {
    check(
      fc.property(terms, payments, fc.integer({ min: 1, max: 60 }), (agreed, paid, days) => {
        const input = inputOf(agreed, paid);
        const later = calculateClaim(input, addDays(CUT_OFF, days));
        expect(owed(later) >= owed(calculateClaim(input, CUT_OFF))).to.equal(true);
      }),
    );
  });

  it('allocation keeps every cent and never pays a part twice', () => {
    const part = fc.constantFrom<Part>('fees', 'interest', 'penalty', 'compound', 'principal');
    const bucket = fc.record({
      part,
      item: fc.integer({ min: 0, max: 5 }),
      owed: money(0, 1_000),
    });
    const buckets = fc.uniqueArray(bucket, {
      maxLength: 12,
      selector: (b: Bucket) => `${b.part}${b.item}`,
    });
    const order = fc.constantFrom(
      'fees-interest-principal' as const,
      'principal-first' as const,
      'instalment-by-instalment' as const,
    );
    check(
      fc.property(money(0, 5_000), buckets, order, money(0, 2_000), (amount, list, rule, own) => {
        const designated = { principal: lesser(own, amount) };
        const { parts, rest } = allocate(amount, list, rule, designated);
        expect(parts.reduce((sum, p) => sum + p.paid, 0n) + rest).to.equal(amount);
        for (const b of list) {
          const got = parts
            .filter((p) => p.part === b.part && p.item === b.item)
            .reduce((sum, p) => sum + p.paid, 0n);
          expect(got >= 0n && got <= b.owed).to.equal(true);
        }
        if (rest > 0n) {
          const all = list.reduce((sum, b) => sum + b.owed, 0n);
          expect(amount - rest).to.equal(all);
        }
      }),
    );
  });
});
