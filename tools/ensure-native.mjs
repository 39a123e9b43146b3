// npm running on Node 20 silently skips native packages whose `engines` ask for Node >= 22
// (Hardhat's EDR is one), although every script of this project runs on the Node 24 that comes
// with it. This step notices the gap and lets npm fill it from the lockfile, under Node 24.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const loads = (name) => {
  try {
    require(name);
    return true;
  } catch {
    return false;
  }
};

if (!loads('@nomicfoundation/edr') && !process.env.CUNZHENG_NATIVE_RETRY) {
  const npm = process.env.npm_execpath;
  if (npm === undefined) {
    console.error('Run this through npm: npm rebuild');
    process.exit(1);
  }
  const args = [npm, 'install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  const run = spawnSync(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, CUNZHENG_NATIVE_RETRY: '1' },
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
