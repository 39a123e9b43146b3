// `npm run check`: format, lint, types, import borders, Solidity warnings as errors.
import { runSteps } from './run-steps.mjs';

const sound = runSteps([
  ['format and lint', ['biome', 'check', '--error-on-warnings', '.']],
  ['types', ['tsc', '-p', '.']],
  [
    'import borders',
    [
      'node',
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.mjs',
      'src',
    ],
  ],
  ['Solidity', ['node', 'tools/check-solidity.mjs']],
]);
process.exitCode = sound ? 0 : 1;
