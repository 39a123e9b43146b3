import { AnchorChainError, type TransactionReceipt } from '../../evidence/anchor/ports.ts';

/** Readers of JSON-RPC results. A node's answer is hostile input: each checks the form it needs. */

function invalid(what: string, answer: unknown): AnchorChainError {
  const seen = (JSON.stringify(answer) ?? 'nothing').slice(0, 80);
  const remedy = 'Check that the address is that of an Ethereum node and not of a proxy before it.';
  return new AnchorChainError('CHAIN_ANSWER_INVALID', `expected ${what}, got ${seen}`, remedy);
}

/** A safe non-negative integer from a 0x-prefixed quantity. */
export function readQuantity(answer: unknown): number {
  if (typeof answer === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(answer)) {
    const value = Number(BigInt(answer));
    if (Number.isSafeInteger(value)) return value;
  }
  throw invalid('a quantity', answer);
}

/** An amount of wei from a 0x-prefixed quantity. */
export function readAmount(answer: unknown): bigint {
  if (typeof answer === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(answer)) return BigInt(answer);
  throw invalid('an amount', answer);
}

/** 0x-prefixed bytes, lower case. */
export function readBytes(answer: unknown): string {
  if (typeof answer === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(answer)) {
    return answer.toLowerCase();
  }
  throw invalid('hex bytes', answer);
}

/** 32 bytes of ours, such as a root: lower-case hex without prefix. */
export function readHash(answer: unknown): string {
  return readBlockHash(answer).slice(2);
}

/** 32 bytes of the chain's: 0x-prefixed lower-case hex. */
export function readBlockHash(answer: unknown): string {
  const bytes = readBytes(answer);
  if (bytes.length === 66) return bytes;
  throw invalid('32 bytes', answer);
}

export interface BlockHeader {
  number: number;
  hash: string;
  time: number;
}

/** A block header, or null when the node has no such block. */
export function readBlock(answer: unknown): BlockHeader | null {
  if (answer === null) return null;
  if (typeof answer !== 'object') throw invalid('a block', answer);
  const { number, hash, timestamp } = answer as Record<string, unknown>;
  return { number: readQuantity(number), hash: readBlockHash(hash), time: readQuantity(timestamp) };
}

/** The receipt of `txHash`, or null while it is in no block. */
export function readReceipt(answer: unknown, txHash: string): TransactionReceipt | null {
  if (answer === null) return null;
  if (typeof answer !== 'object') throw invalid('a receipt', answer);
  const { transactionHash, blockNumber, blockHash, status } = answer as Record<string, unknown>;
  if (blockHash === null || blockNumber === null) return null;
  if (readBytes(transactionHash) !== txHash) throw invalid(`the receipt of ${txHash}`, answer);
  return {
    blockNumber: readQuantity(blockNumber),
    blockHash: readBlockHash(blockHash),
    succeeded: readQuantity(status) === 1,
  };
}
