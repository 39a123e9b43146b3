import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { rotateMasterKey } from '../../../src/evidence/index.ts';
import type { RotatingKeyVault, SecretStore } from '../../../src/evidence/ports.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scan,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { seeded } from '../../vectors/sample-log.ts';

const LOANS = 5;

/** The ports of a rotation, broken off before or after the `nth` thing that it changes. */
function breakingAt(rig: EvidenceRig, nth: number, after: boolean) {
  let calls = 0;
  const deed = <T>(work: () => T): T => {
    calls++;
    if (calls === nth && !after) throw new Error('killed');
    const result = work();
    if (calls === nth) throw new Error('killed');
    return result;
  };
  const vault: RotatingKeyVault = {
    ...rig.vault,
    addMasterKey: () => deed(() => rig.vault.addMasterKey()),
    retireMasterKeys: () => deed(() => rig.vault.retireMasterKeys()),
  };
  const secrets: SecretStore = {
    ...rig.secrets,
    // One at a time, so that a rotation can be broken off between any two.
    page: (key) => rig.secrets.page(key, 1),
    rewrap: async (rows) => {
      const done = rig.secrets.rewrap(rows);
      await done;
      deed(() => undefined);
    },
    destroy: async (keys) => deed(() => rig.secrets.destroy(keys)),
  };
  return { vault, secrets };
}

async function fill(rig: EvidenceRig): Promise<void> {
  for (let i = 0; i < LOANS; i++) {
    await rig.evidence.acceptDeposit(repayment(`L-${i}`, `e${i}`));
    await rig.evidence.acceptDeposit(scan(`L-${i}`, `f${i}`, seeded(`file ${i}`)));
  }
  await rig.evidence.publishCheckpoint();
}

/** Everything opens, the check finds nothing, and a known event is known. */
async function expectWhole(rig: EvidenceRig): Promise<void> {
  expect((await rig.evidence.check()).findings).to.deep.equal([]);
  for (const [i, { evidenceNo }] of (await rig.evidence.listLoans()).entries()) {
    const content = await rig.evidence.content(evidenceNo, 1);
    expect(Buffer.from(content).equals(seeded(`file ${i}`)), `loan ${i}`).to.equal(true);
  }
  expect((await rig.evidence.acceptDeposit(repayment('L-0', 'e0'))).duplicate).to.equal(true);
}

const masterKeys = (folder: string) =>
  readdirSync(join(folder, 'keys'))
    .filter((name) => name.startsWith('master'))
    .toSorted();

describe('a rotation of the master key', () => {
  let scratch: ReturnType<typeof scratchFolder>;
  beforeEach(() => {
    scratch = scratchFolder();
  });
  afterEach(() => scratch.remove());

  it('leaves one key, the new one, and rewrites no content', async () => {
    let rig = openEvidenceRig(scratch.path);
    await fill(rig);
    const old = readFileSync(join(scratch.path, 'keys', 'master.key'));
    const before = readFileSync(join(scratch.path, 'log', 'checkpoint'));
    expect(await rotateMasterKey(rig)).to.deep.equal({
      masterNumber: 2,
      rewrapped: LOANS,
      resumed: false,
    });
    expect(masterKeys(scratch.path)).to.deep.equal(['master.2.key']);
    expect(readFileSync(join(scratch.path, 'keys', 'master.2.key')).equals(old)).to.equal(false);
    expect(readFileSync(join(scratch.path, 'log', 'checkpoint')).equals(before)).to.equal(true);
    await expectWhole(rig);
    await rig.evidence.acceptDeposit(repayment('L-new', 'n'));
    rig.close();
    rig = openEvidenceRig(scratch.path);
    await expectWhole(rig).catch((error) => {
      // The loan made after the rotation has no second deposit.
      expect(error).to.have.property('code', 'ENTRY_UNKNOWN');
    });
    const again = await rotateMasterKey(rig);
    expect(again).to.deep.equal({ masterNumber: 3, rewrapped: LOANS + 1, resumed: false });
    expect(masterKeys(scratch.path)).to.deep.equal(['master.3.key']);
    rig.close();
  });

  it('broken off anywhere loses nothing, and the next call finishes it', async function () {
    this.timeout(30_000);
    // One new key, five secrets, the emptied write-ahead log, the retired key.
    for (let nth = 1; nth <= LOANS + 3; nth++) {
      for (const after of [false, true]) {
        const folder = join(scratch.path, `${nth}-${after}`);
        let rig = openEvidenceRig(folder);
        await fill(rig);
        const error = await rotateMasterKey(breakingAt(rig, nth, after)).catch((e) => e);
        expect(error, `step ${nth}`).to.have.property('message', 'killed');
        rig.close();
        rig = openEvidenceRig(folder);
        await expectWhole(rig);
        await rotateMasterKey(rig);
        expect(masterKeys(folder)).to.have.length(1);
        expect(existsSync(join(folder, 'keys', 'master.key'))).to.equal(false);
        await expectWhole(rig);
        rig.close();
      }
    }
  });

  it('makes the old key useless: a copy of it opens no secret of now', async () => {
    const rig = openEvidenceRig(scratch.path);
    await fill(rig);
    const [before] = await rig.secrets.page('', 1);
    await rotateMasterKey(rig);
    const [now] = await rig.secrets.page('', 1);
    const { loanKey = '', wrapped = new Uint8Array() } = before ?? {};
    expect(() => rig.vault.unwrap(wrapped, loanKey)).to.throw('does not open');
    expect(rig.vault.numberOf(now?.wrapped ?? wrapped)).to.equal(2);
    expect(readFileSync(join(scratch.path, 'secrets.db')).includes(Buffer.from(wrapped))).to.equal(
      false,
    );
    rig.close();
  });
});
