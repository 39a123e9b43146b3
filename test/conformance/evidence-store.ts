import { expect } from 'chai';
import type { AppendBatch, EntryRow, EvidenceStore } from '../../src/evidence/ports.ts';
import { toHex } from '../../src/formats/bytes.ts';
import { sha256 } from '../../src/formats/digest.ts';
import { evidenceNumber, loanKey } from '../../src/formats/evidence-number.ts';
import { leafHash } from '../../src/formats/merkle.ts';
import { seeded } from '../vectors/sample-log.ts';

/** An adapter under test, with a way to open it anew. */
export interface StoreUnderTest {
  store: EvidenceStore;
  reopen(): EvidenceStore;
  /** Runs SQL behind the adapter's back. */
  run(sql: string): void;
  remove(): void;
}

const evidenceNo = (name: string) => evidenceNumber(seeded(name).subarray(0, 16));
const keyOf = (name: string) => toHex(loanKey(evidenceNo(name)));

function loan(name: string) {
  return {
    loanKey: keyOf(name),
    evidenceNo: evidenceNo(name),
    reference: `reference ${name}`,
  };
}

function deposit(leafIndex: number, name: string, seq: number): EntryRow {
  const data = seeded(`entry ${leafIndex}`);
  return {
    leafIndex,
    leafHash: leafHash(data),
    data,
    loanKey: keyOf(name),
    seq,
    deposit: {
      eventKey: toHex(seeded(`event ${leafIndex}`)),
      sealedStatement: seeded(`statement ${leafIndex}`),
      ...(leafIndex % 2 === 0
        ? { sealedContent: seeded(`content ${leafIndex}`) }
        : { objectId: toHex(seeded(`object ${leafIndex}`)) }),
    },
  };
}

function mapEntry(leafIndex: number): EntryRow {
  const data = seeded(`map ${leafIndex}`);
  return { leafIndex, leafHash: leafHash(data), data };
}

const firstBatch = (): AppendBatch => ({
  loans: [loan('b'), loan('a')],
  entries: [deposit(0, 'a', 0), deposit(1, 'b', 0), deposit(2, 'a', 1)],
});

