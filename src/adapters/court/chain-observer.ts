import { AnchorChainError } from '../../evidence/anchor/ports.ts';
import type { TrustedRegistry } from '../../formats/policy.ts';
import type { ChainLook, ObserveChain } from '../../litigation/court/ports.ts';
import type { ChainObservation } from '../../verify/trust.ts';
import { observeRegistry, parseRpcNode } from '../chain/rpc-nodes.ts';

/** How long a record that was found is not asked for again: a batch rests on one checkpoint. */
const REMEMBER_MS = 10_000;

/**
 * Looks up checkpoints over the court's own node. A silent node gives a problem and no observation,
 * so that the verdict is open and not against the lender; a node that answers "not recorded" gives
 * an observation without a find.
 * @param rpcs JSON-RPC nodes of the court's choice, `URL` or `NAME=URL`; none: the court has none
 */
export function createChainObserver(rpcs: string[], now: () => Date): ObserveChain {
  const nodes = rpcs.map(parseRpcNode);
  const seen = new Map<string, { at: number; found: Promise<ChainObservation> }>();
  const observe = (registry: TrustedRegistry, logId: string, root: string) => {
    if (nodes.length === 0) throw silent('no chain connection is configured');
    const key = `${registry.name} ${registry.address} ${logId} ${root}`;
    const known = seen.get(key);
    if (known !== undefined && now().getTime() - known.at < REMEMBER_MS) return known.found;
    const found = observeRegistry(nodes, registry, logId, root).then((record) => {
      if (record === null) throw silent(`no node is on the chain of ${registry.name}`);
      return record;
    });
    if (seen.size > 1000) seen.clear();
    seen.set(key, { at: now().getTime(), found });
    const forget = () => seen.delete(key);
    // Only a find is remembered: what is missing may be recorded a second later.
    found.then(({ found: record }) => record ?? forget(), forget);
    return found;
  };
  return async (registries, logId, root): Promise<ChainLook> => {
    const out: ChainLook = { observations: [], problems: [] };
    for (const registry of registries) {
      try {
        out.observations.push(await observe(registry, logId, root));
      } catch (error) {
        const code = error instanceof AnchorChainError ? error.code : 'CHAIN_UNREACHABLE';
        out.problems.push(`${registry.name}: ${code}`);
      }
    }
    return out;
  };
}

function silent(why: string): AnchorChainError {
  return new AnchorChainError('CHAIN_ANSWER_INVALID', why, 'Check the node of this court.');
}
