import { createRegistryReader, withCodedErrors } from './adapters/chain/evidence-registry.ts';
import { createJsonRpcClient } from './adapters/chain/json-rpc-client.ts';
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
  const out: ChainObservation[] = [];
  for (const { logId, root } of lookUpsFor(material, policy)) {
    for (const { address, chainId } of policy?.registries ?? []) {
      const reader = createRegistryReader(request, address);
      const identity = await reader.identity();
      if (identity.chainId !== chainId) continue;
      const { genesisHash, codeHash } = identity;
      const seen = { chainId, genesisHash: prefixed(genesisHash), registry: address, codeHash };
      const found = await reader.anchorOf(logId, root);
      out.push({ ...seen, logId, root, ...(found === null ? {} : { found }) });
    }
  }
  return out;
}

function prefixed(hash: string): string {
  return hash.startsWith('0x') ? hash : `0x${hash}`;
}