function publication(): AppendBatch {
  const node = seeded('node');
  return {
    loans: [],
    entries: [mapEntry(3)],
    mapNodes: new Map([[toHex(sha256(node)), node]]),
    checkpoint: {
      size: 4,
      note: 'the signed note 存证',
      mapRoot: toHex(seeded('root')),
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
      for (const get of [() => store, () => subject.reopen()]) {
        const at = get();
        expect(await at.treeSize()).to.equal(4);
        same(await at.readEntries(0, 4), [...entries, mapEntry(3)]);
        same(await at.findLoan('reference a'), loan('a'));
        same(await at.findLoanByEvidenceNo(evidenceNo('b')), loan('b'));
        same(await at.latestCheckpoint(), publication().checkpoint);
        same(await at.checkpoint(4), publication().checkpoint);
        same(await at.mapNode(toHex(sha256(seeded('node')))), seeded('node'));
        expect(await at.checkIntegrity()).to.deep.equal([]);
      }
    });

    it('knows nothing of what it was not given', async () => {
      await store.append(firstBatch());
      expect(await store.findLoan('reference c')).to.equal(undefined);
      expect(await store.findLoan('REFERENCE A'), 'references are exact').to.equal(undefined);
      expect(await store.findLoanByEvidenceNo(evidenceNo('c'))).to.equal(undefined);
      expect(await store.findEvent(toHex(seeded('no event')))).to.equal(undefined);
      expect(await store.lastLoanEntry(keyOf('c'))).to.equal(undefined);
      expect(await store.loanEntry(keyOf('c'), 0)).to.equal(undefined);
      expect(await store.loanEntries(keyOf('c'))).to.deep.equal([]);
      expect(await store.checkpoint(3)).to.equal(undefined);
      expect(await store.mapNode('00'.repeat(32))).to.equal(undefined);
    });

    it('reads entries and leaf hashes in order, by half-open ranges', async () => {
      await store.append(firstBatch());
      const { entries } = firstBatch();
      same(await store.readEntries(1, 3), entries.slice(1));
      same(await store.readEntries(2, 2), []);
      same(await store.readEntries(2, 99), entries.slice(2));
      const hashes = Buffer.concat(entries.map((entry) => entry.leafHash));
      same(await store.leafHashes(0, 3), hashes);
      same(await store.leafHashes(1, 2), hashes.subarray(32, 64));
    });

    it("reads a loan's entries by number, below a leaf index if one is given", async () => {
      await store.append(firstBatch());
      await store.append({ loans: [], entries: [deposit(3, 'b', 1), deposit(4, 'a', 2)] });
      const indexes = async (below?: number) =>
        (await store.loanEntries(keyOf('a'), below)).map((row) => [row.seq, row.leafIndex]);
      expect(await indexes()).to.deep.equal([
        [0, 0],
        [1, 2],
        [2, 4],
      ]);
      expect(await indexes(4)).to.deep.equal([
        [0, 0],
        [1, 2],
      ]);
      expect(await indexes(0)).to.deep.equal([]);
      expect((await store.lastLoanEntry(keyOf('a')))?.leafIndex).to.equal(4);
      expect((await store.loanEntry(keyOf('a'), 1))?.seq).to.equal(1);
    });

    it('finds an event by its key', async () => {
      await store.append(firstBatch());
      for (const index of [0, 1, 2]) {
        expect(await store.findEvent(toHex(seeded(`event ${index}`)))).to.equal(index);
      }
    });

    it('lists loans by reference and checkpoints by size', async () => {
      await store.append(firstBatch());
      await store.append(publication());
      const second = { ...publication().checkpoint, size: 6, note: 'second' };
      await store.append({
        loans: [],
        entries: [deposit(4, 'a', 2), mapEntry(5)],
        checkpoint: second as never,
      });
      const references = (await store.listLoans()).map((row) => row.reference);
      expect(references).to.deep.equal(['reference a', 'reference b']);
      expect((await store.listCheckpoints()).map((row) => row.size)).to.deep.equal([4, 6]);
      expect((await store.latestCheckpoint())?.note).to.equal('second');
    });

    const refused: [string, () => AppendBatch][] = [
      ['an entry at a place that is taken', () => batchOf(deposit(1, 'a', 2))],
      ['an entry that leaves a gap', () => batchOf(deposit(7, 'a', 2))],
      ['a number of the loan that is taken', () => batchOf(deposit(3, 'a', 1))],
      ['an entry of an unknown loan', () => batchOf(deposit(3, 'c', 0))],
      ['an event that is known', () => batchOf(withEventOf(deposit(3, 'a', 2), 0))],
      ['a loan that is known', () => ({ loans: [loan('a')], entries: [deposit(3, 'a', 2)] })],
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
        for (const get of [() => store, () => subject.reopen()]) {
          const at = get();
          expect(await at.treeSize()).to.equal(3);
          expect(await at.findLoan('reference d')).to.equal(undefined);
          expect(await at.checkIntegrity()).to.deep.equal([]);
        }
      });
    }

    it('keeps a map node that it already has', async () => {
      await store.append(firstBatch());
      await store.append(publication());
      const { mapNodes } = publication();
      await store.append({ loans: [], entries: [mapEntry(4)], mapNodes: mapNodes ?? new Map() });
      expect(await store.checkIntegrity()).to.deep.equal([]);
    });

    for (const table of ['loans', 'entries', 'deposits', 'map_nodes', 'checkpoints']) {
      it(`lets nobody change or delete rows of ${table}`, async () => {
        await store.append(firstBatch());
        await store.append(publication());
        expect(() => subject.run(`DELETE FROM ${table}`)).to.throw('insert-only');
        const column = { map_nodes: 'node', checkpoints: 'note' }[table] ?? 'rowid';
        const target = table === 'loans' ? 'reference' : column;
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

function withEventOf(row: EntryRow, leafIndex: number): EntryRow {
  const { deposit: private_ } = row;
  if (private_ === undefined) return row;
  return { ...row, deposit: { ...private_, eventKey: toHex(seeded(`event ${leafIndex}`)) } };
}
