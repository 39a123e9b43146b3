import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  DEFAULT_LIMITS,
  describeLateness,
  lateness,
  latenessInOrder,
  legalDay,
  limitDaysOf,
} from '../../../src/claim/lateness.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';

const of = (occurredAt: string, receivedAt: string, kind: Kind = 'credit-report') =>
  lateness({ kind, occurredAt, receivedAt }, DEFAULT_LIMITS);

describe('the times of a deposit', () => {
  it('are in time up to the limit of the kind, and late on the day after it', () => {
    expect(of('2026-01-01', '2026-01-31T12:00:00.000Z')).to.include({ state: 'in-time', days: 30 });
    const late = of('2026-01-01', '2026-02-01T12:00:00.000Z');
    expect(late).to.deep.equal({
      state: 'late',
      days: 31,
      limitDays: 30,
      clockSteppedBack: false,
    });
    expect(of('2026-01-01', '2026-01-03T00:00:00.000Z', 'face-check').state).to.equal('late');
  });

  it('are counted in days of UTC+8, whatever offset they are written in', () => {
    expect(legalDay('2026-01-01T16:00:00.000Z')).to.equal('2026-01-02');
    expect(legalDay('2026-01-01T23:59:59-10:00')).to.equal('2026-01-02');
    expect(of('2026-01-02T06:00:00+08:00', '2026-01-01T22:00:01.000Z')).to.include({
      state: 'in-time',
      days: 0,
    });
  });

  it('tell an event that lies ahead, but not clocks that differ by minutes', () => {
    const received = '2026-01-01T00:00:00.000Z';
    expect(of('2026-01-01T00:04:59Z', received).state).to.equal('in-time');
    const ahead = of('2026-01-01T00:05:01Z', received);
    expect(ahead).to.include({ state: 'event-after-deposit', days: 0 });
    expect(of('2026-01-02', received).state).to.equal('event-after-deposit');
    expect(of('2026-01-01', '2025-12-31T16:00:00.000Z').state).to.equal('in-time');
  });

  it('tell a clock that was set back, and whether an anchor covers the deposit', () => {
    const at = (receivedAt: string) => ({
      kind: 'notice' as const,
      occurredAt: '2026-01-01',
      receivedAt,
    });
    const list = [at('2026-01-01T02:00:00.000Z'), at('2026-01-01T01:00:00.000Z')];
    const times = latenessInOrder(list, DEFAULT_LIMITS, [
      { at: '2026-01-05T00:00:00.000Z', by: 'chain' },
      null,
    ]);
    expect(times.map(({ clockSteppedBack }) => clockSteppedBack)).to.deep.equal([false, true]);
    expect(times[0]?.fixed).to.deep.equal({ at: '2026-01-05T00:00:00.000Z', by: 'chain', days: 4 });
    const second = times[1];
    if (second === undefined) throw new Error('two deposits, two answers');
    expect(describeLateness(second, 'zh').join())
      .to.include('时钟曾被回调')
      .and.include('尚未锚定');
    expect(describeLateness(second, 'en').join()).to.include('clock set back');
    expect(latenessInOrder(list, DEFAULT_LIMITS)[0]).not.to.have.property('fixed');
  });

  it('follow the table of the program, a lower limit for all, and a limit said for the kind', () => {
    expect(limitDaysOf('face-check', { days: 30 })).to.equal(1);
    expect(limitDaysOf('face-check', { days: 0 })).to.equal(0);
    expect(limitDaysOf('face-check', { days: 30, byKind: { 'face-check': 10 } })).to.equal(10);
    expect(limitDaysOf('contract-terms', { days: 30 })).to.equal(30);
  });

  it('never get better by depositing later', () => {
    const rank = { 'event-after-deposit': 0, 'in-time': 1, late: 2 } as const;
    const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(
        instant,
        instant,
        instant,
        fc.nat(400),
        fc.boolean(),
        (event, a, b, days, isDay) => {
          const text = (time: number) => new Date(time).toISOString();
          const occurredAt = isDay ? text(event).slice(0, 10) : text(event);
          const [first, second] = [Math.min(a, b), Math.max(a, b)].map((time) =>
            lateness({ kind: 'application', occurredAt, receivedAt: text(time) }, { days }),
          );
          if (first === undefined || second === undefined) throw new Error('two times');
          expect(rank[second.state]).to.be.at.least(rank[first.state]);
          expect(second.days).to.be.at.least(first.days);
        },
      ),
    );
  });
});
