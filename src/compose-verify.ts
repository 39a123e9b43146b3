import { withCodedErrors } from './adapters/chain/evidence-registry.ts';
import { createJsonRpcClient } from './adapters/chain/json-rpc-client.ts';
import { observeAnchor } from './adapters/chain/observe-anchor.ts';
import type { TrustPolicy } from './formats/policy.ts';
import { lookUpsFor, type Material } from './verify/look-up.ts';
import type { ChainObservation } from './verify/trust.ts';

/**
 * Looks the material's checkpoint up in every registry that the policy names for the node's chain.
 * @param rpcUrl the verifier's own node
 * @throws AnchorChainError when the node does not answer: a verdict must not be made of that
 */
export async function observeChain(
  material: Material,
  policy: TrustPolicy | undefined,
  rpcUrl: string,
): Promise<ChainObservation[]> {
  const request = withCodedErrors(createJsonRpcClient(rpcUrl));
  const chainId = Number(await request('eth_chainId', []));
  const own = (policy?.registries ?? []).filter((registry) => registry.chainId === chainId);
  const out: ChainObservation[] = [];
  for (const { logId, root } of lookUpsFor(material, policy)) {
    for (const registry of own) out.push(await observeAnchor(request, registry, logId, root));
  }
  return out;
}
