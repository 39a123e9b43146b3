// Runs the Hardhat command line with its telemetry and its start-up banner off, both of which
// would otherwise connect out from a terminal: node tools/hardhat.mjs build
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.resolve('hardhat/package.json')));
const run = spawnSync(
  process.execPath,
  [join(folder, 'dist', 'src', 'cli.js'), ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: 'true', CI: '1' } },
);
process.exit(run.status ?? 1);
