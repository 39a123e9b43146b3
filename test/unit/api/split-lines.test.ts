import { expect } from 'chai';
import fc from 'fast-check';
import { LineSplitter, type StreamLine } from '../../../src/api/batch/split-lines.ts';
import { WeightedGate } from '../../../src/api/batch/weighted-gate.ts';

const MAX = 8;

function linesOf(chunks: Uint8Array[]): StreamLine[] {
  const splitter = new LineSplitter(MAX);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

describe('lines of a stream', () => {
  it('are the same however the stream was cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '存'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.nat({ max: 12 }), { maxLength: 20 }),
        async (all, cuts) => {
          const bytes = Buffer.from(all);
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.subarray(at));
          const expected = all.split('\n').map((line, i) => {
            const encoded = Buffer.from(line);
            return {
              number: i + 1,
              bytes: encoded.length > MAX ? 'too long' : encoded.toString('hex'),
            };
          });
          if (expected.at(-1)?.bytes === '') expected.pop();
          const found = linesOf(chunks).map(({ number, bytes }) => ({
            number,
            bytes: bytes === 'too long' ? bytes : Buffer.from(bytes).toString('hex'),
          }));
          expect(found).to.deep.equal(expected);
        },
      ),
    );
  });
});

describe('a weighted gate', () => {
  it('never lets more through than fits, keeps the order, and lets everything through', async () => {
    const weights = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(weights, async (all) => {
        const gate = new WeightedGate(10);
        const entered: number[] = [];
        let used = 0;
        const work = all.map(async (weight, i) => {
          const leave = await gate.enter(weight);
          const held = Math.min(weight, 10);
          entered.push(i);
          used += held;
          expect(used).to.be.at.most(10);
          await new Promise((resolve) => setImmediate(resolve));
          used -= held;
          leave();
        });
        await Promise.all(work);
        expect(entered).to.deep.equal(all.map((_, i) => i));
      }),
      { numRuns: 40 },
    );
  });
});
