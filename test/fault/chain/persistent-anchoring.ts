import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openEmbeddedInstallation } from '../../../src/adapters/chain/embedded-installation.ts';
import { createEvmAnchorChain } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import {
  anchorOutboxSchema,
  createAnchorOutboxStore,
} from '../../../src/adapters/sqlite/anchor-outbox-store.ts';
import { createAnchorer } from '../../../src/evidence/anchor/anchor-checkpoints.ts';
import type { AnchorChain, AnchorOutboxStore } from '../../../src/evidence/anchor/ports.ts';
import { LOG_ID, MemoryLog, POLICY } from '../../unit/chain/anchor-fixture.ts';

type Parts = { chain: AnchorChain; store: AnchorOutboxStore };

/**
 * An embedded installation and an outbox on the disk, as a service would have them.
 * @param keys admin and publisher, 64 bytes in hex
 * @param size number of entries in the log, which is the same at every start
 */
export async function openAnchoring(
  folder: string,
  keys: string,
  size: number,
  wrap: (chain: AnchorChain, store: AnchorOutboxStore) => Parts = (chain, store) => ({
    chain,
    store,
  }),
) {
  const bytes = Buffer.from(keys, 'hex');
  const [admin, publisher] = [bytes.subarray(0, 32), bytes.subarray(32)];
  const database = new Database(join(folder, 'outbox.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(anchorOutboxSchema);
  const now = () => new Date();
  const installation = await openEmbeddedInstallation({
    folder: join(folder, 'chain'),
    keys: { admin, publisher },
    now,
    random: { bytes: (length) => randomBytes(length) },
    logId: LOG_ID,
  });
  const { chain: embedded, identity } = installation;
  const plain = createEvmAnchorChain({
    target: 'embedded',
    request: embedded.request.bind(embedded),
    chainId: identity.chainId,
    registry: identity.registry,
    publisherKey: publisher,
    fees: { mode: 'zero' },
  });
  const { chain, store } = wrap(plain, createAnchorOutboxStore(database));
  const log = new MemoryLog();
  const checkpoint = log.grow(size);
  const policy = { ...POLICY, expected: identity, confirmations: 1 };
  const anchorer = createAnchorer({ chain, store, log, clock: { now }, policy });
  return {
    anchorer,
    store,
    checkpoint,
    identity,
    embedded,
    async close() {
      await installation.close();
      database.close();
    },
  };
}
