import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Transaction } from 'ethers';
import { type ChainJournal, type JournalRecord, openChainJournal } from './chain-journal.ts';
import { EmbeddedChainError } from './embedded-chain-error.ts';
import {
  createChainFolder,
  type EmbeddedGenesis,
  type GenesisRecord,
  genesisRecord,
  isNewChainFolder,
  JOURNAL_FILE,
  readGenesis,
} from './embedded-genesis.ts';
import { isReadMethod } from './eth-read-methods.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { type SimulatedNetwork, startSimulatedNetwork } from './simulated-network.ts';

export interface EmbeddedChainOptions {
  /** Existing or creatable folder that belongs to this chain alone. */
  folder: string;
  genesis: EmbeddedGenesis;
  /** 0x addresses; part of the genesis, so they never change for a folder. */
  fundedAddresses: readonly string[];
  /** Further accounts that may send, such as a publisher that was rotated in. */
  admittedAddresses?: readonly string[];
  now: () => Date;
  /** The caller holds the lock of the folder (`lockFolder`) for longer than this chain is open. */
  isLocked?: boolean;
}

export interface EmbeddedChain {
  readonly genesis: GenesisRecord;
  /** Bytes of a torn last journal line that this start cut off. */
  readonly droppedBytes: number;
  /**
   * One JSON-RPC call: reads, and `eth_sendRawTransaction`. Safe to expose.
   * @throws EmbeddedChainError CHAIN_METHOD_REFUSED and those of `sendRaw`; the node's own errors
   */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
  /**
   * Journals, executes and mines one signed transaction in a block of its own. Sending the same
   * bytes again is harmless.
   * @returns the transaction's hash; a reverted transaction is mined too, see its receipt
   * @throws EmbeddedChainError CHAIN_TRANSACTION_REFUSED, CHAIN_JOURNAL_WRITE_FAILED, CHAIN_CLOSED
   */
  sendRaw(raw: string): Promise<string>;
  /** Blocks after block 0. Each keeps about 28 kB of memory: roll over before some 20,000. */
  blockCount(): number;
  close(): Promise<void>;
}

const HELD_ELSEWHERE: FolderLock = { release: () => undefined };

/** 128 KiB, the usual limit of Ethereum nodes. */
const MAX_RAW_LENGTH = 2 + 2 * 131_072;

/**
 * Opens the chain of a folder, or makes it when the folder is new.
 *
 * Hardhat keeps its chain in memory only. What lasts is the journal: each transaction is written
 * and on the disk before it is executed, and a start executes all of them again with the same
 * block times, which must give the same block hashes.
 *
 * @throws EmbeddedChainError CHAIN_IN_USE, CHAIN_JOURNAL_MISSING, CHAIN_JOURNAL_CORRUPT (names the
 *   line), CHAIN_GENESIS_INVALID, CHAIN_GENESIS_MISMATCH, CHAIN_REPLAY_DIVERGED (names the block)
 */
export async function openEmbeddedChain(options: EmbeddedChainOptions): Promise<EmbeddedChain> {
  const wanted = genesisRecord(options.genesis, [...options.fundedAddresses]);
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const lock = options.isLocked === true ? HELD_ELSEWHERE : lockFolder(options.folder);
  const opened: { close(): unknown }[] = [{ close: () => lock.release() }];
  try {
    if (isNewChainFolder(options.folder)) await createChainFolder(options.folder, wanted);
    const journal = await openJournalOf(options.folder);
    opened.unshift(journal);
    const genesis = await readGenesis(options.folder, journal.records);
    requireSameGenesis(genesis, wanted);
    const network = await startSimulatedNetwork(genesis);
    opened.unshift(network);
    const tip = await replay(network, journal);
    return new JournalledChain({ options, genesis, lock, journal, network, tip });
  } catch (error) {
    for (const part of opened) await part.close();
    throw error;
  }
}

async function openJournalOf(folder: string): Promise<ChainJournal> {
  try {
    return await openChainJournal(join(folder, JOURNAL_FILE));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new EmbeddedChainError(
      'CHAIN_JOURNAL_MISSING',
      `${join(folder, JOURNAL_FILE)} is gone although the chain was in use`,
      'Restore the chain folder from a backup; an empty chain would deny what was anchored.',
      { cause },
    );
  }
}

