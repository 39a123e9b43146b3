// Child of hostile-bytes.test.ts: megabytes that are meant to cost time or memory. Prints one JSON
// line for each that cost more than it may, and the number of them all at the end.

import { CodedError } from '../../src/formats/errors.ts';
import { bombsFor } from './bombs.ts';
import { makeSamples } from './samples.ts';
import { TARGETS } from './targets.ts';

/** Seconds of this process's own time, so that a busy machine changes nothing. */
const MAX_SECONDS = 1;
const MAX_MEGABYTES = 200;

const samples = await makeSamples();
const only = process.argv[2];
let count = 0;
for (const target of TARGETS.filter(({ name }) => only === undefined || name === only)) {
  for (const { name, bytes } of await bombsFor(target, samples)) {
    const memory = process.memoryUsage().rss;
    const before = process.resourceUsage();
    let fault = '';
    try {
      const outcome = target.run(bytes, samples);
      if (outcome.passed) fault = 'passed';
    } catch (error) {
      if (!(error instanceof CodedError)) fault = String(error).slice(0, 200);
    }
    const after = process.resourceUsage();
    const seconds = (after.userCPUTime - before.userCPUTime) / 1e6;
    // The peak is known for the whole life only: it counts where this input raised it.
    const raised = after.maxRSS > before.maxRSS;
    const megabytes = raised ? (after.maxRSS * 1024 - memory) / 1e6 : 0;
    count++;
    if (seconds <= MAX_SECONDS && megabytes <= MAX_MEGABYTES && fault === '') continue;
    console.log(JSON.stringify({ target: target.name, bomb: name, seconds, megabytes, fault }));
  }
}
console.log(JSON.stringify({ bombs: count }));
