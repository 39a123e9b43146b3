import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import { codeOf } from '../../support/code-of.ts';
import { openEvidenceRig, repayment, scan, scratchFolder } from '../../support/evidence-rig.ts';
import { repayment as record } from '../../unit/api/running-api.ts';

const script = join(import.meta.dirname, 'starved-service.ts');

describe('a clock that jumps', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it('backwards by years changes times and nothing else: order, proofs and receipts hold', async () => {
    const times = ['2026-06-01', '2019-01-01', '2031-12-31', '1970-01-01', '2026-06-02'];
    let at = 0;
    const clock = { now: () => new Date(times[at++ % times.length] ?? 0) };
    const rig = openEvidenceRig(scratch.path, () => ({ clock }));
    const receipts: string[] = [];
    let evidenceNo = '';
    for (let i = 0; i < 12; i++) {
      const answer = await rig.evidence.acceptDeposit(repayment('L-1', `e${i}`));
      expect(answer.seq).to.equal(i);
      evidenceNo = answer.evidenceNo;
      receipts.push(answer.receipt);
      if (i % 3 === 0) await rig.evidence.publishCheckpoint();
    }
    await rig.evidence.publishCheckpoint();
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
    const sizes = (await rig.evidence.listCheckpoints()).map(({ size }) => size);
    expect(sizes).to.deep.equal(sizes.toSorted((a, b) => a - b));
    const proof = await rig.evidence.completeness(evidenceNo);
    for (const receipt of receipts) {
      expect(verifyReceipt(receipt, proof, rig.context).verdict).to.equal('passed');
    }
    await rig.close();
  });
});

describe('a folder that cannot be written', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  const disk = join(scratch.path, 'disk');
  const mount = (...args: string[]) => execFileSync('mount', [...args, disk], { stdio: 'pipe' });
  let mounted = false;

  before(function () {
    mkdirSync(disk);
    try {
      mount('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs');
      mounted = true;
    } catch {
      console.log('      skipped: no file system can be mounted here');
      this.skip();
    }
  });
  after(() => {
    if (mounted) execFileSync('umount', ['-l', disk]);
    scratch.remove();
  });

  it('is refused at the start, loses nothing, and goes on when it is writable', async () => {
    const folder = join(disk, 'data');
    let rig = openEvidenceRig(folder);
    const kept = await rig.evidence.acceptDeposit(scan('L-1', 'e0', new Uint8Array(30_000)));
    await rig.evidence.publishCheckpoint();
    await rig.close();
    mount('-o', 'remount,ro');
    const opened = await codeOf(Promise.resolve().then(() => openEvidenceRig(folder)));
    expect(opened).to.not.equal('no error');
    mount('-o', 'remount,rw');
    rig = openEvidenceRig(folder);
    expect(await rig.evidence.receipt(kept.evidenceNo, 0)).to.equal(kept.receipt);
    await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
    await rig.evidence.publishCheckpoint();
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
    await rig.close();
  });
});

/** A service under limits of the shell. */
async function starve(limits: string, flags: string, folder: string) {
  const line = `${limits} exec "$0" ${flags} "$@"`;
  const child = spawn('bash', ['-c', line, process.execPath, script, folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = new Promise<{ url: string; key: string }>((resolve, reject) => {
    child.once('message', resolve as never);
    child.once('exit', () => reject(new Error('the service did not start')));
  });
  return { child, ...(await ready) };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

const deposit = (url: string, key: string, eventId: string): Promise<Response> =>
  fetch(`${url}/v1/deposits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(record(eventId)),
  });

const onWindows = process.platform === 'win32';

describe('a service without enough of everything', function () {
  this.timeout(120_000);
  const scratch = scratchFolder();
  after(() => scratch.remove());
  before(function () {
    if (onWindows) this.skip();
  });

  it('file descriptors: connections beyond them wait or fail, nothing is lost, and it recovers', async () => {
    const folder = join(scratch.path, 'descriptors');
    const { child, url, key } = await starve('ulimit -n 64 &&', '', folder);
    const port = Number(new URL(url).port);
    expect((await deposit(url, key, 'first')).status).to.equal(201);
    const sockets = Array.from({ length: 200 }, () =>
      connect(port, '127.0.0.1').on('error', () => {}),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const socket of sockets) socket.destroy();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => deposit(url, key, `then-${i}`)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled').length).to.be.above(0);
    const again = await deposit(url, key, 'first');
    expect(again.status).to.equal(200);
    expect(child.exitCode).to.equal(null);
    await stop(child);
    await requireSound(folder);
  });

  it('memory: a batch of files larger than the heap goes through', async () => {
    const folder = join(scratch.path, 'memory');
    const { child, url, key } = await starve('', '--max-old-space-size=48', folder);
    const file = { name: 'a.bin', mediaType: 'application/octet-stream' };
    const base64 = Buffer.alloc(1 << 20, 7).toString('base64');
    const lines = Array.from({ length: 48 }, (_none, i) => {
      const { record: _, ...meta } = record(`m-${i}`, { loan: `L-${i % 9}`, kind: 'contract' });
      return JSON.stringify({ ...meta, file: { ...file, base64 } });
    });
    const response = await fetch(`${url}/v1/deposits:batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    const answers = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const results = answers.filter((answer) => 'ok' in answer);
    expect(results.map(({ ok }) => ok)).to.deep.equal(lines.map(() => true));
    expect(child.exitCode).to.equal(null);
    await stop(child);
    await requireSound(folder);
  });
});

async function requireSound(folder: string): Promise<void> {
  const rig = openEvidenceRig(folder);
  await rig.evidence.finishPublishing();
  expect((await rig.evidence.check()).findings).to.deep.equal([]);
  await rig.close();
}
