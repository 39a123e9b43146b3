// `npm test [-- FILE...]`: every layer in one mocha run. Files in parallel on all cores; the closing
// line is `N passed, N failed, N skipped`.
import { runSteps } from './run-steps.mjs';

const files = process.argv.slice(2);
const specs = files.length > 0 ? files : ['test/**/*.test.ts'];
const sound = runSteps([['tests', ['node', 'node_modules/mocha/bin/mocha.js', ...specs]]]);
process.exitCode = sound ? 0 : 1;
