import { AnchorChainError } from '../../evidence/anchor/ports.ts';
import { createRegistryReader, REGISTRY_CODE_HASH, withCodedErrors } from './evidence-registry.ts';
import { createJsonRpcClient } from './json-rpc-client.ts';
import type { EthRequest } from './simulated-network.ts';

/** What a chain says about one root, for a verifier to hold against its own policy. */
export interface AnchorReading {
  chainId: number;
  genesisHash: string;
  codeHash: string;
  size: number;
  blockNumber: number;
  /** Seconds since 1970-01-01 UTC. */
  blockTime: number;
  blockHash: string;
}

/**
 * Reads one anchor from a node; needs no key and sends nothing.
 *
 * @param node URL of a JSON-RPC node, or the request function of a chain in this process
 * @param registry 0x address; it must come from the verifier's policy, not from the evidence
 * @param logId 32 bytes, lower-case hex
 * @param root 32 bytes, lower-case hex
 * @param expectedCodeHash of the registry's runtime code; default: that of this version
 * @returns null when the registry never saw the root
 * @throws AnchorChainError CHAIN_UNREACHABLE, CHAIN_ANSWER_INVALID, CHAIN_CALL_FAILED,
 *   CHAIN_CODE_MISMATCH (another program, or none, runs at that address),
 *   CHAIN_SETTINGS_INVALID (an argument has not the form above)
 */
export async function readAnchor(
  node: string | EthRequest,
  registry: string,
  logId: string,
  root: string,
  expectedCodeHash: string = REGISTRY_CODE_HASH,
): Promise<AnchorReading | null> {
  requireForms(registry, logId, root);
  const request = typeof node === 'string' ? createJsonRpcClient(node) : node;
  const reader = createRegistryReader(withCodedErrors(request), registry);
  const { chainId, genesisHash, codeHash } = await reader.identity();
  if (codeHash !== expectedCodeHash) {
    const what = `the code at ${registry} has the hash ${codeHash}, expected ${expectedCodeHash}`;
    const remedy = 'Check the network and the registry address in your policy.';
    throw new AnchorChainError('CHAIN_CODE_MISMATCH', what, remedy);
  }
  const anchor = await reader.anchorOf(logId, root);
  if (anchor === null) return null;
  const block = await reader.block(anchor.blockNumber);
  if (block === null || block.number !== anchor.blockNumber || block.time !== anchor.blockTime) {
    const what = `block ${anchor.blockNumber} does not agree with the anchor recorded in it`;
    const remedy = 'Ask another node of the same network.';
    throw new AnchorChainError('CHAIN_ANSWER_INVALID', what, remedy);
  }
  return { chainId, genesisHash, codeHash, ...anchor, blockHash: block.hash };
}

function requireForms(registry: string, logId: string, root: string): void {
  const hash = /^[0-9a-f]{64}$/;
  if (/^0x[0-9a-fA-F]{40}$/.test(registry) && hash.test(logId) && hash.test(root)) return;
  const what = 'the registry must be an address, log id and root 64 lower-case hex digits';
  throw new AnchorChainError('CHAIN_SETTINGS_INVALID', what, 'Correct the policy or the proof.');
}