function requireSameGenesis(stored: GenesisRecord, wanted: GenesisRecord): void {
  for (const key of Object.keys(stored) as (keyof GenesisRecord)[]) {
    if (String(stored[key]) === String(wanted[key])) continue;
    throw new EmbeddedChainError(
      'CHAIN_GENESIS_MISMATCH',
      `the chain was made with ${key} ${String(stored[key])}, asked for ${String(wanted[key])}`,
      'Open it with the keys and settings it was made with; another installation has its own folder.',
    );
  }
}

interface Tip {
  number: number;
  time: number;
}

interface Block extends Tip {
  hash: string;
}

async function latestBlock(network: SimulatedNetwork): Promise<Block> {
  const answer = await network.request('eth_getBlockByNumber', ['latest', false]);
  const block = answer as { number: string; timestamp: string; hash: string };
  return { number: Number(block.number), time: Number(block.timestamp), hash: block.hash };
}

/**
 * Mines one transaction at the given time, on top of block `parent`. A refusal by the node mines
 * nothing and throws; what counts is whether the block is there, not what the node says about it.
 */
async function execute(
  network: SimulatedNetwork,
  { raw, time }: { raw: string; time: number },
  parent: number,
): Promise<Block> {
  await network.request('evm_setNextBlockTimestamp', [time]);
  try {
    await network.request('eth_sendRawTransaction', [raw]);
  } catch (error) {
    const block = await latestBlock(network);
    if (block.number === parent) throw error;
    return block;
  }
  return latestBlock(network);
}

function diverged(number: number, expected: string, got: string): EmbeddedChainError {
  return new EmbeddedChainError(
    'CHAIN_REPLAY_DIVERGED',
    `block ${number} replays as ${got}, the journal recorded ${expected}`,
    'Start with the version of the service that wrote the journal, or restore the chain folder.',
  );
}

/** Executes the whole journal again; compares each block as it appears. */
async function replay(network: SimulatedNetwork, journal: ChainJournal): Promise<Tip> {
  let tip: Tip = await latestBlock(network);
  const steps = journal.records.slice(1);
  for (let i = 0; i < steps.length; i += 2) {
    const intent = steps[i] as Extract<JournalRecord, { kind: 'transaction' }>;
    const outcome = steps[i + 1];
    if (outcome === undefined) return finishLastIntent(network, journal, intent, tip);
    if (outcome.kind !== 'block') continue;
    const block = await execute(network, intent, tip.number).catch((error: Error) => {
      throw diverged(outcome.number, outcome.hash, `a refusal (${error.message})`);
    });
    if (block.hash !== outcome.hash || block.number !== outcome.number) {
      throw diverged(outcome.number, outcome.hash, block.hash);
    }
    tip = block;
  }
  return tip;
}

/** The service died between the intent and its outcome: nobody was told anything, so do it now. */
async function finishLastIntent(
  network: SimulatedNetwork,
  journal: ChainJournal,
  intent: Extract<JournalRecord, { kind: 'transaction' }>,
  tip: Tip,
): Promise<Tip> {
  try {
    const block = await execute(network, intent, tip.number);
    await journal.append({ kind: 'block', number: block.number, hash: block.hash }, 'durable');
    return block;
  } catch (error) {
    if (error instanceof EmbeddedChainError) throw error;
    await journal.append({ kind: 'rejected', reason: messageOf(error) }, 'durable');
    return tip;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300).toWellFormed() : 'unknown';
}

function refused(what: string, cause?: unknown): EmbeddedChainError {
  return new EmbeddedChainError(
    'CHAIN_TRANSACTION_REFUSED',
    what,
    'Sign with an account of this installation, its next nonce and this chain id.',
    { cause },
  );
}

interface Parts {
  options: EmbeddedChainOptions;
  genesis: GenesisRecord;
  lock: FolderLock;
  journal: ChainJournal;
  network: SimulatedNetwork;
  tip: Tip;
}

