import { expect } from 'chai';
import type { AppendBatch, EntryRow, EvidenceStore } from '../../src/evidence/ports.ts';
import { toHex } from '../../src/formats/bytes.ts';
import {
  type DepositEntry,
  encodeEntry,
  NO_PREVIOUS,
  parseEntry,
} from '../../src/formats/entry.ts';
import { evidenceNumber, loanKey } from '../../src/formats/evidence-number.ts';
import { EMPTY_MAP, mapKeyHash, mapValueHash } from '../../src/formats/loan-map.ts';
import { leafHash } from '../../src/formats/merkle.ts';
import { proveLoanMap, updateLoanMap } from '../support/reference-loan-map.ts';
import { seeded } from '../vectors/sample-log.ts';

/** An adapter under test, with a way to open it anew. */
export interface StoreUnderTest {
  store: EvidenceStore;
  reopen(): Promise<EvidenceStore>;
  /** Runs SQL behind the adapter's back. */
  run(sql: string): void;
  remove(): Promise<void>;
}

const evidenceNo = (name: string) => evidenceNumber(seeded(name).subarray(0, 16));
const keyOf = (name: string) => toHex(loanKey(evidenceNo(name)));
const eventKey = (name: string | number) => toHex(seeded(`event ${name}`).subarray(0, 16));

function loan(name: string) {
  return {
    loanKey: keyOf(name),
    evidenceNo: evidenceNo(name),
    reference: `reference ${name}`,
  };
}

/** A deposit of a loan; `after` is the loan's entry before it. */
function deposit(leafIndex: number, name: string, seq: number, after?: EntryRow): EntryRow {
  const prev = after === undefined ? NO_PREVIOUS : toHex(leafHash(after.data));
  const body = { loan: keyOf(name), seq, prev: seq === 0 ? NO_PREVIOUS : prev };
  const commitment = toHex(seeded(`commitment ${leafIndex}`));
  return {
    leafIndex,
    data: encodeEntry({ type: 'deposit', ...body, commitment }),
    deposit: {
      eventKey: eventKey(leafIndex),
      sealed: seeded(`statement ${leafIndex}`),
      ...(leafIndex % 2 === 0 ? {} : { objectId: toHex(seeded(`object ${leafIndex}`)) }),
    },
  };
}

const mapRoot = toHex(seeded('root'));

function mapEntry(leafIndex: number): EntryRow {
  return { leafIndex, data: encodeEntry({ type: 'map', root: mapRoot, covers: leafIndex }) };
}

const a0 = deposit(0, 'a', 0);
const a1 = deposit(2, 'a', 1, a0);
const a2 = (leafIndex: number) => deposit(leafIndex, 'a', 2, a1);
const b0 = deposit(1, 'b', 0);

const firstBatch = (): AppendBatch => ({ loans: [loan('b'), loan('a')], entries: [a0, b0, a1] });

function publication(): AppendBatch {
  return {
    loans: [],
    entries: [mapEntry(3)],
    checkpoint: {
      size: 4,
      note: 'the signed note 存证',
      mapRoot,
      publishedAt: '2026-03-01T00:00:00.000Z',
    },
  };
}

