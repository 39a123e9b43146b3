// `npm run kill-test -- [--rounds N] [--per-folder N]`: kills a running service N times at random
// moments under load, checks after each, and prints what was seen.
import { parseArgs } from 'node:util';
import { killRounds } from './kill-rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '500' },
    'per-folder': { type: 'string', default: '50' },
  },
});
const start = performance.now();
const result = await killRounds(Number(values.rounds), Number(values['per-folder']), console.log);
const seconds = Math.round((performance.now() - start) / 1000);
console.log(JSON.stringify({ ...result, seconds }));
process.exitCode = result.faults.length === 0 ? 0 : 1;
