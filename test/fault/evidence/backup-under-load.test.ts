import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { openInstallation } from '../../../src/compose.ts';
import { openKeys } from '../../../src/compose-service.ts';
import { readConfig } from '../../../src/config.ts';
import { cunzheng } from '../../support/command-line.ts';
import { repayment, scratchFolder } from '../../support/evidence-rig.ts';

const SCRIPT = join(import.meta.dirname, 'serve-when-told.ts');

interface Acknowledged {
  evidenceNo: string;
  seq: number;
  receipt: string;
}

/** Deposits without pause until it is told to stop. */
class Depositors {
  readonly acknowledged: Acknowledged[] = [];
  readonly #lanes: Promise<void>[];
  #isOn = true;
  #next = 0;

  constructor(url: string, key: string) {
    this.#lanes = [0, 1, 2].map(async (lane) => {
      while (this.#isOn) await this.#deposit(url, key, lane === 2);
    });
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#lanes);
  }

  async #deposit(url: string, key: string, isFile: boolean): Promise<void> {
    const n = this.#next++;
    const meta = {
      // New loans all the time, so that secrets are made while the copy is.
      loan: `L-${Math.floor(n / 3)}`,
      kind: isFile ? 'contract' : 'repayment',
      occurredAt: '2026-01-02',
      source: { system: 'core', eventId: `e-${n}` },
    };
    const record = { amount: '12.00', currency: 'CNY', date: '2026-01-02' };
    const header = Buffer.from(JSON.stringify({ ...meta, name: 'a.pdf' })).toString('base64url');
    const response = await fetch(`${url}/v1/deposits`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': isFile ? 'application/pdf' : 'application/json',
        ...(isFile ? { 'cunzheng-deposit': header } : {}),
      },
      body: isFile ? `%PDF-1.7 ${n} `.repeat(2000) : JSON.stringify({ ...meta, record }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    this.acknowledged.push((await response.json()) as Acknowledged);
  }
}

describe('a backup of a service that takes deposits and anchors all the time', function () {
  this.timeout(240_000);
  let scratch: ReturnType<typeof scratchFolder>;
  let child: ChildProcess;
  const at = (name: string) => join(scratch.path, name);

  before(() => {
    scratch = scratchFolder();
    child = fork(SCRIPT, [at('data'), 'chain'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  });
  after(async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    scratch.remove();
  });

  it('starts, has all that was acknowledged before it, and the check finds nothing', async () => {
    const ready = new Promise<{ url: string }>((resolve) =>
      child.once('message', resolve as never),
    );
    const key = openKeys(at('data')).createApiKey('core', ['depositor']);
    child.send('start');
    const { url } = await ready;
    const depositors = new Depositors(url, key);
    while (depositors.acknowledged.length < 60) await new Promise((r) => setTimeout(r, 20));
    const before = depositors.acknowledged.length;
    const args = ['backup', 'create', at('records'), '--with-secrets', at('secrets'), '--json'];
    const made = await cunzheng(args, at('data'));
    expect(made.code, made.stderr).to.equal(0);
    const after = depositors.acknowledged.length;
    expect(after, 'deposits went on meanwhile').to.be.above(before);
    const facts = JSON.parse(made.stdout) as { entries: number };
    expect(facts.entries).to.be.above(before);
    await depositors.stop();
    await requireSound(depositors.acknowledged.slice(0, before));
  });

  async function requireSound(known: Acknowledged[]): Promise<void> {
    const parts = [at('records'), '--with-secrets', at('secrets')];
    const verified = await cunzheng(['backup', 'verify', ...parts, '--json'], at('data'));
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
    expect(JSON.parse(verified.stdout)).to.include({ isFull: true });
    const to = at('restored');
    const restored = await cunzheng(['backup', 'restore', ...parts, '--to', to], at('data'));
    expect(restored.code, restored.stderr).to.equal(0);
    const installation = await openInstallation(readConfig({ CUNZHENG_DATA: to }));
    try {
      expect((await installation.check()).findings).to.deep.equal([]);
      for (const { evidenceNo, seq, receipt } of known) {
        expect(await installation.evidence.receipt(evidenceNo, seq)).to.equal(receipt);
      }
      await installation.evidence.acceptDeposit(repayment('L-0', 'after the restore'));
      const { checkpoint } = await installation.publishAndAnchor();
      expect(checkpoint && (await installation.isAnchored(checkpoint))).to.equal(true);
    } finally {
      await installation.close();
    }
  }
});