/** Bytes of any kind as hex, so that adapters may give Buffers. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

/** What every EvidenceStore must do. */
export function evidenceStoreConformance(name: string, open: () => StoreUnderTest): void {
  describe(`EvidenceStore on ${name}`, () => {
    let subject: StoreUnderTest;
    let store: EvidenceStore;

    beforeEach(() => {
      subject = open();
      ({ store } = subject);
    });
    afterEach(() => subject.remove());

    const same = (found: unknown, wanted: unknown) =>
      expect(plain(found)).to.deep.equal(plain(wanted));

    it('is empty at first', async () => {
      expect(await store.treeSize()).to.equal(0);
      expect(await store.listLoans()).to.deep.equal([]);
      expect(await store.readEntries(0, 10)).to.deep.equal([]);
      expect(await store.latestCheckpoint()).to.equal(undefined);
      expect(await store.listCheckpoints()).to.deep.equal([]);
      expect((await store.leafHashes(0, 10)).length).to.equal(0);
      expect(await store.checkIntegrity()).to.deep.equal([]);
    });

    it('gives back what was appended, also after it was opened anew', async () => {
      await store.append(firstBatch());
      await store.append(publication());
      const { entries } = firstBatch();
      for (const get of [async () => store, () => subject.reopen()]) {
        const at = await get();
        expect(await at.treeSize()).to.equal(4);
        same(await at.readEntries(0, 4), [...entries, mapEntry(3)]);
        same(await at.findLoan('reference a'), loan('a'));
        same(await at.findLoanByEvidenceNo(evidenceNo('b')), loan('b'));
        same(await at.latestCheckpoint(), publication().checkpoint);
        same(await at.checkpoint(4), publication().checkpoint);
        same(await at.checkpointAfter(3), publication().checkpoint);
        expect(await at.checkpointAfter(4)).to.equal(undefined);
        same(await at.checkpointBefore(5), publication().checkpoint);
        expect(await at.checkpointBefore(4)).to.equal(undefined);
        expect(await at.checkIntegrity()).to.deep.equal([]);
      }
    });

    it('knows nothing of what it was not given', async () => {
      await store.append(firstBatch());
      expect(await store.findLoan('reference c')).to.equal(undefined);
      expect(await store.findLoan('REFERENCE A'), 'references are exact').to.equal(undefined);
      expect(await store.findLoanByEvidenceNo(evidenceNo('c'))).to.equal(undefined);
      expect(await store.findEvent(eventKey('none'))).to.equal(undefined);
      expect(await store.loanHeads([keyOf('c')])).to.deep.equal([undefined]);
      expect(await store.loanEntry(keyOf('c'), 0)).to.equal(undefined);
      expect(await store.loanEntries(keyOf('c'))).to.deep.equal([]);
      expect(await store.checkpoint(3)).to.equal(undefined);
    });

    it('reads entries and leaf hashes in order, by half-open ranges', async () => {
      await store.append(firstBatch());
      const { entries } = firstBatch();
      same(await store.readEntries(1, 3), entries.slice(1));
      same(await store.readEntries(2, 2), []);
      same(await store.readEntries(2, 99), entries.slice(2));
      const hashes = Buffer.concat(entries.map((entry) => leafHash(entry.data)));
      same(await store.readData(1, 9), [entries[1]?.data, entries[2]?.data]);
      same(await store.leafHashes(0, 3), hashes);
      same(await store.leafHashes(1, 2), hashes.subarray(32, 64));
    });

    it("reads a loan's entries by number, below a leaf index if one is given", async () => {
      await store.append(firstBatch());
      await store.append({ loans: [], entries: [deposit(3, 'b', 1, b0), a2(4)] });
      const indexes = async (below?: number) =>
        (await store.loanEntries(keyOf('a'), below)).map((row) => row.leafIndex);
      expect(await indexes()).to.deep.equal([0, 2, 4]);
      expect(await indexes(4)).to.deep.equal([0, 2]);
      expect(await indexes(0)).to.deep.equal([]);
      for (const [seq, leafIndex] of [0, 2, 4].entries()) {
        expect((await store.loanEntry(keyOf('a'), seq))?.leafIndex).to.equal(leafIndex);
      }
      for (const seq of [-1, 3, 0.5]) {
        expect(await store.loanEntry(keyOf('a'), seq)).to.equal(undefined);
      }
    });

    it('knows the last entry of each loan', async () => {
      await store.append(firstBatch());
      await store.append({ loans: [loan('c')], entries: [deposit(3, 'c', 0)] });
      const heads = await store.loanHeads(['a', 'd', 'b', 'c'].map(keyOf));
      same(heads, [
        { count: 2, leafIndex: 2, leafHash: leafHash(a1.data) },
        undefined,
        { count: 1, leafIndex: 1, leafHash: leafHash(b0.data) },
        { count: 1, leafIndex: 3, leafHash: leafHash(deposit(3, 'c', 0).data) },
      ]);
    });

    it('finds events and loans, one or many, in the order asked', async () => {
      await store.append(firstBatch());
      for (const index of [0, 1, 2]) {
        expect(await store.findEvent(eventKey(index))).to.equal(index);
      }
      const events = await store.findEvents([2, 7, 0].map(eventKey));
      expect(events).to.deep.equal([2, undefined, 0]);
      const names = ['b', 'x', 'a'];
      const found = [loan('b'), undefined, loan('a')];
      same(await store.findLoans(names.map((name) => `reference ${name}`)), found);
      same(await store.findLoansByKey(names.map(keyOf)), found);
    });

    it('keeps the loan map: one root for the same loans, one for each checkpoint', async () => {
      await store.append(firstBatch());
      const first = await store.updateMap();
      const reference = new Map([
        ['a', a1],
        ['b', b0],
      ]);
      const leaves = [...reference].map(([name, row]) => mapLeafOf(name, row));
      const { root, nodes } = await updateLoanMap(EMPTY_MAP, leaves, async () => undefined);
      expect(plain(first)).to.deep.equal({ covers: 3, root: toHex(root) });
      await store.append(publication());
      await store.append({ loans: [loan('c')], entries: [a2(4), deposit(5, 'c', 0)] });
      expect((await store.updateMap()).covers).to.equal(6);
      for (const name of ['a', 'b', 'c', 'd']) {
        const keyHash = mapKeyHash(loanKey(evidenceNo(name)));
        const wanted = await proveLoanMap(root, keyHash, async (hash) => nodes.get(hash));
        same(await store.proveLoan(keyHash, 4), wanted);
      }
      const replay = store.replay();
      replay.add(await store.readEntries(0, 6));
      same(replay.map(), await store.updateMap());
      expect(replay.add([{ ...a2(6), leafIndex: 6 }])).to.deep.equal([]);
      expect(replay.add([withEventOf(deposit(7, 'e', 0), 0)])).to.deep.equal([7]);
      replay.close();
    });

    it('lists loans by reference and checkpoints by size', async () => {
      await store.append(firstBatch());
      await store.append(publication());
      const second = { ...publication().checkpoint, size: 6, note: 'second' };
      await store.append({
        loans: [],
        entries: [a2(4), mapEntry(5)],
        checkpoint: second as never,
      });
      const references = (await store.listLoans()).map((row) => row.reference);
      expect(references).to.deep.equal(['reference a', 'reference b']);
      expect((await store.listCheckpoints()).map((row) => row.size)).to.deep.equal([4, 6]);
      expect((await store.latestCheckpoint())?.note).to.equal('second');
    });

    const refused: [string, () => AppendBatch][] = [
      ['an entry at a place that is taken', () => batchOf(a2(1))],
      ['an entry that leaves a gap', () => batchOf(a2(7))],
      ['a number of the loan that is taken', () => batchOf(deposit(3, 'a', 1, a0))],
      ['a number of the loan that is not the next', () => batchOf(deposit(3, 'a', 3, a1))],
      ['an entry that follows another one', () => batchOf(deposit(3, 'a', 2, a0))],
      ['a second first entry', () => batchOf(deposit(3, 'a', 0))],
      ['an entry of an unknown loan', () => batchOf(deposit(3, 'c', 0))],
      ['an event that is known', () => batchOf(withEventOf(a2(3), 0))],
      ['an event twice in the batch', () => batchOf(a2(3), withEventOf(deposit(4, 'b', 1, b0), 3))],
      ['a loan that is known', () => ({ loans: [loan('a')], entries: [a2(3)] })],
      [
        'a reference that is known',
        () => ({ loans: [{ ...loan('c'), reference: 'reference a' }], entries: [a2(3)] }),
      ],
    ];
    for (const [what, batch] of refused) {
      it(`takes all of a batch or nothing: ${what}`, async () => {
        await store.append(firstBatch());
        const { loans, entries } = batch();
        const wanted = {
          loans: [...loans, loan('d')],
          entries: [...entries, deposit((entries[0]?.leafIndex ?? 0) + 1, 'd', 0)],
        };
        const refusal = await store.append(wanted).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(refusal).to.be.instanceOf(Error);
        for (const get of [async () => store, () => subject.reopen()]) {
          const at = await get();
          expect(await at.treeSize()).to.equal(3);
          expect(await at.findLoan('reference d')).to.equal(undefined);
          expect(await at.checkIntegrity()).to.deep.equal([]);
        }
      });
    }

    for (const table of ['loans', 'entries', 'checkpoints']) {
      it(`lets nobody change or delete rows of ${table}`, async () => {
        await store.append(firstBatch());
        await store.append(publication());
        expect(() => subject.run(`DELETE FROM ${table}`)).to.throw('insert-only');
        const target = { loans: 'reference', entries: 'data' }[table] ?? 'note';
        expect(() => subject.run(`UPDATE ${table} SET ${target} = ${target}`)).to.throw(
          'insert-only',
        );
        expect(() =>
          subject.run(`INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`),
        ).to.throw();
        expect(await store.treeSize()).to.equal(4);
        expect(await store.checkIntegrity()).to.deep.equal([]);
      });
    }
  });
}

function batchOf(...entries: EntryRow[]): AppendBatch {
  return { loans: [], entries };
}

function mapLeafOf(name: string, row: EntryRow) {
  const { seq } = parseEntry(row.data) as DepositEntry;
  const value = { count: seq + 1, head: leafHash(row.data) };
  return {
    keyHash: mapKeyHash(loanKey(evidenceNo(name))),
    valueHash: mapValueHash(value),
  };
}

function withEventOf(row: EntryRow, leafIndex: number): EntryRow {
  const { deposit: private_ } = row;
  if (private_ === undefined) return row;
  return { ...row, deposit: { ...private_, eventKey: eventKey(leafIndex) } };
}
