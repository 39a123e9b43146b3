// `npm run fuzz -- [--minutes N] [--seed S] [--only NAME]`: hostile bytes for every parser and
// verifier until the time is over. Prints the seed first; the same seed gives the same bytes.
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { changes } from './mutate.ts';
import { feed, genuineOf, hostileBytes } from './run-target.ts';
import { makeSamples } from './samples.ts';
import { TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const until = performance.now() + Number(values.minutes) * 60_000;
const targets = TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
console.log(`seed ${seed}, ${targets.length} targets, ${values.minutes} minutes`);

const samples = await makeSamples();
const runs = new Map<string, number>();
let slowest = { name: '', ms: 0 };
let round = 0;
// At least one round, so that every target is fed however short the time.
do {
  for (const target of targets) {
    const known = genuineOf(target, samples);
    const property = fc.asyncProperty(fc.nat(9), changes, async (sample, list) => {
      const input = await hostileBytes(target, { sample, changes: list }, samples);
      const start = performance.now();
      feed(target, input, samples, known);
      const ms = performance.now() - start;
      if (ms > slowest.ms) slowest = { name: target.name, ms };
    });
    const result = await fc.check(property, { seed: seed + round, numRuns: 60 });
    runs.set(target.name, (runs.get(target.name) ?? 0) + result.numRuns);
    if (!result.failed) continue;
    console.error(`FOUND ${target.name}, seed ${seed + round}, path ${result.counterexamplePath}`);
    console.error(fc.defaultReportMessage(result));
    process.exitCode = 1;
  }
  round++;
} while (performance.now() < until);

const total = [...runs.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `${total} hostile inputs in ${round} rounds; the slowest took ${slowest.ms.toFixed(0)} ms (${slowest.name})`,
);
