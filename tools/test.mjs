// `npm test [-- FILE...]`: every layer in one mocha run. Files in parallel on all cores; the closing
// line is `N passed, N failed, N skipped`.
import { runSteps } from './run-steps.mjs';

const files = process.argv.slice(2);
const sound = runSteps([
  [
    'tests',
    ['node', 'node_modules/mocha/bin/mocha.js', ...(files.length > 0 ? ['--spec', ...files] : [])],
  ],
]);
process.exitCode = sound ? 0 : 1;
