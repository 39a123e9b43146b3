import { expect } from 'chai';
import { describeAsOf, parseAsOf } from '../../../src/claim/as-of.ts';

const utc = (text: string): string => new Date(parseAsOf(text).instant).toISOString();

describe('a moment as of which something is proven', () => {
  it('is the end of a day by Beijing time when only the day is named', () => {
    expect(utc('2026-05-01')).to.equal('2026-05-01T16:00:00.000Z');
    expect(utc('2024-02-29')).to.equal('2024-02-29T16:00:00.000Z');
    expect(utc('2025-12-31')).to.equal('2025-12-31T16:00:00.000Z');
    expect(describeAsOf(parseAsOf('2026-05-01'))).to.equal(
      '2026-05-01 24:00 (UTC+8) = 2026-05-01T16:00:00Z',
    );
  });

  it('is the very second where a time with its offset is named', () => {
    expect(utc('2026-05-01T09:30:00+08:00')).to.equal('2026-05-01T01:30:00.000Z');
    expect(utc('2026-05-01T09:30:00Z')).to.equal('2026-05-01T09:30:00.000Z');
    expect(utc('2026-05-01T09:30:00.5z')).to.equal('2026-05-01T09:30:00.500Z');
  });

  it('is refused when it would mean another moment to every reader, or none', () => {
    for (const text of [
      '',
      '2026-02-30',
      '2026-5-1',
      '2026-05-01T09:30:00',
      '2026-05-01 09:30:00Z',
      '2026-02-30T09:30:00Z',
      '2026-05-01T24:00:00Z',
      '2026-05-01T09:60:00Z',
      '2026-05-01T09:30:00+25:00',
      'today',
      '１２３',
    ]) {
      expect(() => parseAsOf(text), text).to.throw(/no date/);
    }
  });
});
