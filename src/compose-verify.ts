import { findFirstAnchored, readAnchoredHistory } from './adapters/chain/anchored-heads.ts';
import {
  askAbout,
  observeRegistry,
  parseRpcNode,
  type RpcNode,
  requireKnownNames,
} from './adapters/chain/rpc-nodes.ts';
import type { EthRequest } from './adapters/chain/simulated-network.ts';
import { toHex } from './formats/bytes.ts';
import { logId } from './formats/checkpoint.ts';
import type { ConsistencyFile } from './formats/consistency-file.ts';
import type { TrustedRegistry, TrustPolicy } from './formats/policy.ts';
import { lookUpsFor, type Material } from './verify/look-up.ts';
import {
  type AnchoredHistory,
  type ChainObservation,
  type FirstAnchored,
  trustedLogKeys,
} from './verify/trust.ts';

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
  const nodes = openNodes(rpcs, registries);
  const out: ChainObservation[] = [];
  for (const { logId, root } of lookUpsFor(material, policy, links)) {
    for (const registry of registries) {
      const seen = await observeRegistry(nodes, registry, logId, root);
      if (seen !== null) out.push(seen);
    }
  }
  return out;
}

function openNodes(rpcs: string[], registries: TrustedRegistry[]): RpcNode[] {
  const nodes = rpcs.map(parseRpcNode);
  requireKnownNames(nodes, registries);
  return nodes;
}

/** Asks every registry of the policy about every log of the policy. */
async function askAll<T>(
  policy: TrustPolicy,
  rpcs: string[],
  ask: (request: EthRequest, registry: TrustedRegistry, id: string) => Promise<T>,
): Promise<T[]> {
  const nodes = openNodes(rpcs, policy.registries);
  const out: T[] = [];
  for (const key of trustedLogKeys(policy)) {
    for (const registry of policy.registries) {
      const id = toHex(logId(key));
      const answer = await askAbout(nodes, registry, (request) => ask(request, registry, id));
      if (answer !== null) out.push(answer);
    }
  }
  return out;
}

/**
 * Every head that the policy's registries hold of the policy's logs.
 * @throws AnchorChainError when a node does not answer or withholds events
 */
export function readHistories(policy: TrustPolicy, rpcs: string[]): Promise<AnchoredHistory[]> {
  return askAll(policy, rpcs, readAnchoredHistory);
}

/**
 * Searches the policy's registries for the first head at or after a moment.
 * @param instant milliseconds since 1970
 * @throws AnchorChainError when a node does not answer or withholds events
 */
export function searchFirst(
  policy: TrustPolicy,
  rpcs: string[],
  instant: number,
): Promise<FirstAnchored[]> {
  return askAll(policy, rpcs, (request, registry, id) =>
    findFirstAnchored(request, registry, id, instant),
  );
}
