import { expect } from 'chai';
import { allocate, type Bucket } from '../../../src/claim/allocate.ts';
import { addDays, addMonths, dayNumber, isCalendarDate } from '../../../src/claim/calendar-date.ts';
import { courtFees } from '../../../src/claim/court-fee.ts';
import { daysBetween } from '../../../src/claim/day-count.ts';
import { parseMoney } from '../../../src/claim/money.ts';
import {
  parseDecimal,
  rational,
  roundHalfUp,
  roundUp,
  toFixed,
} from '../../../src/claim/rational.ts';

describe('rational', () => {
  it('rounds a half up and never twice', () => {
    expect(roundHalfUp(rational(5n, 2n))).to.equal(3n);
    expect(roundHalfUp(rational(24999n, 10000n))).to.equal(2n);
    expect(roundHalfUp(rational(-5n, 2n))).to.equal(-2n);
    expect(roundUp(rational(1n, 100n))).to.equal(1n);
    expect(roundUp(rational(7n))).to.equal(7n);
  });

  it('shows fixed decimals', () => {
    expect(toFixed(rational(2n, 3n), 6)).to.equal('0.666667');
    expect(toFixed(rational(-1n, 8n), 2)).to.equal('-0.12');
    expect(toFixed(parseDecimal('0.144'), 3)).to.equal('0.144');
  });
});

describe('calendar', () => {
  it('knows which days exist', () => {
    expect(isCalendarDate('2024-02-29')).to.equal(true);
    for (const text of ['2023-02-29', '1900-02-29', '2024-04-31', '2024-13-01', '2024-1-1', '']) {
      expect(isCalendarDate(text), text).to.equal(false);
    }
  });

  it('counts nights as the Gregorian calendar does', () => {
    expect(dayNumber('2024-03-01') - dayNumber('2024-02-28')).to.equal(2);
    expect(dayNumber('2000-03-01') - dayNumber('1999-03-01')).to.equal(366);
    // Checked against the proleptic calendar of Date over a long span.
    const days = (Date.UTC(2099, 11, 31) - Date.UTC(1970, 0, 1)) / 86_400_000;
    expect(dayNumber('2099-12-31') - dayNumber('1970-01-01')).to.equal(days);
  });

  it('moves by days and months across ends', () => {
    expect(addDays('2024-02-28', 2)).to.equal('2024-03-01');
    expect(addDays('2024-01-01', -1)).to.equal('2023-12-31');
    expect(addMonths('2024-01-31', 1, 31)).to.equal('2024-02-29');
    expect(addMonths('2024-01-31', 2, 31)).to.equal('2024-03-31');
    expect(addMonths('2023-12-12', 1, 12)).to.equal('2024-01-12');
  });

  it('counts days on each basis', () => {
    expect(daysBetween('actual/360', '2024-01-12', '2024-02-12')).to.equal(31);
    expect(daysBetween('30/360', '2024-01-12', '2024-02-12')).to.equal(30);
    expect(daysBetween('30/360', '2024-01-30', '2024-01-31')).to.equal(0);
  });
});

describe('allocation', () => {
  const buckets: Bucket[] = [
    { part: 'fees', item: 0, owed: 10n },
    { part: 'interest', item: 0, owed: 20n },
    { part: 'penalty', item: 0, owed: 5n },
    { part: 'compound', item: 0, owed: 1n },
    { part: 'principal', item: 0, owed: 100n },
    { part: 'interest', item: 1, owed: 30n },
    { part: 'principal', item: 1, owed: 200n },
  ];
  const shown = (amount: bigint, ...rest: unknown[]): string =>
    allocate(amount, buckets, ...(rest as ['principal-first']))
      .parts.map((part) => `${part.part}${part.item}:${part.paid}`)
      .join(' ');

  it('follows costs, interest, principal (民法典 561), the oldest first', () => {
    expect(shown(70n, 'fees-interest-principal')).to.equal(
      'fees0:10 interest0:20 interest1:30 penalty0:5 compound0:1 principal0:4',
    );
  });

  it('follows principal first where that is agreed', () => {
    expect(shown(310n, 'principal-first')).to.equal('principal0:100 principal1:200 interest0:10');
  });

  it('clears one instalment after the other where that is agreed', () => {
    expect(shown(140n, 'instalment-by-instalment')).to.equal(
      'fees0:10 interest0:20 penalty0:5 compound0:1 principal0:100 interest1:4',
    );
  });

  it('takes a designation first, up to what is owed, and the rest in order', () => {
    const result = allocate(130n, buckets, 'fees-interest-principal', {
      principal: 110n,
      penalty: 9n,
    });
    expect(result.parts.map((part) => [part.part, part.item, part.paid])).to.deep.equal([
      ['penalty', 0, 5n],
      ['principal', 0, 100n],
      ['principal', 1, 10n],
      ['fees', 0, 10n],
      ['interest', 0, 5n],
    ]);
  });

  it('gives back what nothing due can take', () => {
    expect(allocate(400n, buckets, 'fees-interest-principal').rest).to.equal(34n);
  });
});

describe('court fees', () => {
  const fees = (amount: string) => courtFees(parseMoney(amount));

  it('agree with two judgments', () => {
    expect(fees('59223.22').acceptance).to.equal('1280.58');
    expect(fees('59223.22').acceptanceHalved).to.equal('640.29');
    expect(fees('101439.77').acceptance).to.equal('2328.80');
    expect(fees('101439.77').acceptanceHalved).to.equal('1164.40');
  });

  // Each bracket's end, from the figures of Art. 13: 50; 2,300; 4,300; 8,800; 13,800; …
  const ends: [string, string][] = [
    ['0.01', '50.00'],
    ['10000.00', '50.00'],
    ['100000.00', '2300.00'],
    ['200000.00', '4300.00'],
    ['500000.00', '8800.00'],
    ['1000000.00', '13800.00'],
    ['2000000.00', '22800.00'],
    ['5000000.00', '46800.00'],
    ['10000000.00', '81800.00'],
    ['20000000.00', '141800.00'],
    ['30000000.00', '191800.00'],
  ];
  for (const [amount, fee] of ends) {
    it(`are ${fee} for ${amount}`, () => {
      const { acceptance, steps } = fees(amount);
      expect(acceptance).to.equal(fee);
      const sum = steps.reduce((total, step) => total + parseMoney(step.fee), 0n);
      expect(sum).to.equal(parseMoney(fee));
    });
  }

  it('round to the yuan as judgments do', () => {
    expect(fees('59223.22').acceptanceHalvedYuan).to.equal('640');
    expect(fees('101439.77').acceptanceHalvedYuan).to.equal('1164');
    expect(fees('101439.77').acceptanceYuan).to.equal('2329');
  });

  it('include preserving property: 30, then 1 %, then 0.5 %, at most 5,000', () => {
    expect(fees('1000.00').preservation).to.equal('30.00');
    expect(fees('59223.22').preservation).to.equal('612.23');
    expect(fees('100000.00').preservation).to.equal('1020.00');
    expect(fees('300000.00').preservation).to.equal('2020.00');
    expect(fees('5000000.00').preservation).to.equal('5000.00');
  });
});
