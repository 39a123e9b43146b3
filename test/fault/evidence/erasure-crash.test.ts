import { copyFileSync, cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { codeOf } from '../../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';

const DECISION = { ground: '个人信息保护法第四十七条', by: 'data protection office' };

describe('an erasure that is broken off', () => {
  let scratch: ReturnType<typeof scratchFolder>;
  let rig: EvidenceRig;
  let evidenceNo: string;
  beforeEach(async () => {
    scratch = scratchFolder();
    rig = openEvidenceRig(scratch.path);
    ({ evidenceNo } = await rig.evidence.acceptDeposit(repayment('L-1', 'e1')));
    await rig.evidence.acceptDeposit(repayment('L-2', 'e2'));
    rig.close();
  });
  afterEach(() => {
    rig.close();
    scratch.remove();
  });

  const restart = async () => {
    rig.close();
    rig = openEvidenceRig(scratch.path);
    return rig.evidence.custody.finishErasures();
  };

  it('before the tombstone leaves the loan as it was', async () => {
    rig = openEvidenceRig(scratch.path, ({ store }) => ({
      store: { ...store, append: () => Promise.reject(new Error('killed')) },
    }));
    expect(await codeOf(rig.evidence.custody.erase(evidenceNo, DECISION))).to.include('killed');
    expect(await rig.evidence.history(evidenceNo), 'still readable').to.have.length(1);
    expect(await restart()).to.equal(0);
    await rig.evidence.acceptDeposit(repayment('L-1', 'e3'));
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
    expect((await rig.evidence.custody.erase(evidenceNo, DECISION)).seq).to.equal(2);
  });

  it('whose tombstone was written though the disk said no is found to be erased', async () => {
    rig = openEvidenceRig(scratch.path, ({ store }) => ({
      store: {
        ...store,
        append: async (batch) => {
          await store.append(batch);
          throw new Error('failed, but persisted');
        },
      },
    }));
    expect(await codeOf(rig.evidence.custody.erase(evidenceNo, DECISION))).to.include('persisted');
    expect(await codeOf(rig.evidence.acceptDeposit(repayment('L-1', 'x')))).to.equal('LOAN_ERASED');
    expect(await restart()).to.equal(1);
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
  });

  it('between tombstone and destruction is finished by the next start', async () => {
    rig = openEvidenceRig(scratch.path, () => ({}), {
      removeCopies: () => Promise.reject(new Error('killed')),
    });
    expect(await codeOf(rig.evidence.custody.erase(evidenceNo, DECISION))).to.include('killed');
    expect(await codeOf(rig.evidence.content(evidenceNo, 0)), 'at once').to.equal('LOAN_ERASED');
    const finding = `secrets.db: ${evidenceNo} was erased, but its secret is there again`;
    expect((await rig.evidence.check()).findings).to.deep.equal([finding]);
    expect(await restart()).to.equal(1);
    expect(await restart()).to.equal(0);
    expect(await codeOf(rig.evidence.content(evidenceNo, 0))).to.equal('LOAN_ERASED');
    const { findings, erased } = await rig.evidence.check();
    expect({ findings, erased }).to.deep.equal({ findings: [], erased: 1 });
  });

  it('is not undone by an older backup of the secrets', async () => {
    const backup = join(scratch.path, 'backup');
    cpSync(join(scratch.path, 'secrets.db'), backup);
    rig = openEvidenceRig(scratch.path);
    await rig.evidence.custody.erase(evidenceNo, DECISION);
    rig.close();
    for (const end of ['-wal', '-shm'])
      rmSync(join(scratch.path, `secrets.db${end}`), { force: true });
    copyFileSync(backup, join(scratch.path, 'secrets.db'));
    expect(existsSync(backup)).to.equal(true);
    expect(await restart(), 'destroyed again').to.equal(1);
    expect(await codeOf(rig.evidence.content(evidenceNo, 0))).to.equal('LOAN_ERASED');
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
  });

  it('and a secret lost without an erasure is a finding, no erasure', async () => {
    rig = openEvidenceRig(scratch.path);
    const row = await rig.store.findLoanByEvidenceNo(evidenceNo);
    await rig.secrets.destroy([row?.loanKey ?? '']);
    rig.close();
    rig = openEvidenceRig(scratch.path);
    expect(await codeOf(rig.evidence.content(evidenceNo, 0))).to.equal('SECRET_DAMAGED');
    expect((await rig.evidence.check()).findings).to.deep.equal([
      `secrets.db: the secret of ${evidenceNo} is missing, and no erasure says why`,
    ]);
  });
});
