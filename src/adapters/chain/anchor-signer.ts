import { Transaction } from 'ethers';
import { readBytes, readQuantity } from './eth-answers.ts';
import { anchoredTopics, decodeAnchor, type RegistryReader } from './evidence-registry.ts';
import type { EthRequest } from './simulated-network.ts';

/** The registry whose anchors are looked at. */
export interface AnchorPlaceOnChain {
  chainId: number;
  /** 0x address, lower case. */
  registry: string;
}

/**
 * Who signed for an anchored root. The node only helps to find the transaction: that it is one to
 * this registry, for this log and root, and whose key signed it, is read from its own bytes, so a
 * node cannot make one up.
 * @returns 0x address, lower case; null when the node shows no such transaction
 * @throws AnchorChainError when the node does not answer
 */
export async function findAnchorSigner(
  request: EthRequest,
  reader: RegistryReader,
  place: AnchorPlaceOnChain,
  logId: string,
  root: string,
): Promise<string | null> {
  const anchor = await reader.anchorOf(logId, root);
  if (anchor === null) return null;
  const block = `0x${anchor.blockNumber.toString(16)}`;
  const filter = { address: place.registry, topics: anchoredTopics(logId, root) };
  const logs = await request('eth_getLogs', [{ ...filter, fromBlock: block, toBlock: block }]);
  const [event] = Array.isArray(logs) ? (logs as { transactionHash?: unknown }[]) : [];
  if (typeof event?.transactionHash !== 'string') return null;
  const answer = await request('eth_getTransactionByHash', [event.transactionHash]);
  const transaction = rebuild(answer, place.chainId);
  if (transaction === null) return null;
  const call = decodeAnchor(transaction.data);
  const isIt =
    transaction.to?.toLowerCase() === place.registry &&
    call?.logId === logId &&
    call.newRoot === root;
  return isIt ? (transaction.from?.toLowerCase() ?? null) : null;
}

/** The signed transaction that the answer describes; null when it describes none of our kinds. */
function rebuild(answer: unknown, chainId: number): Transaction | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const given = answer as Record<string, unknown>;
  const amount = (name: string) => BigInt(readBytesOfQuantity(given[name]));
  try {
    const type = readQuantity(given.type ?? '0x0');
    const fee =
      type === 2
        ? {
            maxFeePerGas: amount('maxFeePerGas'),
            maxPriorityFeePerGas: amount('maxPriorityFeePerGas'),
          }
        : { gasPrice: amount('gasPrice') };
    const { r, s, v, yParity } = given as Record<string, string>;
    return Transaction.from({
      type,
      // Not the node's word: under another chain id the signature gives another signer.
      chainId,
      nonce: readQuantity(given.nonce),
      to: readBytes(given.to),
      value: amount('value'),
      data: readBytes(given.input ?? given.data),
      gasLimit: amount('gas'),
      ...fee,
      signature: { r: wide(r), s: wide(s), v: Number(v ?? yParity) },
    });
  } catch {
    return null;
  }
}

/** Nodes leave leading zeros of a quantity out; a signature needs them. */
const wide = (quantity = ''): string => `0x${quantity.slice(2).padStart(64, '0')}`;

function readBytesOfQuantity(value: unknown): string {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? value : 'none';
}
