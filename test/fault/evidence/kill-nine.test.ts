import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { type Installation, openInstallation } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import { verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import { repayment, scratchFolder } from '../../support/evidence-rig.ts';

const ROUNDS = 12;
const script = join(import.meta.dirname, 'deposit-until-killed.ts');

interface Acknowledged {
  loan: string;
  eventId: string;
  evidenceNo: string;
  seq: number;
  leafIndex: number;
  receipt: string;
}

interface Anchored {
  size: number;
  block: number;
  hash: string;
}

/** Lines that arrived whole; what the kill cut off was not received. */
async function received(child: ChildProcess, onReady: () => void): Promise<object[]> {
  const lines: object[] = [];
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    try {
      lines.push(JSON.parse(line) as object);
      if (lines.length === 1) onReady();
    } catch {
      // The last line, torn.
    }
  }
  return lines;
}

/** Runs the child and kills it `afterMs` milliseconds into its work. */
async function runUntilKilled(folder: string, round: number, afterMs: number): Promise<object[]> {
  const child = spawn(process.execPath, [script, folder, `r${round}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr?.on('data', (part) => {
    complaints += part;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = await received(child, () => setTimeout(() => child.kill('SIGKILL'), afterMs));
  await ended;
  expect(complaints).to.equal('');
  expect(child.signalCode).to.equal('SIGKILL');
  return lines;
}

async function blockHashes(installation: Installation): Promise<string[]> {
  const { chain } = installation.embedded;
  const hashes: string[] = [];
  for (let number = 0; number <= chain.blockCount(); number++) {
    const block = await chain.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false]);
    hashes.push((block as { hash: string }).hash.replace('0x', ''));
  }
  return hashes;
}

describe('kill -9 while deposits are taken, published and anchored', function () {
  this.timeout(120_000);
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it(`loses nothing that was acknowledged, ${ROUNDS} times`, async () => {
    const folder = join(scratch.path, 'data');
    const deposits: Acknowledged[] = [];
    const anchors: Anchored[] = [];
    let chain: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // From the first milliseconds of work to half a second: every step of the way is hit.
      const lines = await runUntilKilled(folder, round, 5 + Math.random() * 400);
      for (const line of lines) {
        if ('receipt' in line) deposits.push(line as Acknowledged);
        if ('block' in line) anchors.push(line as Anchored);
      }
      const installation = await openInstallation(readConfig({ CUNZHENG_DATA: folder }));
      try {
        const hashes = await blockHashes(installation);
        expect(hashes.slice(0, chain.length), `round ${round}`).to.deep.equal(chain);
        chain = hashes;
        for (const { block, hash } of anchors) {
          expect(hashes[block], `block ${block}`).to.equal(hash.replace('0x', ''));
        }
        await requireKept(installation, deposits);
      } finally {
        await installation.close();
      }
    }
    expect(deposits.length).to.be.above(ROUNDS * 4);
    expect(anchors.length).to.be.above(0);
    await requireWhole(folder, deposits);
  });
});

/** Every acknowledgement is still true, word for word. */
async function requireKept(installation: Installation, deposits: Acknowledged[]): Promise<void> {
  for (const { evidenceNo, seq, receipt } of deposits) {
    expect(await installation.evidence.receipt(evidenceNo, seq)).to.equal(receipt);
  }
}

/** After the last round: nothing doubled, and the log goes on to hold every receipt. */
async function requireWhole(folder: string, deposits: Acknowledged[]): Promise<void> {
  const installation = await openInstallation(readConfig({ CUNZHENG_DATA: folder }));
  try {
    const { evidence, db, policy } = installation;
    const again = await evidence.acceptDeposit(repayment('L-1', 'after everything'));
    expect(again.duplicate).to.equal(false);
    const { anchoring } = await installation.publishAndAnchor();
    expect(anchoring.state, anchoring.reason?.message ?? '').to.equal('IDLE');
    expect((await installation.check()).findings).to.deep.equal([]);
    const doubled = db
      .prepare('SELECT count(event_key) - count(DISTINCT event_key) FROM entries')
      .pluck()
      .get();
    expect(doubled).to.equal(0);
    expect(new Set(deposits.map((one) => one.leafIndex)).size).to.equal(deposits.length);
    const context = { policy: { ...policy, anchorsRequired: 0 }, now: new Date() };
    const proofs = new Map<string, string>();
    for (const { evidenceNo, receipt } of deposits) {
      const proof = proofs.get(evidenceNo) ?? (await evidence.completeness(evidenceNo));
      proofs.set(evidenceNo, proof);
      const { checks } = verifyReceipt(receipt, proof, context);
      expect(checks.find((check) => check.id === 'receipt.kept')?.verdict).to.equal('passed');
    }
  } finally {
    await installation.close();
  }
}
