import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { blockHashes, chainOf, temporaryFolder } from '../../unit/chain/chain-fixture.ts';

const script = join(import.meta.dirname, 'send-until-killed.ts');

/** Runs the child until it has acknowledged `lines` blocks, then kills it in the middle of more. */
async function killAfter(child: ChildProcess, lines: number): Promise<[number, string][]> {
  const acknowledged: [number, string][] = [];
  let complaints = '';
  child.stderr?.on('data', (part) => {
    complaints += part;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [number, hash = ''] = line.split(' ');
    // The last line may have been cut by the kill; then its hash is short and it was not received.
    if (hash.length === 66) acknowledged.push([Number(number), hash]);
    if (acknowledged.length === lines) child.kill('SIGKILL');
  }
  await ended;
  expect(complaints).to.equal('');
  expect(child.signalCode).to.equal('SIGKILL');
  return acknowledged;
}

describe('kill -9 while the embedded chain is being written', function () {
  this.timeout(60_000);

  it('loses no acknowledged block and changes no hash, time after time', async () => {
    const folder = temporaryFolder();
    const key = randomBytes(32);
    const known = new Map<number, string>();
    for (const lines of [1, 7, 23, 40]) {
      const args = [script, folder.path, key.toString('hex')];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      for (const [number, hash] of await killAfter(child, lines)) known.set(number, hash);
      const chain = await chainOf(folder.path, key).open();
      const hashes = await blockHashes(chain);
      await chain.close();
      for (const [number, hash] of known) expect(hashes[number], `block ${number}`).to.equal(hash);
      // At most one more than was acknowledged: the one that was under way.
      for (const [number, hash] of hashes.entries()) if (number > 0) known.set(number, hash);
    }
    expect(known.size).to.be.at.least(71);
    folder.remove();
  });
});
