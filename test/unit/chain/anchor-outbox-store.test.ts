import { expect } from 'chai';
import { anchorOutboxSchema } from '../../../src/adapters/sqlite/anchor-outbox-store.ts';
import { LOG_ID, openMemoryStore } from './anchor-fixture.ts';
import { codeOf } from './chain-fixture.ts';

const at = '2026-01-01T00:00:00.000Z';
const wanted = (size: number, target = 'one') => ({
  target,
  logId: LOG_ID,
  size,
  root: size.toString(16).padStart(64, '0'),
  at,
});
const attempt = (nonce: number, n = nonce) => ({
  publisher: `0x${'ab'.repeat(20)}`,
  nonce,
  txHash: `0x${n.toString(16).padStart(64, '0')}`,
  raw: '0x01',
  fee: '0 wei per gas',
  createdAt: at,
});
const place = {
  txHash: attempt(0).txHash,
  blockNumber: 9,
  blockHash: `0x${'be'.repeat(32)}`,
  blockTime: 7,
};

describe('anchor outbox on SQLite', () => {
  it('can be set up over itself', () => {
    const { database } = openMemoryStore();
    database.exec(anchorOutboxSchema);
  });

  it('takes a checkpoint once for each target', async () => {
    const { store } = openMemoryStore();
    const first = await store.enqueue(wanted(5));
    expect((await store.enqueue(wanted(5))).id).to.equal(first.id);
    expect((await store.enqueue(wanted(5, 'two'))).id).not.to.equal(first.id);
    expect(first).to.include({ state: 'QUEUED', size: 5, target: 'one' });
  });

  it('follows a checkpoint through its states and keeps every one', async () => {
    const { store, database } = openMemoryStore();
    const { id } = await store.enqueue(wanted(5));
    await store.insertAttempt(id, attempt(0));
    await store.record(id, { state: 'SENT', at, detail: 'taken' });
    await store.record(id, { state: 'MINED', at, detail: 'in block 9', place });
    expect((await store.open('one')).map((item) => item.state)).to.deep.equal(['MINED']);
    await store.record(id, { state: 'FINAL', at, detail: 'confirmed', place });
    expect(await store.open('one')).to.deep.equal([]);
    const [item] = await store.list({ limit: 10 });
    expect(item?.place).to.deep.equal(place);
    expect(item?.attempts).to.deep.equal([attempt(0)]);
    const states = database.prepare('SELECT state FROM anchor_events ORDER BY id').pluck().all();
    expect(states).to.deep.equal(['QUEUED', 'PREPARED', 'SENT', 'MINED', 'FINAL']);
  });

  it('lets nothing follow an end, and no row be changed or removed', async () => {
    const { store, database } = openMemoryStore();
    const { id } = await store.enqueue(wanted(5));
    await store.insertAttempt(id, attempt(0));
    await store.pinIdentity('one', { chainId: 1, genesisHash: '', registry: '', codeHash: '' }, at);
    await store.record(id, { state: 'FINAL', at, detail: 'confirmed', place });
    const more = () => store.record(id, { state: 'SENT', at, detail: 'again' });
    expect(await codeOf(more)).to.match(/^SQLITE_CONSTRAINT/);
    for (const table of ['anchor_targets', 'anchor_items', 'anchor_attempts', 'anchor_events']) {
      const column = table === 'anchor_targets' ? 'target' : 'id';
      for (const sql of [`DELETE FROM ${table}`, `UPDATE ${table} SET ${column} = ${column}`]) {
        expect(() => database.exec(sql), sql).to.throw(/insert-only/);
      }
    }
  });

  it('gives a nonce to one checkpoint only, and counts on from the highest', async () => {
    const { store } = openMemoryStore();
    const [one, two] = [await store.enqueue(wanted(5)), await store.enqueue(wanted(6))];
    const { publisher } = attempt(0);
    expect(await store.nextOwnNonce('one', publisher)).to.equal(null);
    await store.insertAttempt(one.id, attempt(4));
    await store.insertAttempt(one.id, attempt(4, 77));
    expect(await store.nextOwnNonce('one', publisher)).to.equal(5);
    expect(await codeOf(() => store.insertAttempt(two.id, attempt(4, 78)))).to.match(
      /^SQLITE_CONS/,
    );
    expect((await store.open('one'))[1]).to.include({ state: 'QUEUED' });
    await store.insertAttempt(two.id, attempt(5));
  });

  it('keeps the first identity of a target', async () => {
    const { store } = openMemoryStore();
    const identity = { chainId: 1, genesisHash: '0xaa', registry: '0x1', codeHash: 'bb' };
    expect(await store.identity('one')).to.equal(null);
    await store.pinIdentity('one', identity, at);
    await store.pinIdentity('one', { ...identity, chainId: 2 }, at);
    expect(await store.identity('one')).to.deep.equal(identity);
  });

  it('finds the last final anchor and the first that covers a size', async () => {
    const { store } = openMemoryStore();
    for (const size of [4, 8, 16]) {
      const { id } = await store.enqueue(wanted(size));
      if (size < 16) await store.record(id, { state: 'FINAL', at, detail: '', place });
    }
    expect((await store.lastFinal('one', LOG_ID))?.size).to.equal(8);
    const covering = async (n: number) => (await store.firstFinalCovering('one', LOG_ID, n))?.size;
    expect([await covering(1), await covering(4), await covering(5)]).to.deep.equal([4, 4, 8]);
    expect([await covering(9), await store.lastFinal('two', LOG_ID)]).to.deep.equal([
      undefined,
      null,
    ]);
  });
});
