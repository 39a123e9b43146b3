import { expect } from 'chai';
import { checkpointRoot } from '../../../src/evidence/index.ts';
import type { DepositCommand } from '../../../src/evidence/ports.ts';
import { verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scan,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { FAULTS, WRITES, WritePoints } from './write-points.ts';

/** A file whose bytes are the same at every try. */
const file = (loan: string, event: string) => scan(loan, event, new Uint8Array(30_000).fill(7));

/** What depositors send, in groups that are under way together. */
const GROUPS: readonly (readonly DepositCommand[])[] = [
  [repayment('A', 'a0')],
  [repayment('B', 'b0'), repayment('A', 'a1'), file('C', 'c0'), repayment('A', 'a2')],
  Array.from({ length: 5 }, (_, i) => repayment(`D${i % 2}`, `d${i}`)),
];

/** What the outside world was told before the restart. */
interface Told {
  receipts: Map<string, string>;
  heads: { size: number; root: string }[];
}

/** Deposits, publishes after every group, and goes on after each failure. */
async function work(rig: EvidenceRig, told: Told): Promise<void> {
  for (const group of GROUPS) {
    await Promise.all(
      group.map(async (command) => {
        const answer = await rig.evidence.acceptDeposit(command).catch(inputOutput);
        if (answer !== undefined) told.receipts.set(command.source.eventId, answer.receipt);
      }),
    );
    const head = await rig.evidence.publishCheckpoint().catch(inputOutput);
    if (head !== undefined) told.heads.push({ size: head.size, root: checkpointRoot(head) });
  }
}

/** The fault itself may come out; another error is one that it caused. */
function inputOutput(error: unknown): undefined {
  if (error instanceof Error && /input\/output error/.test(error.message)) return;
  throw error;
}

/** After a restart: everything told is true, and sending all again leaves one entry an event. */
async function requireSound(rig: EvidenceRig, told: Told): Promise<void> {
  const { evidence } = rig;
  await evidence.finishPublishing();
  expect((await evidence.check()).findings).to.deep.equal([]);
  for (const { size, root } of told.heads) expect(await evidence.rootAt(size)).to.equal(root);
  const receipts = new Map<string, [evidenceNo: string, receipt: string]>();
  for (const command of GROUPS.flat()) {
    const { eventId } = command.source;
    const answer = await evidence.acceptDeposit(command);
    const before = told.receipts.get(eventId);
    if (before !== undefined) expect(answer).to.include({ duplicate: true, receipt: before });
    receipts.set(eventId, [answer.evidenceNo, answer.receipt]);
  }
  await evidence.publishCheckpoint();
  expect((await evidence.check()).findings).to.deep.equal([]);
  let entries = 0;
  for (const { evidenceNo } of await evidence.listLoans()) {
    entries += (await evidence.history(evidenceNo)).length;
  }
  expect(entries).to.equal(GROUPS.flat().length);
  for (const [eventId, [evidenceNo, receipt]] of receipts) {
    const proof = await evidence.completeness(evidenceNo);
    const kept = verifyReceipt(receipt, proof, rig.context);
    expect(kept.verdict, eventId).to.equal('passed');
  }
}

const openWith = (folder: string, points: WritePoints): EvidenceRig =>
  openEvidenceRig(folder, ({ store, secrets, objects, tiles }) => ({
    store: points.wrap('store', store),
    secrets: points.wrap('secrets', secrets),
    objects: points.wrap('objects', objects),
    tiles: points.wrap('tiles', tiles),
  }));

async function runWith(points: WritePoints): Promise<void> {
  const scratch = scratchFolder();
  const told: Told = { receipts: new Map(), heads: [] };
  try {
    const faulty = openWith(scratch.path, points);
    await work(faulty, told);
    await faulty.close();
    const rig = openEvidenceRig(scratch.path);
    await requireSound(rig, told);
    await rig.close();
  } finally {
    scratch.remove();
  }
}

describe('fault table: every write of deposits and publishing', function () {
  this.timeout(300_000);

  it('every writing method of the ports is one of the write points', () => {
    const scratch = scratchFolder();
    const rig = openEvidenceRig(scratch.path);
    const READS =
      /^(?:tree|find|list|read|leaf|loan|last|latest|checkpoint|map|check|get|page|prove|replay|close|has|walk)/;
    for (const port of ['store', 'secrets', 'objects', 'tiles'] as const) {
      const names = Object.entries(rig[port]).flatMap(([name, value]) =>
        typeof value === 'function' ? [name] : [],
      );
      const unknown = names.filter((name) => !READS.test(name) && !WRITES[port]?.includes(name));
      expect(unknown, `${port}: read or write?`).to.deep.equal([]);
    }
    rig.close();
    scratch.remove();
  });

  for (const fault of FAULTS) {
    it(`a write that ${fault}, at each point in turn`, async () => {
      const dry = new WritePoints();
      await runWith(dry);
      expect(new Set(dry.seen)).to.include.keys('store.append', 'secrets.put', 'objects.write');
      expect(dry.seen.filter((name) => name === 'tiles.write').length).to.be.above(8);
      const points = dry.seen.map((name, at) => ({ name, at }));
      // Side by side, since most of the time is spent waiting for the disk.
      const lane = async () => {
        for (let next = points.shift(); next !== undefined; next = points.shift()) {
          const { name, at } = next;
          await runWith(new WritePoints(at, fault)).catch((error: unknown) => {
            throw new Error(`${name}, write ${at}, ${fault}`, { cause: error });
          });
        }
      };
      await Promise.all(Array.from({ length: 8 }, lane));
    });
  }
});
