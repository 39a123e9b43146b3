import { AnchorChainError } from '../../evidence/anchor/ports.ts';
import type { TrustedRegistry } from '../../formats/policy.ts';
import type { ChainObservation } from '../../verify/trust.ts';
import { createRegistryReader } from './evidence-registry.ts';
import type { EthRequest } from './simulated-network.ts';

/**
 * A verifier's own look at one registry: what it holds of a root. An observation without `found`
 * says that the node answered and the root is not recorded there, or that another chain or program
 * stands where the policy names one.
 * @param request the verifier's own node
 * @throws AnchorChainError CHAIN_SETTINGS_INVALID when the node is of another network,
 *   CHAIN_ANSWER_INVALID when it contradicts itself, and those of the reader
 */
export async function observeAnchor(
  request: EthRequest,
  expected: TrustedRegistry,
  logId: string,
  root: string,
): Promise<ChainObservation> {
  const reader = createRegistryReader(request, expected.address);
  const { chainId, genesisHash, codeHash, registry } = await reader.identity();
  const seen = { chainId, genesisHash, registry, codeHash, logId, root };
  // One node shows one network; registries on others are not its business.
  if (chainId !== expected.chainId) throw otherChain(chainId);
  // Another chain of that number, or another program: what it holds is of no interest.
  if (genesisHash !== expected.genesisHash || codeHash !== expected.codeHash) return seen;
  const anchor = await reader.anchorOf(logId, root);
  if (anchor === null) return seen;
  const { size, blockNumber, blockTime } = anchor;
  const block = await reader.block(blockNumber);
  if (block?.time !== blockTime) throw contradiction(blockNumber);
  return { ...seen, found: { size, blockNumber, blockTime } };
}

function contradiction(blockNumber: number): AnchorChainError {
  const what = `block ${blockNumber} does not agree with the anchor recorded in it`;
  return new AnchorChainError(
    'CHAIN_ANSWER_INVALID',
    what,
    'Ask another node of the same network.',
  );
}

function otherChain(chainId: number): AnchorChainError {
  const remedy = 'Name a node of the network that the policy names.';
  return new AnchorChainError('CHAIN_SETTINGS_INVALID', `the node is of chain ${chainId}`, remedy);
}
