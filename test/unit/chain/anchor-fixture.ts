import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { getCreateAddress } from 'ethers';
import { genesisRecord } from '../../../src/adapters/chain/embedded-genesis.ts';
import {
  createRegistryReader,
  encodeRegisterLog,
  encodeRotatePublisher,
  REGISTRY_BYTECODE,
} from '../../../src/adapters/chain/evidence-registry.ts';
import {
  addressOfKey,
  createEvmAnchorChain,
  signTransaction,
} from '../../../src/adapters/chain/evm-anchor-chain.ts';
import {
  type EthRequest,
  startSimulatedNetwork,
} from '../../../src/adapters/chain/simulated-network.ts';
import type { FeePolicy } from '../../../src/adapters/chain/transaction-fees.ts';
import {
  anchorOutboxSchema,
  createAnchorOutboxStore,
} from '../../../src/adapters/sqlite/anchor-outbox-store.ts';
import { createAnchorer } from '../../../src/evidence/anchor/anchor-checkpoints.ts';
import type { AnchorPolicy } from '../../../src/evidence/anchor/anchor-context.ts';
import type {
  AnchorChain,
  AnchoredLog,
  AnchorOutboxStore,
  ChainIdentity,
} from '../../../src/evidence/anchor/ports.ts';
import { toHex, utf8 } from '../../../src/formats/bytes.ts';
import { consistencyProof, leafHash, nodeHash, rangeRoot } from '../../../src/formats/merkle.ts';

export const LOG_ID = 'a1'.repeat(32);

/** A log kept in memory, with real hashes. */
export class MemoryLog implements AnchoredLog {
  readonly logId = LOG_ID;
  readonly #leaves: Uint8Array[];

  constructor(leaves: Uint8Array[] = []) {
    this.#leaves = leaves;
  }

  /** Appends `count` entries; gives the checkpoint. */
  grow(count: number, what = 'entry'): { size: number; root: string } {
    for (let i = 0; i < count; i++) {
      this.#leaves.push(leafHash(utf8(`${what} ${this.#leaves.length}`)));
    }
    return { size: this.#leaves.length, root: this.#root(this.#leaves.length) };
  }

  /** The log as an old backup holds it. */
  backup(size: number): MemoryLog {
    return new MemoryLog(this.#leaves.slice(0, size));
  }

  async rootAt(size: number): Promise<string | null> {
    return size <= this.#leaves.length ? this.#root(size) : null;
  }

  async consistencyProof(oldSize: number, newSize: number): Promise<string[]> {
    return consistencyProof(oldSize, newSize, this.#read).map(toHex);
  }

  #root(size: number): string {
    return toHex(rangeRoot(0, size, this.#read));
  }

  readonly #read = (level: number, index: number): Uint8Array => {
    if (level === 0) return this.#leaves[index] as Uint8Array;
    return nodeHash(this.#read(level - 1, 2 * index), this.#read(level - 1, 2 * index + 1));
  };
}

export function openMemoryStore(): { store: AnchorOutboxStore; database: Database.Database } {
  const database = new Database(':memory:');
  database.exec(anchorOutboxSchema);
  return { store: createAnchorOutboxStore(database), database };
}

/** A clock that stands still until it is moved. */
export function handClock() {
  let milliseconds = Date.parse('2026-01-01T00:00:00Z');
  return {
    now: () => new Date(milliseconds),
    advance(ms: number) {
      milliseconds += ms;
    },
  };
}

export interface ManualNetwork {
  request: EthRequest;
  identity: ChainIdentity;
  adminKey: Uint8Array;
  publisherKey: Uint8Array;
  /** Mines everything that waits, and `extra` empty blocks. */
  mine(extra?: number): Promise<void>;
  /** Forgets everything after `snapshot`. */
  snapshot(): Promise<unknown>;
  revert(snapshot: unknown): Promise<void>;
  /** A transaction of `key` outside our books, offering `gasPrice`. */
  sendForeign(key: Uint8Array, gasPrice: bigint, to?: string, data?: string): Promise<void>;
  rotateTo(publisher: string, gasPrice?: bigint): Promise<void>;
  close(): Promise<void>;
}

const CHAIN_ID = 20_263;

/** A chain with the registry on it that mines when told to, as a public network would. */
export async function startManualNetwork(): Promise<ManualNetwork> {
  const [adminKey, publisherKey] = [randomBytes(32), randomBytes(32)];
  const [admin, publisher] = [addressOfKey(adminKey), addressOfKey(publisherKey)];
  const coinbase = `0x${randomBytes(20).toString('hex')}`;
  const seed = { chainId: CHAIN_ID, initialDate: 1_700_000_000, coinbase };
  const { request, close } = await startSimulatedNetwork(genesisRecord(seed, [admin, publisher]));
  const sendForeign: ManualNetwork['sendForeign'] = async (key, gasPrice, to, data = '0x') => {
    const params = [addressOfKey(key), 'latest'];
    const nonce = Number(await request('eth_getTransactionCount', params));
    const fields = { chainId: CHAIN_ID, nonce, data, gasLimit: 3_000_000n };
    const fee = { type: 0, gasPrice } as const;
    const signed = signTransaction({ ...fields, to: to ?? null, fee }, key);
    await request('eth_sendRawTransaction', [signed.raw]);
  };
  const registry = getCreateAddress({ from: admin, nonce: 0 }).toLowerCase();
  await sendForeign(adminKey, 0n, undefined, REGISTRY_BYTECODE);
  await sendForeign(adminKey, 0n, registry, encodeRegisterLog(LOG_ID, admin, publisher));
  const identity = await createRegistryReader(request, registry).identity();
  await request('evm_setAutomine', [false]);
  return {
    request,
    identity,
    adminKey,
    publisherKey,
    sendForeign,
    close,
    async mine(extra = 0) {
      for (let i = 0; i <= extra; i++) await request('evm_mine', []);
    },
    snapshot: () => request('evm_snapshot', []),
    async revert(snapshot) {
      await request('evm_revert', [snapshot]);
    },
    rotateTo: (to, gasPrice = 0n) =>
      sendForeign(adminKey, gasPrice, registry, encodeRotatePublisher(LOG_ID, to)),
  };
}

export const POLICY = {
  confirmations: 3,
  resendAfterMs: 60_000,
  replaceAfterMs: 300_000,
  maxBacklog: 8,
};

/** An anchorer over a network, with what a test may want to change. */
export function anchorerOn(
  network: Pick<ManualNetwork, 'request' | 'identity' | 'publisherKey'>,
  parts: {
    log: AnchoredLog;
    store: AnchorOutboxStore;
    clock: { now(): Date };
    fees?: FeePolicy;
    policy?: Partial<AnchorPolicy>;
    /** Changes the chain as the anchorer sees it. */
    wrap?: (chain: AnchorChain) => AnchorChain;
  },
) {
  const { request, identity, publisherKey } = network;
  const plain = createEvmAnchorChain({
    target: 'test',
    request,
    chainId: identity.chainId,
    registry: identity.registry,
    publisherKey,
    fees: parts.fees ?? { mode: 'legacy', gasPrice: 1_000n },
  });
  const chain = parts.wrap?.(plain) ?? plain;
  const policy = { expected: identity, ...POLICY, ...parts.policy };
  return createAnchorer({ chain, store: parts.store, log: parts.log, clock: parts.clock, policy });
}
