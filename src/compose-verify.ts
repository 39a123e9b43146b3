import { observeRegistry, parseRpcNode, requireKnownNames } from './adapters/chain/rpc-nodes.ts';
import type { ConsistencyFile } from './formats/consistency-file.ts';
import type { TrustPolicy } from './formats/policy.ts';
import { lookUpsFor, type Material } from './verify/look-up.ts';
import type { ChainObservation } from './verify/trust.ts';

/**
 * Looks the material's checkpoint up in every registry of the policy that a node is named for or is
 * on the chain of.
 * @param rpcs the verifier's own nodes: `URL`, or `NAME=URL` with the registry's name in the policy
 * @throws AnchorChainError when a node does not answer: a verdict must not be made of that
 */
export async function observeChain(
  material: Material,
  policy: TrustPolicy | undefined,
  rpcs: string[],
  links: ConsistencyFile[] = [],
): Promise<ChainObservation[]> {
  const registries = policy?.registries ?? [];
  const nodes = rpcs.map(parseRpcNode);
  requireKnownNames(nodes, registries);
  const out: ChainObservation[] = [];
  for (const { logId, root } of lookUpsFor(material, policy, links)) {
    for (const registry of registries) {
      const seen = await observeRegistry(nodes, registry, logId, root);
      if (seen !== null) out.push(seen);
    }
  }
  return out;
}
