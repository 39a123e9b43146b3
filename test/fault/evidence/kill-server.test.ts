import { expect } from 'chai';
import { killRounds } from './kill-rounds.ts';

/** `npm run kill-test -- --rounds 500` does the same for longer. */
const ROUNDS = 10;

describe('kill -9 of a running service under load', function () {
  this.timeout(600_000);

  it(`loses and doubles nothing, and tells one history, ${ROUNDS} times`, async () => {
    const result = await killRounds(ROUNDS, ROUNDS);
    expect(result.faults).to.deep.equal([]);
    expect(result.rounds).to.equal(ROUNDS);
    expect(result.acknowledged).to.be.above(ROUNDS);
    expect(result.unanswered).to.be.above(0);
    expect(result.checkpoints).to.be.above(1);
  });
});
