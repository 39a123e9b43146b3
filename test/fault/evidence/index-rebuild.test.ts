import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { parseTilePath } from '../../../src/formats/tile.ts';
import { codeOf } from '../../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { withFlip } from '../../support/tampering.ts';

/** Everything that is answered out of the index. */
async function answers({ evidence }: EvidenceRig): Promise<string[]> {
  const out: string[] = [];
  for (const { evidenceNo, reference } of await evidence.listLoans()) {
    const history = await evidence.history(evidenceNo);
    out.push(reference, ...history.map(({ statementText }) => statementText));
    for (const { size } of await evidence.listCheckpoints()) {
      out.push(await evidence.completeness(evidenceNo, size));
    }
  }
  return out;
}

describe('index.db holds nothing that evidence.db does not', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  const path = join(scratch.path, 'index.db');
  let known: string[];

  before(async () => {
    const rig = openEvidenceRig(scratch.path);
    for (let round = 0; round < 3; round++) {
      const commands = Array.from({ length: 60 }, (_, i) =>
        repayment(`L-${i % (7 + 5 * round)}`, `e${round}-${i}`),
      );
      await Promise.all(commands.map((command) => rig.evidence.acceptDeposit(command)));
      if (round < 2) await rig.evidence.publishCheckpoint();
    }
    known = await answers(rig);
    rig.close();
  });
  after(() => scratch.remove());

  const spoilt: [string, () => void][] = [
    ['is missing', () => rmSync(path)],
    ['is no database', () => writeFileSync(path, Buffer.alloc(20_000, 7))],
    ['is cut', () => writeFileSync(path, readFileSync(path).subarray(0, 30_000))],
    ['has another version', () => change('PRAGMA user_version = 99')],
    ['has lost a table', () => change('DROP TABLE loan_heads')],
    ['has lost its state', () => change('DELETE FROM state')],
    ['is of another log', () => change(`UPDATE state SET tip = x'00'`)],
    ['is ahead of the log', () => change('UPDATE state SET indexed = indexed + 1000')],
    ['was found damaged', () => writeFileSync(`${path}.damaged`, '')],
  ];
  for (const [what, spoil] of spoilt) {
    it(`is made anew when it ${what}, with the same answers`, async () => {
      spoil();
      const rig = openEvidenceRig(scratch.path);
      expect(await answers(rig)).to.deep.equal(known);
      expect((await rig.evidence.check()).findings).to.deep.equal([]);
      expect(await rig.evidence.quickCheck()).to.deep.equal([]);
      rig.close();
    });
  }

  it('goes on from where it was when it is behind', async () => {
    // What a power cut leaves: the last commits of the index are missing.
    change(`DELETE FROM state; INSERT INTO state VALUES (1, 0, x'', 0, 0)`);
    const rig = openEvidenceRig(scratch.path);
    expect(await answers(rig)).to.deep.equal(known);
    rig.close();
  });

  it('is not believed where the log is written on from it', async () => {
    change(`UPDATE loan_heads SET leaf_hash = zeroblob(32)`);
    const rig = openEvidenceRig(scratch.path);
    const refused = await codeOf(rig.evidence.acceptDeposit(repayment('L-1', 'late')));
    expect(refused).to.equal('INDEX_DAMAGED');
    rig.close();
    const next = openEvidenceRig(scratch.path);
    expect(await answers(next)).to.deep.equal(known);
    next.close();
  });

  function change(sql: string): void {
    const db = new Database(path);
    db.exec(sql);
    db.close();
  }
});

describe('the check of a large log at its start', function () {
  this.timeout(20_000);
  const scratch = scratchFolder();
  let rig: EvidenceRig;

  before(async () => {
    rig = openEvidenceRig(scratch.path);
    const commands = Array.from({ length: 300 }, (_, i) => repayment(`L-${i % 9}`, `e${i}`));
    await Promise.all(commands.map((command) => rig.evidence.acceptDeposit(command)));
    await rig.evidence.publishCheckpoint();
  });
  after(() => {
    rig.close();
    scratch.remove();
  });

  it('finds nothing in a sound one', async () => {
    expect(await rig.evidence.quickCheck()).to.deep.equal([]);
  });

  it('names the head and every tile that leads to it', async () => {
    const hashTiles = (await rig.tiles.list()).filter((file) => {
      const level = parseTilePath(file)?.level;
      return level !== 'entries';
    });
    // The root is made of the upper tile and the unfinished lower one.
    const onTheWay = hashTiles.filter((file) => !file.endsWith('tile/0/000'));
    expect(onTheWay).to.include('checkpoint').and.to.have.length(3);
    for (const file of onTheWay) {
      const findings = await withFlip(join(scratch.path, 'log', file), 5, () =>
        rig.evidence.quickCheck(),
      );
      expect(findings, file).to.have.length(1);
    }
  });

  it('names a missing end and a lost trigger', async () => {
    rig.db.exec('DROP TRIGGER entries_no_delete');
    const [trigger] = await rig.evidence.quickCheck();
    expect(trigger).to.include('entries_no_delete');
    rig.db.exec('DELETE FROM entries WHERE leaf_index = 300');
    expect((await rig.evidence.quickCheck()).join()).to.include('300 of 301 entries');
  });
});
