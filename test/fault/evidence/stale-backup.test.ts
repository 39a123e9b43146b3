import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Installation, openInstallation } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import { codeOf } from '../../support/code-of.ts';
import { repayment, scratchFolder } from '../../support/evidence-rig.ts';

const open = (folder: string, skipCheck = false) =>
  openInstallation(readConfig({ CUNZHENG_DATA: folder }), { skipCheck });

async function work(folder: string, events: string[]): Promise<void> {
  const installation = await open(folder);
  for (const event of events) {
    await installation.evidence.acceptDeposit(repayment('L-1', event));
    await installation.publishAndAnchor();
  }
  await installation.close();
}

const blocks = (installation: Installation) => installation.embedded.chain.blockCount();

describe('a backup from before the last anchor', function () {
  this.timeout(60_000);
  let scratch: ReturnType<typeof scratchFolder>;
  let folder: string;
  let backup: string;

  beforeEach(async () => {
    scratch = scratchFolder();
    folder = join(scratch.path, 'data');
    backup = join(scratch.path, 'backup');
    await work(folder, ['e1', 'e2']);
    cpSync(folder, backup, { recursive: true });
    await work(folder, ['e3']);
  });
  afterEach(() => scratch.remove());

  async function refusal(): Promise<string> {
    try {
      await (await open(folder)).close();
      return 'started';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  it('of the database alone is refused at the start, and nothing is written over', async () => {
    cpSync(join(backup, 'evidence.db'), join(folder, 'evidence.db'));
    const published = readFileSync(join(folder, 'log', 'checkpoint'));
    const journal = readFileSync(join(folder, 'chain', 'journal.ndjson'));
    const said = await refusal();
    expect(said).to.include('LOG_CONTRADICTS_CHAIN').and.to.include('log/checkpoint');
    expect(readFileSync(join(folder, 'log', 'checkpoint')).equals(published)).to.equal(true);
    expect(readFileSync(join(folder, 'chain', 'journal.ndjson')).equals(journal)).to.equal(true);
  });

  it('of the database alone signs nothing, even where the check was skipped', async () => {
    cpSync(join(backup, 'evidence.db'), join(folder, 'evidence.db'));
    const published = readFileSync(join(folder, 'log', 'checkpoint'));
    const installation = await open(folder, true);
    await installation.evidence.acceptDeposit(repayment('L-1', 'forked'));
    expect(await codeOf(installation.evidence.publishCheckpoint())).to.equal('LOG_DAMAGED');
    await installation.close();
    expect(readFileSync(join(folder, 'log', 'checkpoint')).equals(published)).to.equal(true);
  });

  it('of all but the chain is refused at the start', async () => {
    renameSync(join(folder, 'chain'), join(scratch.path, 'chain'));
    rmSync(folder, { recursive: true });
    cpSync(backup, folder, { recursive: true });
    rmSync(join(folder, 'chain'), { recursive: true });
    renameSync(join(scratch.path, 'chain'), join(folder, 'chain'));
    expect(await refusal()).to.include('LOG_CONTRADICTS_CHAIN');

    const installation = await open(folder, true);
    const before = blocks(installation);
    // Longer than what the chain knows, so that the roots must tell and not the sizes.
    for (const event of ['x1', 'x2', 'x3', 'x4']) {
      await installation.evidence.acceptDeposit(repayment('L-1', event));
    }
    const { checkpoint, anchoring } = await installation.publishAndAnchor();
    expect(anchoring.state).to.equal('HALTED');
    expect(anchoring.reason?.code).to.equal('LOG_CONTRADICTS_CHAIN');
    expect(checkpoint?.size, 'no new checkpoint was signed').to.equal(4);
    expect(blocks(installation), 'nothing was anchored').to.equal(before);
    await installation.close();
  });

  it('of the chain alone is refused at the start', async () => {
    rmSync(join(folder, 'chain'), { recursive: true });
    cpSync(join(backup, 'chain'), join(folder, 'chain'), { recursive: true });
    expect(await refusal()).to.match(/CONFIRMED_BLOCK_GONE|CONFIRMED_ANCHOR_GONE/);
  });

  it('of everything starts: nothing in the house can tell, receipts and other anchors can', async () => {
    rmSync(folder, { recursive: true });
    cpSync(backup, folder, { recursive: true });
    expect(await refusal()).to.equal('started');
  });
});
