import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DEFAULT_ANCHORS, writeAnchorSettings } from '../../../src/anchor-settings.ts';
import { openInstallation } from '../../../src/compose.ts';
import { createBackup } from '../../../src/compose-backup.ts';
import { restoreBackup, verifyBackup } from '../../../src/compose-restore.ts';
import { openKeys } from '../../../src/compose-service.ts';
import { readConfig } from '../../../src/config.ts';
import { codeOf } from '../../support/code-of.ts';
import { repayment, scratchFolder } from '../../support/evidence-rig.ts';

const SCRIPT = join(import.meta.dirname, 'serve-when-told.ts');
const configOf = (folder: string) => readConfig({ CUNZHENG_DATA: folder });

describe('a backup is made from whatever state:', function () {
  this.timeout(120_000);
  let scratch: ReturnType<typeof scratchFolder>;
  const at = (...names: string[]) => join(scratch.path, ...names);
  const parts = () => ({ records: at('records'), secrets: at('secrets') });

  beforeEach(() => {
    scratch = scratchFolder();
  });
  afterEach(() => scratch.remove());

  async function requireSound(): Promise<void> {
    const { findings } = await verifyBackup(parts(), configOf(at('data')));
    expect(findings).to.deep.equal([]);
    await restoreBackup(parts(), { to: at('again') });
    await (await openInstallation(configOf(at('again')))).close();
  }

  it('a log that has moved on to a new embedded chain', async () => {
    await (await openInstallation(configOf(at('data')))).close();
    const embedded = { enabled: true, required: false, maxBlocks: 5 };
    writeAnchorSettings(at('data', 'anchors.json'), { ...DEFAULT_ANCHORS, embedded });
    const installation = await openInstallation(configOf(at('data')));
    for (const event of ['e1', 'e2', 'e3', 'e4', 'e5', 'e6']) {
      await installation.evidence.acceptDeposit(repayment('L-1', event));
      await installation.publishAndAnchor();
    }
    await installation.close();
    const chains = (folder: string) => readdirSync(folder).filter((name) => /^chain/.test(name));
    expect(chains(at('data'))).to.include('chain-2');
    await createBackup(at('data'), parts());
    expect(chains(at('records'))).to.have.members(chains(at('data')));
    await requireSound();
  });

  describe('a killed service,', () => {
    let child: ChildProcess;

    async function depositAndKill(): Promise<string> {
      child = fork(SCRIPT, [at('data'), 'chain'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      const ready = new Promise<{ url: string }>((done) => child.once('message', done as never));
      const ended = new Promise((resolve) => child.once('close', resolve));
      const key = openKeys(at('data')).createApiKey('core', ['depositor']);
      child.send('start');
      const { url } = await ready;
      let receipt = '';
      for (const eventId of ['e1', 'e2', 'e3']) {
        const { loan, kind, occurredAt, source } = repayment('L-1', eventId);
        const record = { amount: '12.00', currency: 'CNY', date: '2026-01-02' };
        const response = await fetch(`${url}/v1/deposits`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ loan, kind, occurredAt, source, record }),
        });
        expect(response.status).to.equal(201);
        ({ receipt } = (await response.json()) as { receipt: string });
      }
      child.kill('SIGKILL');
      await ended;
      return receipt;
    }

    it('unless SQLite would drop commits of its write-ahead log, and all that is in it', async () => {
      const receipt = await depositAndKill();
      const path = at('data', 'evidence.db-wal');
      const bytes = readFileSync(path);
      const changed = Buffer.from(bytes);
      changed[100] = (changed[100] ?? 0) ^ 1;
      writeFileSync(path, changed);
      expect(await codeOf(createBackup(at('data'), parts()))).to.equal('BACKUP_SOURCE_INVALID');
      expect(existsSync(at('records')) || existsSync(at('records.partial'))).to.equal(false);
      writeFileSync(path, bytes);
      await createBackup(at('data'), parts());
      await requireSound();
      const { evidence, close } = await openInstallation(configOf(at('again')));
      const { evidenceNo } = (await evidence.findLoan('L-1')) ?? { evidenceNo: '' };
      expect(await evidence.receipt(evidenceNo, 2)).to.equal(receipt);
      await close();
    });
  });
});
