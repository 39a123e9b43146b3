import { Interface, type InterfaceAbi, sha256 } from 'ethers';
import {
  type AnchorCall,
  AnchorChainError,
  type AnchorHead,
  type ChainIdentity,
  type RegistryAnchor,
} from '../../evidence/anchor/ports.ts';
import { type BlockHeader, readBlock, readBytes, readHash, readQuantity } from './eth-answers.ts';
import artifact from './evidence-registry.json' with { type: 'json' };
import type { EthRequest } from './simulated-network.ts';

const registry = new Interface(artifact.abi as InterfaceAbi);

/** SHA-256 of the runtime code of the registry that this version deploys; hex, no prefix. */
export const REGISTRY_CODE_HASH: string = artifact.codeHash;

/** Creation code of the registry, 0x-prefixed; it has no constructor arguments. */
export const REGISTRY_BYTECODE: string = artifact.bytecode;

const ZERO_ADDRESS = `0x${'0'.repeat(40)}`;

/** Calldata of `anchor`. */
export function encodeAnchor(call: AnchorCall): string {
  const proof = call.consistencyProof.map((node) => `0x${node}`);
  return registry.encodeFunctionData('anchor', [
    `0x${call.logId}`,
    call.newSize,
    `0x${call.newRoot}`,
    proof,
  ]);
}

/** Log id and new root (hex) of calldata of `anchor`; null for any other calldata. */
export function decodeAnchor(data: string): { logId: string; newRoot: string } | null {
  try {
    const call = registry.parseTransaction({ data });
    if (call?.name !== 'anchor') return null;
    return { logId: String(call.args[0]).slice(2), newRoot: String(call.args[2]).slice(2) };
  } catch {
    return null;
  }
}

/** Topics of the event that tells of one anchored root. */
export function anchoredTopics(logId: string, root: string): string[] {
  const event = registry.getEvent('CheckpointAnchored');
  return [event?.topicHash ?? '', `0x${logId}`, `0x${root}`];
}

/** Calldata of `registerLog`. */
export function encodeRegisterLog(logId: string, admin: string, publisher: string): string {
  return registry.encodeFunctionData('registerLog', [`0x${logId}`, admin, publisher]);
}

/** Calldata of `rotatePublisher`. */
export function encodeRotatePublisher(logId: string, newPublisher: string): string {
  return registry.encodeFunctionData('rotatePublisher', [`0x${logId}`, newPublisher]);
}

/**
 * The name and values of the registry's custom error in a failed call; null when there is none.
 * Nodes put the revert data at different depths.
 */
export function describeRevert(error: unknown): string | null {
  let layer: unknown = error;
  for (let depth = 0; depth < 6 && typeof layer === 'object' && layer !== null; depth++) {
    const { data, cause } = layer as { data?: unknown; cause?: unknown };
    const parsed = typeof data === 'string' ? parseRevert(data) : null;
    if (parsed !== null) return parsed;
    layer = typeof data === 'object' && data !== null ? data : cause;
  }
  return null;
}

function parseRevert(data: string): string | null {
  try {
    const error = registry.parseError(data);
    return error === null ? null : `${error.name}(${error.args.map(String).join(', ')})`;
  } catch {
    return null;
  }
}

/** Reads of one registry through one node. */
export interface RegistryReader {
  identity(): Promise<ChainIdentity>;
  head(logId: string): Promise<AnchorHead>;
  anchorOf(logId: string, root: string): Promise<RegistryAnchor | null>;
  /** null when the log is not open or its publisher's seat is empty. */
  publisherOf(logId: string): Promise<string | null>;
  block(blockNumber: number | 'latest'): Promise<BlockHeader | null>;
}

/** Turns whatever a node's interface throws into AnchorChainError. */
export function withCodedErrors(request: EthRequest): EthRequest {
  return async (method, params) => {
    try {
      return await request(method, params);
    } catch (cause) {
      if (cause instanceof AnchorChainError) throw cause;
      const why = cause instanceof Error ? cause.message.slice(0, 300) : 'unknown';
      const remedy = 'See the log of the node.';
      throw new AnchorChainError('CHAIN_CALL_FAILED', `${method}: ${why}`, remedy, { cause });
    }
  };
}

/** Reads of the registry at `address` (0x, any case). */
export function createRegistryReader(request: EthRequest, address: string): RegistryReader {
  const call = async (name: string, args: unknown[]) => {
    const data = registry.encodeFunctionData(name, args);
    const answer = readBytes(await request('eth_call', [{ to: address, data }, 'latest']));
    return decode(name, answer);
  };
  const block = async (number: number | 'latest') => {
    const tag = number === 'latest' ? number : `0x${number.toString(16)}`;
    return readBlock(await request('eth_getBlockByNumber', [tag, false]));
  };
  return {
    block,
    async identity() {
      const chainId = readQuantity(await request('eth_chainId', []));
      const genesisHash = (await block(0))?.hash ?? '';
      const code = readBytes(await request('eth_getCode', [address, 'latest']));
      const codeHash = sha256(code).slice(2);
      return { chainId, genesisHash, registry: address.toLowerCase(), codeHash };
    },
    async head(logId) {
      const [size, root] = await call('head', [`0x${logId}`]);
      return { size: safeSize(size), root: readHash(root) };
    },
    async anchorOf(logId, root) {
      const [anchor] = await call('anchorOf', [`0x${logId}`, `0x${root}`]);
      const [size, blockNumber, blockTime] = [...(anchor as Iterable<unknown>)].map(safeSize);
      if (!size || blockNumber === undefined || blockTime === undefined) return null;
      return { size, blockNumber, blockTime };
    },
    async publisherOf(logId) {
      const [publisher] = await call('publisherOf', [`0x${logId}`]);
      const address = String(publisher).toLowerCase();
      return address === ZERO_ADDRESS ? null : address;
    },
  };
}

function decode(name: string, answer: string): unknown[] {
  try {
    return [...registry.decodeFunctionResult(name, answer)];
  } catch (cause) {
    const what = `${name}: the answer is not that of an evidence registry`;
    const remedy = 'Check the address of the registry and the network.';
    throw new AnchorChainError('CHAIN_ANSWER_INVALID', what, remedy, { cause });
  }
}

function safeSize(value: unknown): number {
  const size = Number(value);
  if (Number.isSafeInteger(size)) return size;
  const remedy = 'Check the address of the registry and the network.';
  throw new AnchorChainError('CHAIN_ANSWER_INVALID', `${String(value)} is out of range`, remedy);
}
