import { getCreateAddress } from 'ethers';
import type { ChainIdentity } from '../../evidence/anchor/ports.ts';
import type { RandomSource } from '../../evidence/ports.ts';
import { toHex } from '../../formats/bytes.ts';
import { type EmbeddedChain, openEmbeddedChain } from './embedded-chain.ts';
import { EmbeddedChainError } from './embedded-chain-error.ts';
import { type EmbeddedGenesis, readStoredGenesis } from './embedded-genesis.ts';
import { readQuantity, readReceipt } from './eth-answers.ts';
import {
  createRegistryReader,
  encodeRegisterLog,
  encodeRotatePublisher,
  REGISTRY_BYTECODE,
  REGISTRY_CODE_HASH,
} from './evidence-registry.ts';
import { addressOfKey, signTransaction } from './evm-anchor-chain.ts';

/** Shown by wallets; not the id of a public network, nor one of Hardhat's own. */
export const EMBEDDED_CHAIN_ID = 20_260;

export interface EmbeddedInstallationOptions {
  /** Folder of the chain alone, such as `<data>/chain`. */
  folder: string;
  /**
   * For a new chain; default `EMBEDDED_CHAIN_ID`. Each chain of an installation has its own: a
   * transaction that was signed for one is not valid on another (EIP-155).
   */
  chainId?: number;
  /** Private keys of this installation, 32 random bytes each, kept by the caller with mode 0600. */
  keys: {
    /** Deploys the registry and may replace the publisher; not needed for anchoring. */
    admin: Uint8Array;
    /** Signs anchors. */
    publisher: Uint8Array;
  };
  now: () => Date;
  random: RandomSource;
  /** 32 bytes, lower-case hex. */
  logId: string;
  /**
   * What an earlier start returned as `identity`, if there was one. A folder that was emptied since
   * is then refused instead of being filled with a chain that never heard of our anchors.
   */
  expected?: ChainIdentity | null;
  /** The caller holds the lock of the folder. */
  isLocked?: boolean;
}

export interface EmbeddedInstallation {
  chain: EmbeddedChain;
  identity: ChainIdentity;
  /** 0x addresses. */
  admin: string;
  publisher: string;
  /** True when this start deployed the registry. */
  isNew: boolean;
  close(): Promise<void>;
}

/**
 * The embedded chain with the registry deployed and the log open; makes what is missing.
 *
 * Two transactions of the admin: the first deploys (the address follows from the key and nonce 0),
 * the second opens the log. What is there decides what is sent, so a crash anywhere leaves a
 * beginning that the next start completes. A publisher key that differs from the registered one is
 * rotated in.
 *
 * @throws EmbeddedChainError those of `openEmbeddedChain`; CHAIN_JOURNAL_MISSING also for an emptied
 *   folder when `expected` is given; CHAIN_INSTALLATION_MISMATCH when the chain holds something else
 */
export async function openEmbeddedInstallation(
  options: EmbeddedInstallationOptions,
): Promise<EmbeddedInstallation> {
  const admin = addressOfKey(options.keys.admin);
  const publisher = addressOfKey(options.keys.publisher);
  const genesis = await chooseGenesis(options);
  const chain = await openEmbeddedChain({
    folder: options.folder,
    genesis,
    fundedAddresses: [admin],
    admittedAddresses: [publisher],
    now: options.now,
    isLocked: options.isLocked ?? false,
  });
  try {
    const registry = getCreateAddress({ from: admin, nonce: 0 }).toLowerCase();
    const isNew = await deployRegistry(chain, options.keys.admin);
    await openLog(chain, registry, { ...options, admin, publisher });
    const identity = await createRegistryReader(chain.request.bind(chain), registry).identity();
    requireOurRegistry(identity);
    return { chain, identity, admin, publisher, isNew, close: () => chain.close() };
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/** The folder's own genesis; for a new folder one that no other installation has. */
async function chooseGenesis(options: EmbeddedInstallationOptions): Promise<EmbeddedGenesis> {
  const stored = await readStoredGenesis(options.folder);
  if (stored !== null) return stored;
  if (options.expected) {
    throw new EmbeddedChainError(
      'CHAIN_JOURNAL_MISSING',
      `${options.folder} is empty, but this installation has anchored on a chain in it`,
      'Restore the chain folder from a backup; an empty chain would deny what was anchored.',
    );
  }
  return {
    chainId: options.chainId ?? EMBEDDED_CHAIN_ID,
    initialDate: Math.floor(options.now().getTime() / 1000),
    coinbase: `0x${toHex(options.random.bytes(20))}`,
  };
}

async function nextNonce(chain: EmbeddedChain, address: string): Promise<number> {
  return readQuantity(await chain.request('eth_getTransactionCount', [address, 'latest']));
}

async function deployRegistry(chain: EmbeddedChain, key: Uint8Array): Promise<boolean> {
  if ((await nextNonce(chain, addressOfKey(key))) > 0) return false;
  await sendAsAdmin(chain, key, { to: null, data: REGISTRY_BYTECODE });
  return true;
}

async function openLog(
  chain: EmbeddedChain,
  registry: string,
  wanted: Pick<EmbeddedInstallationOptions, 'keys' | 'logId'> & {
    admin: string;
    publisher: string;
  },
): Promise<void> {
  const reader = createRegistryReader(chain.request.bind(chain), registry);
  requireOurRegistry(await reader.identity());
  const present = await reader.publisherOf(wanted.logId);
  if (present === wanted.publisher) return;
  const { logId, admin, publisher } = wanted;
  const steps = [
    encodeRegisterLog(logId, admin, publisher),
    encodeRotatePublisher(logId, publisher),
  ];
  // Tried without sending first, so that a start in vain adds no block.
  for (const data of steps) {
    if (!(await wouldSucceed(chain, { from: admin, to: registry, data }))) continue;
    return sendAsAdmin(chain, wanted.keys.admin, { to: registry, data });
  }
  throw mismatch(`the log ${logId} in the registry has another admin than ${admin}`);
}

async function wouldSucceed(chain: EmbeddedChain, call: object): Promise<boolean> {
  try {
    await chain.request('eth_call', [call, 'latest']);
    return true;
  } catch {
    return false;
  }
}

async function sendAsAdmin(
  chain: EmbeddedChain,
  key: Uint8Array,
  call: { to: string | null; data: string },
): Promise<void> {
  const nonce = await nextNonce(chain, addressOfKey(key));
  const fee = { type: 0, gasPrice: 0n } as const;
  const fields = { chainId: chain.genesis.chainId, nonce, gasLimit: 3_000_000n, fee, ...call };
  const hash = await chain.sendRaw(signTransaction(fields, key).raw);
  const receipt = readReceipt(await chain.request('eth_getTransactionReceipt', [hash]), hash);
  if (receipt?.succeeded === true) return;
  throw mismatch(`the registry refused the admin's transaction ${hash}`);
}

function requireOurRegistry(identity: ChainIdentity): void {
  if (identity.codeHash === REGISTRY_CODE_HASH) return;
  throw mismatch(`the code at ${identity.registry} has the hash ${identity.codeHash}`);
}

function mismatch(what: string): EmbeddedChainError {
  const remedy =
    'The chain folder belongs to other keys or another version; restore the right one.';
  return new EmbeddedChainError('CHAIN_INSTALLATION_MISMATCH', what, remedy);
}
