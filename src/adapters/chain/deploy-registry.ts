import { setTimeout as sleep } from 'node:timers/promises';
import { getCreateAddress } from 'ethers';
import { AnchorChainError, type ChainIdentity } from '../../evidence/anchor/ports.ts';
import { readBlock, readBytes, readQuantity, readReceipt } from './eth-answers.ts';
import {
  createRegistryReader,
  encodeRegisterLog,
  REGISTRY_BYTECODE,
  REGISTRY_CODE_HASH,
  withCodedErrors,
} from './evidence-registry.ts';
import { addressOfKey, signTransaction } from './evm-anchor-chain.ts';
import type { EthRequest } from './simulated-network.ts';
import { type FeePolicy, firstFee } from './transaction-fees.ts';

/** A deployment that may have been sent: account and nonce give the registry's address. */
export interface StartedDeployment {
  chainId: number;
  genesisHash: string;
  /** 0x address, lower case. */
  admin: string;
  nonce: number;
}

export interface Deployment {
  request: EthRequest;
  /** Private key of the admin, 32 bytes; not needed again for anchoring. */
  adminKey: Uint8Array;
  /** 0x address of the account that will anchor. */
  publisher: string;
  /** 32 bytes, lower-case hex. */
  logId: string;
  /** A registry that is there already; absent: deploy one. */
  registry?: string;
  fees: FeePolicy;
  /** What an earlier run began and did not finish. */
  started?: StartedDeployment;
  /** Told of a deployment before it is sent. What this keeps must be on the disk on its return. */
  onDeploy?: (started: StartedDeployment) => void;
  /** Told of each transaction that was sent. */
  onSent?: (txHash: string) => void;
}

/** Seconds to wait for one transaction. */
const PATIENCE = 300;

/**
 * Deploys the registry, unless one is named, and opens the log in it, unless it is open. What is
 * there decides what is sent, so it can be run again; a run that was broken off goes on with its
 * own registry when it is given what `onDeploy` was told.
 * @throws AnchorChainError CHAIN_CODE_MISMATCH when something else runs at the address,
 *   CHAIN_CALL_FAILED when a transaction is refused, CHAIN_UNREACHABLE when it is in no block in
 *   time, CHAIN_SETTINGS_INVALID when the log belongs to another publisher there
 */
export async function deployRegistry(deployment: Deployment): Promise<ChainIdentity> {
  const { logId, registry: given } = deployment;
  const sender = await openSender(deployment);
  const registry = given?.toLowerCase() ?? (await deploy(sender, deployment));
  const reader = createRegistryReader(sender.request, registry);
  const identity = await reader.identity();
  if (identity.codeHash !== REGISTRY_CODE_HASH) {
    const what = `the code at ${registry} is not the registry of this version`;
    throw new AnchorChainError('CHAIN_CODE_MISMATCH', what, 'Check the address and the network.');
  }
  const publisher = deployment.publisher.toLowerCase();
  const isOpen = async () => (await reader.publisherOf(logId)) !== null;
  if (!(await isOpen())) {
    const data = encodeRegisterLog(logId, sender.admin, publisher);
    await sender.send(await sender.nextNonce(), registry, data, isOpen);
  }
  const seated = await reader.publisherOf(logId);
  if (seated === publisher) return identity;
  const what = `the publisher of the log in ${registry} is ${seated}`;
  const remedy = 'Use its key, or have the admin of the log rotate the publisher.';
  throw new AnchorChainError('CHAIN_SETTINGS_INVALID', what, remedy);
}

/** The admin's account on the network. */
interface Sender {
  request: EthRequest;
  admin: string;
  chainId: number;
  nextNonce(): Promise<number>;
  /** Signed anew with the same nonce, fee and data it is the same transaction. */
  send(
    nonce: number,
    to: string | null,
    data: string,
    isDone: () => Promise<boolean>,
  ): Promise<void>;
}

async function openSender({ request: plain, adminKey, fees, onSent }: Deployment): Promise<Sender> {
  const request = withCodedErrors(plain);
  const chainId = readQuantity(await request('eth_chainId', []));
  const admin = addressOfKey(adminKey);
  // A node behind a balancer may not count yet what another one has just shown us in a block.
  let used = 0;
  return {
    request,
    admin,
    chainId,
    async nextNonce() {
      const counted = readQuantity(await request('eth_getTransactionCount', [admin, 'latest']));
      return Math.max(counted, used);
    },
    async send(nonce, to, data, isDone) {
      const fields = { chainId, nonce, to, data, gasLimit: 3_000_000n, fee: firstFee(fees) };
      await sendAndWait(request, signTransaction(fields, adminKey), isDone, onSent);
      used = nonce + 1;
    },
  };
}

/** @returns 0x address of the registry, lower case */
async function deploy(sender: Sender, { started, onDeploy }: Deployment): Promise<string> {
  const { request, admin, chainId } = sender;
  const genesisHash = readBlock(await request('eth_getBlockByNumber', ['0x0', false]))?.hash ?? '';
  const isOurs =
    started?.chainId === chainId && started.genesisHash === genesisHash && started.admin === admin;
  const codeAt = async (address: string) =>
    readBytes(await request('eth_getCode', [address, 'latest']));
  const addressAt = (nonce: number) => getCreateAddress({ from: admin, nonce }).toLowerCase();
  if (isOurs && (await codeAt(addressAt(started.nonce))) !== '0x') return addressAt(started.nonce);
  // What was begun is not in a block. Its nonce is taken again, so that one of the two can be mined
  // at most; once another transaction has used the nonce, it never will be.
  const next = await sender.nextNonce();
  const nonce = isOurs ? Math.max(started.nonce, next) : next;
  const registry = addressAt(nonce);
  onDeploy?.({ chainId, genesisHash, admin, nonce });
  const isThere = async () => (await codeAt(registry)) !== '0x';
  await sender.send(nonce, null, REGISTRY_BYTECODE, isThere);
  return registry;
}

/** `isDone`: what the transaction is to bring about, by whichever bytes of its nonce. */
async function sendAndWait(
  request: EthRequest,
  { txHash, raw }: { txHash: string; raw: string },
  isDone: () => Promise<boolean>,
  onSent: (txHash: string) => void = () => undefined,
): Promise<void> {
  await handOver(request, txHash, raw);
  onSent(txHash);
  for (let second = 0; second < PATIENCE; second++) {
    const receipt = readReceipt(await request('eth_getTransactionReceipt', [txHash]), txHash);
    if (receipt?.succeeded === true || (receipt === null && (await isDone()))) return;
    if (receipt !== null) {
      const remedy = 'Check the balance of the admin and the gas limit of the network.';
      throw new AnchorChainError('CHAIN_CALL_FAILED', `${txHash} was reverted`, remedy);
    }
    await sleep(second < 5 ? 200 : 1_000);
  }
  const what = `${txHash} is in no block after five minutes`;
  const remedy = 'Run the same again: it waits for this one. A higher fee takes its place.';
  throw new AnchorChainError('CHAIN_UNREACHABLE', what, remedy);
}

/** A node refuses what it has already: that is no failure. */
async function handOver(request: EthRequest, txHash: string, raw: string): Promise<void> {
  try {
    await request('eth_sendRawTransaction', [raw]);
  } catch (error) {
    const known = await request('eth_getTransactionByHash', [txHash]);
    if (known === null || known === undefined) throw error;
  }
}
