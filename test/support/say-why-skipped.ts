import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';

// mocha's skip takes no reason. Every test that skips has its condition beside the call, so that
// line is what the run prints: which program or which data is not on this machine.
const { prototype } = Mocha.Context as unknown as { prototype: { skip(): never } };
const { skip } = prototype;

prototype.skip = function (): never {
  process.stdout.write(`      skipped: ${conditionAt(new Error().stack)}\n`);
  return skip.call(this);
};

/** The source around the caller of `skip`: its line, and the one before when that holds the `if`. */
function conditionAt(stack = ''): string {
  const [, url = '', lineText = ''] =
    /(file:\/\/\S+?):(\d+):\d+/.exec(stack.split('\n')[2] ?? '') ?? [];
  if (url === '') return 'see the test';
  const line = Number(lineText);
  const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n');
  const own = lines[line - 1]?.trim() ?? '';
  const before = own.startsWith('if') ? '' : `${lines[line - 2]?.trim() ?? ''} `;
  return `${before}${own} (${url.slice(url.indexOf('/test/') + 1)}:${line})`;
}