class JournalledChain implements EmbeddedChain {
  readonly genesis: GenesisRecord;
  readonly droppedBytes: number;
  readonly #parts: Parts;
  readonly #admitted: Set<string>;
  #tip: Tip;
  #closed = false;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.genesis = parts.genesis;
    this.droppedBytes = parts.journal.droppedBytes;
    this.#parts = parts;
    this.#tip = parts.tip;
    const { fundedAddresses, admittedAddresses = [] } = parts.options;
    const addresses = [...fundedAddresses, ...admittedAddresses];
    this.#admitted = new Set(addresses.map((address) => address.toLowerCase()));
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    this.#requireOpen();
    if (method === 'eth_sendRawTransaction') return this.sendRaw(String(params[0]));
    if (isReadMethod(method)) return this.#parts.network.request(method, params);
    throw new EmbeddedChainError(
      'CHAIN_METHOD_REFUSED',
      `the method ${method.slice(0, 60)} is not offered`,
      'This chain answers reads and eth_sendRawTransaction only.',
    );
  }

  sendRaw(raw: string): Promise<string> {
    this.#requireOpen();
    // One at a time: the node refuses a nonce that is not the very next, and the journal's order
    // must be the order of execution.
    const sent = this.#writes.then(() => this.#mine(raw));
    this.#writes = sent.catch(() => undefined);
    return sent;
  }

  blockCount(): number {
    return this.#tip.number;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writes;
    await this.#parts.network.close();
    await this.#parts.journal.close();
    this.#parts.lock.release();
  }

  #requireOpen(): void {
    if (!this.#closed) return;
    throw new EmbeddedChainError('CHAIN_CLOSED', 'the chain is closed', 'Restart the service.');
  }

  async #mine(raw: string): Promise<string> {
    const { network, journal, options } = this.#parts;
    const transaction = this.#admit(raw);
    const hash = transaction.hash as string;
    if ((await network.request('eth_getTransactionReceipt', [hash])) !== null) return hash;
    await this.#requireNextNonce(transaction);
    const time = Math.max(this.#tip.time + 1, Math.floor(options.now().getTime() / 1000));
    // A crash before this line is complete leaves a torn line, dropped at the next start: nobody
    // was told. A crash after it leaves an intent, which the next start executes.
    const intent = { raw: transaction.serialized, time };
    await journal.append({ kind: 'transaction', ...intent }, 'durable');
    let block: Block;
    try {
      block = await execute(network, intent, this.#tip.number);
    } catch (cause) {
      await journal.append({ kind: 'rejected', reason: messageOf(cause) }, 'lazy');
      throw refused(messageOf(cause), cause);
    }
    this.#tip = block;
    // Need not be on the disk: a lost outcome is computed again from the intent before it.
    await journal.append({ kind: 'block', number: block.number, hash: block.hash }, 'lazy');
    return hash;
  }

  /**
   * Whoever reaches the loopback port may hand in transactions, and each costs disk, memory and
   * start-up time for ever. Only the installation's accounts may therefore send; a signature
   * proves the account, so the port itself needs no password.
   */
  #admit(raw: string): Transaction {
    if (raw.length > MAX_RAW_LENGTH) throw refused('the transaction is longer than 128 KiB');
    let transaction: Transaction;
    try {
      transaction = Transaction.from(raw);
    } catch (cause) {
      throw refused('not a signed transaction', cause);
    }
    const sender = transaction.from;
    if (sender === null) throw refused('the transaction is not signed');
    if (!this.#admitted.has(sender.toLowerCase())) throw refused(`${sender} may not send here`);
    if (transaction.chainId !== BigInt(this.genesis.chainId)) {
      throw refused(`chain id ${transaction.chainId} is not ${this.genesis.chainId}`);
    }
    if (transaction.gasLimit > BigInt(this.genesis.blockGasLimit)) {
      throw refused(`gas limit ${transaction.gasLimit} is above ${this.genesis.blockGasLimit}`);
    }
    return transaction;
  }

  async #requireNextNonce(transaction: Transaction): Promise<void> {
    const params = [transaction.from, 'latest'];
    const next = Number(await this.#parts.network.request('eth_getTransactionCount', params));
    if (transaction.nonce === next) return;
    throw refused(`nonce ${transaction.nonce} is not the account's next, which is ${next}`);
  }
}
