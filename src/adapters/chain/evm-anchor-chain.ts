import { computeAddress, SigningKey, Transaction } from 'ethers';
import {
  type AnchorCall,
  type AnchorChain,
  AnchorChainError,
  type SignedTransaction,
} from '../../evidence/anchor/ports.ts';
import { findAnchorSigner } from './anchor-signer.ts';
import { readAmount, readBytes, readQuantity, readReceipt } from './eth-answers.ts';
import {
  createRegistryReader,
  describeRevert,
  encodeAnchor,
  withCodedErrors,
} from './evidence-registry.ts';
import type { EthRequest } from './simulated-network.ts';
import {
  describeFee,
  type FeeFields,
  type FeePolicy,
  firstFee,
  highestFee,
  raisedFee,
} from './transaction-fees.ts';

export interface EvmAnchorChainOptions {
  /** Name under which the outbox files everything of this registry. */
  target: string;
  /** `createJsonRpcClient(url)`, or the `request` of an embedded chain. */
  request: EthRequest;
  chainId: number;
  /** 0x address of the deployed EvidenceRegistry. */
  registry: string;
  /** Private key of the log's publisher, 32 bytes. */
  publisherKey: Uint8Array;
  fees: FeePolicy;
}

/** 0x address, lower case, of a 32-byte private key. */
export function addressOfKey(privateKey: Uint8Array): string {
  return computeAddress(new SigningKey(privateKey)).toLowerCase();
}

/** Wei of an account. */
export async function balanceOf(request: EthRequest, address: string): Promise<bigint> {
  return readAmount(await withCodedErrors(request)('eth_getBalance', [address, 'latest']));
}

/** Fields of a transaction that every sender of ours sets; nothing is asked from the network. */
export interface TransactionFields {
  chainId: number;
  nonce: number;
  /** null deploys. */
  to: string | null;
  data: string;
  gasLimit: bigint;
  fee: FeeFields;
}

/** Signs by RFC 6979: the same fields and key give the same bytes. */
export function signTransaction(fields: TransactionFields, key: Uint8Array): SignedTransaction {
  const { fee, ...rest } = fields;
  const transaction = Transaction.from({ ...rest, ...fee });
  transaction.signature = new SigningKey(key).sign(transaction.unsignedHash);
  const { hash, serialized } = transaction;
  return { nonce: fields.nonce, txHash: hash as string, raw: serialized, fee: describeFee(fee) };
}

/**
 * A fixed allowance instead of an estimate, which would depend on the node and on the moment.
 * Measured by `bench/gas.ts`: 75,000 for a first anchor; later ones 63,000 and 900 a proof node.
 */
function gasAllowance(proofNodes: number): bigint {
  return 160_000n + 4_000n * BigInt(proofNodes);
}

/**
 * Wei that the publisher's account must hold for its next anchor: a node takes no transaction whose
 * whole allowance at the highest fee is not there, although less than half of it is used.
 */
export function weiForAnchor(fees: FeePolicy, proofNodes: number): bigint {
  return gasAllowance(proofNodes) * highestFee(fees);
}

/**
 * The registry on any EVM network. No provider object with a memory of its own stands between us
 * and the node: nonces, receipts and confirmations are asked for each time, and the transaction is
 * complete before the network sees it.
 */
export function createEvmAnchorChain(given: EvmAnchorChainOptions): AnchorChain {
  const options = { ...given, registry: given.registry.toLowerCase() };
  const request = withCodedErrors(options.request);
  const reader = createRegistryReader(request, options.registry);
  const publisher = addressOfKey(options.publisherKey);
  return {
    target: options.target,
    publisher,
    identity: reader.identity,
    head: reader.head,
    anchorOf: reader.anchorOf,
    signerOf: (logId, root) => findAnchorSigner(request, reader, options, logId, root),
    async nextNonce() {
      return readQuantity(await request('eth_getTransactionCount', [publisher, 'latest']));
    },
    refusal: (call) => dryRun(request, options.registry, publisher, call),
    async prepare(call, nonce) {
      const { chainId, registry: to } = options;
      const gasLimit = gasAllowance(call.consistencyProof.length);
      const fee = firstFee(options.fees);
      const data = encodeAnchor(call);
      return signTransaction({ chainId, nonce, to, data, gasLimit, fee }, options.publisherKey);
    },
    prepareReplacement: async (raw) => replaceTransaction(options, raw),
    broadcast: (raw) => handOut(request, raw),
    async receipt(txHash) {
      return readReceipt(await request('eth_getTransactionReceipt', [txHash]), txHash);
    },
    async blockHash(blockNumber) {
      return (await reader.block(blockNumber))?.hash ?? null;
    },
    async latestBlock() {
      return readQuantity(await request('eth_blockNumber', []));
    },
  };
}

async function dryRun(
  request: EthRequest,
  to: string,
  from: string,
  call: AnchorCall,
): Promise<string | null> {
  try {
    readBytes(await request('eth_call', [{ from, to, data: encodeAnchor(call) }, 'latest']));
    return null;
  } catch (error) {
    if (!(error instanceof AnchorChainError) || error.code !== 'CHAIN_CALL_FAILED') throw error;
    return describeRevert(error) ?? error.message;
  }
}

function replaceTransaction(options: EvmAnchorChainOptions, raw: string): SignedTransaction | null {
  const previous = Transaction.from(raw);
  const fee = raisedFee(options.fees, previous);
  if (fee === null) return null;
  const { nonce, to, data, gasLimit } = previous;
  const fields = { chainId: options.chainId, nonce, to, data, gasLimit, fee };
  return signTransaction(fields, options.publisherKey);
}

async function handOut(request: EthRequest, raw: string): Promise<string> {
  try {
    await request('eth_sendRawTransaction', [raw]);
    return 'taken by the node';
  } catch (error) {
    return error instanceof Error ? `answer of the node: ${error.message}` : 'unknown answer';
  }
}
