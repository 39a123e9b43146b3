import { setTimeout as sleep } from 'node:timers/promises';
import { getCreateAddress } from 'ethers';
import { AnchorChainError, type ChainIdentity } from '../../evidence/anchor/ports.ts';
import { readQuantity, readReceipt } from './eth-answers.ts';
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
  /** Told of each transaction that was sent. */
  onSent?: (txHash: string) => void;
}

/** Seconds to wait for one transaction. */
const PATIENCE = 300;

/**
 * Deploys the registry, unless one is named, and opens the log in it, unless it is open. What is
 * there decides what is sent, so it can be run again; but a run that was broken off after the
 * deployment must be told the registry's address, or it deploys another one.
 * @throws AnchorChainError CHAIN_CODE_MISMATCH when something else runs at the address,
 *   CHAIN_CALL_FAILED when a transaction is refused, CHAIN_UNREACHABLE when it is in no block in
 *   time, CHAIN_SETTINGS_INVALID when the log belongs to another publisher there
 */
export async function deployRegistry(deployment: Deployment): Promise<ChainIdentity> {
  const { adminKey, logId, fees, registry: given } = deployment;
  const request = withCodedErrors(deployment.request);
  const chainId = readQuantity(await request('eth_chainId', []));
  const admin = addressOfKey(adminKey);
  let nonce = readQuantity(await request('eth_getTransactionCount', [admin, 'latest']));
  const registry = (given ?? getCreateAddress({ from: admin, nonce })).toLowerCase();
  const send = async (to: string | null, data: string) => {
    const fields = { chainId, nonce, to, data, gasLimit: 3_000_000n, fee: firstFee(fees) };
    nonce += 1;
    await sendAndWait(request, signTransaction(fields, adminKey), deployment.onSent);
  };
  if (given === undefined) await send(null, REGISTRY_BYTECODE);
  const reader = createRegistryReader(request, registry);
  const identity = await reader.identity();
  if (identity.codeHash !== REGISTRY_CODE_HASH) {
    const what = `the code at ${registry} is not the registry of this version`;
    throw new AnchorChainError('CHAIN_CODE_MISMATCH', what, 'Check the address and the network.');
  }
  const publisher = deployment.publisher.toLowerCase();
  if ((await reader.publisherOf(logId)) === null) {
    await send(registry, encodeRegisterLog(logId, admin, publisher));
  }
  const seated = await reader.publisherOf(logId);
  if (seated === publisher) return identity;
  const what = `the publisher of the log in ${registry} is ${seated}`;
  const remedy = 'Use its key, or have the admin of the log rotate the publisher.';
  throw new AnchorChainError('CHAIN_SETTINGS_INVALID', what, remedy);
}

async function sendAndWait(
  request: EthRequest,
  signed: { txHash: string; raw: string },
  onSent: (txHash: string) => void = () => undefined,
): Promise<void> {
  await request('eth_sendRawTransaction', [signed.raw]);
  onSent(signed.txHash);
  for (let second = 0; second < PATIENCE; second++) {
    const answer = await request('eth_getTransactionReceipt', [signed.txHash]);
    const receipt = readReceipt(answer, signed.txHash);
    if (receipt?.succeeded === true) return;
    if (receipt !== null) {
      const remedy = 'Check the balance of the admin and the gas limit of the network.';
      throw new AnchorChainError('CHAIN_CALL_FAILED', `${signed.txHash} was reverted`, remedy);
    }
    await sleep(second < 5 ? 200 : 1_000);
  }
  const what = `${signed.txHash} is in no block after five minutes`;
  throw new AnchorChainError('CHAIN_UNREACHABLE', what, 'Look for it before trying again.');
}
