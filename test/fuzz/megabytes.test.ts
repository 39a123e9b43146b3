import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';

describe('megabytes that are meant to cost time or memory', function () {
  this.timeout(60_000);

  // In a process of its own: only there can its time and its memory be told from everything else's.
  it('each costs at most a second and 200 MB, whatever it is', () => {
    const script = join(import.meta.dirname, 'run-bombs.ts');
    const lines = execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim().split('\n');
    const last = JSON.parse(lines.pop() ?? '{}') as { bombs?: number };
    expect(lines).to.deep.equal([]);
    expect(last.bombs).to.be.above(400);
  });
});
