import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs commands one after the other with the project's own Node and tools; all run even when one
 * fails, so that a developer sees everything at once.
 * @param {[string, string[]][]} steps name and command line (the first word is a node_modules/.bin
 *   tool or `node`)
 * @returns {boolean} whether all passed
 */
export function runSteps(steps) {
  let sound = true;
  for (const [name, [command, ...args]] of steps) {
    const started = Date.now();
    const path = command === 'node' ? process.execPath : `${project}node_modules/.bin/${command}`;
    const shell = process.platform === 'win32' && command !== 'node';
    const run = spawnSync(path, args, { cwd: project, stdio: 'inherit', shell });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    const passed = run.status === 0;
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    sound &&= passed;
  }
  return sound;
}
