import { AnchorChainError } from '../../evidence/anchor/ports.ts';
import type { TrustedRegistry } from '../../formats/policy.ts';
import type { ChainLook, ObserveChain } from '../../litigation/court/ports.ts';
import type { ChainObservation } from '../../verify/trust.ts';
import { createRegistryReader, withCodedErrors } from '../chain/evidence-registry.ts';
import { createJsonRpcClient } from '../chain/json-rpc-client.ts';
import type { EthRequest } from '../chain/simulated-network.ts';

/** How long a record that was found is not asked for again: a batch rests on one checkpoint. */
const REMEMBER_MS = 10_000;

/**
 * Looks up checkpoints over the court's own node. A silent node gives a problem and no observation,
 * so that the verdict is open and not against the lender; a node that answers "not recorded" gives
 * an observation without a find.
 * @param node URL of a JSON-RPC node of the court's choice; undefined: the court has none
 */
export function createChainObserver(node: string | undefined, now: () => Date): ObserveChain {
  const request = node === undefined ? undefined : withCodedErrors(createJsonRpcClient(node));
  const seen = new Map<string, { at: number; found: Promise<ChainObservation> }>();
  const observe = (registry: TrustedRegistry, logId: string, root: string) => {
    if (request === undefined) throw silent('no chain connection is configured');
    const key = `${registry.address} ${logId} ${root}`;
    const known = seen.get(key);
    if (known !== undefined && now().getTime() - known.at < REMEMBER_MS) return known.found;
    const found = look(request, registry, logId, root);
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

async function look(
  request: EthRequest,
  expected: TrustedRegistry,
  logId: string,
  root: string,
): Promise<ChainObservation> {
  const reader = createRegistryReader(request, expected.address);
  const { chainId, genesisHash, codeHash, registry } = await reader.identity();
  const genesis = genesisHash.startsWith('0x') ? genesisHash : `0x${genesisHash}`;
  const seen = { chainId, genesisHash: genesis, registry, codeHash, logId, root };
  // One node shows one network; registries on others are not its business.
  if (chainId !== expected.chainId) throw otherChain(chainId);
  // Another chain of that number, or another program: what it holds is of no interest.
  if (genesis !== expected.genesisHash || codeHash !== expected.codeHash) return seen;
  const anchor = await reader.anchorOf(logId, root);
  if (anchor === null) return seen;
  const { size, blockNumber, blockTime } = anchor;
  const block = await reader.block(blockNumber);
  if (block?.time !== blockTime)
    throw silent(`block ${blockNumber} does not agree with its record`);
  return { ...seen, found: { size, blockNumber, blockTime } };
}

function silent(why: string): AnchorChainError {
  return new AnchorChainError('CHAIN_ANSWER_INVALID', why, 'Check the node of this court.');
}

function otherChain(chainId: number): AnchorChainError {
  const remedy = 'Name a node of the network that the policy names.';
  return new AnchorChainError('CHAIN_SETTINGS_INVALID', `the node is of chain ${chainId}`, remedy);
}
