import { expect } from 'chai';
import fc from 'fast-check';
import { verifyCompleteness, verifyReceipt } from '../../src/verify/verify-completeness.ts';
import { verifyFile } from '../../src/verify/verify-file.ts';
import { codeOf } from '../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scan,
  scratchFolder,
} from '../support/evidence-rig.ts';

type Step =
  | { do: 'deposit'; loan: number; event: number; large: boolean }
  | { do: 'publish' }
  | { do: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deposit' as const),
      loan: fc.nat(3),
      event: fc.nat(12),
      large: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'publish' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);

/** Several steps at the same moment, then the next ones. */
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 10 });

interface Known {
  loan: number;
  large: boolean;
  evidenceNo: string;
  seq: number;
  receipt: string;
}

/** What a service that keeps its promises would know. */
class Model {
  readonly events = new Map<number, Known>();
  readonly numbers = new Map<number, string>();

  /** Compares an answer with everything that was answered before. */
  learn(step: Step & { do: 'deposit' }, answer: Known & { duplicate: boolean }): void {
    const known = this.events.get(step.event);
    const { evidenceNo, seq, receipt } = answer;
    if (known !== undefined) {
      expect(answer.receipt, 'same event, same receipt').to.equal(known.receipt);
      expect(known).to.include({ loan: step.loan, large: step.large });
    }
    const number = this.numbers.get(step.loan) ?? evidenceNo;
    expect(evidenceNo, 'one loan, one number').to.equal(number);
    this.numbers.set(step.loan, number);
    const { loan, large } = step;
    this.events.set(step.event, { loan, large, evidenceNo, seq, receipt });
  }
}

const contentOf = (event: number) => Buffer.alloc(20_000, event);

function commandOf({ loan, event, large }: Step & { do: 'deposit' }) {
  const [name, id] = [`L-${loan}`, `e${event}`];
  return large ? scan(name, id, contentOf(event)) : repayment(name, id);
}

async function perform(rig: EvidenceRig, model: Model, steps: Step[]): Promise<void> {
  const outcomes = await Promise.all(
    steps.map(async (one) => {
      if (one.do === 'publish') await rig.evidence.publishCheckpoint();
      if (one.do !== 'deposit') return undefined;
      try {
        return { step: one, answer: await rig.evidence.acceptDeposit(commandOf(one)) };
      } catch (error) {
        expect(await codeOf(Promise.reject(error))).to.equal('EVENT_CONFLICT');
        return undefined;
      }
    }),
  );
  for (const outcome of outcomes) {
    if (outcome === undefined) continue;
    const { step: one, answer } = outcome;
    model.learn(one, { ...answer, loan: one.loan, large: one.large });
  }
}

/** Everything the model knows is there, provable, and nothing else is. */
async function compare(rig: EvidenceRig, model: Model): Promise<void> {
  await rig.evidence.publishCheckpoint();
  expect((await rig.evidence.check()).findings).to.deep.equal([]);
  const counts = new Map<string, number>();
  for (const { evidenceNo, seq, receipt } of model.events.values()) {
    counts.set(evidenceNo, (counts.get(evidenceNo) ?? 0) + 1);
    const content = await rig.evidence.content(evidenceNo, seq);
    const proof = await rig.evidence.proof(evidenceNo, seq);
    expect(verifyFile(content, proof, rig.context).verdict).to.equal('passed');
    const completeness = await rig.evidence.completeness(evidenceNo);
    expect(verifyReceipt(receipt, completeness, rig.context).verdict).to.equal('passed');
  }
  for (const [evidenceNo, count] of counts) {
    const report = verifyCompleteness(await rig.evidence.completeness(evidenceNo), rig.context);
    expect(report.facts.entries).to.equal(count);
  }
  expect(await rig.evidence.listLoans()).to.have.length(counts.size);
}

describe('the evidence side, whatever is done in whatever order', function () {
  this.timeout(60_000);

  it('gives each event one entry, each loan one number, and proofs that hold', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (moments) => {
        const scratch = scratchFolder();
        let rig = openEvidenceRig(scratch.path);
        try {
          const model = new Model();
          for (const steps of moments) {
            await perform(rig, model, steps);
            if (!steps.some((one) => one.do === 'restart')) continue;
            rig.close();
            rig = openEvidenceRig(scratch.path);
          }
          await compare(rig, model);
        } finally {
          rig.close();
          scratch.remove();
        }
      }),
      { numRuns: 25 },
    );
  });
});
