import { AnchorChainError } from '../../evidence/anchor/ports.ts';
import type { TrustedRegistry } from '../../formats/policy.ts';
import type { ChainObservation } from '../../verify/trust.ts';
import { withCodedErrors } from './evidence-registry.ts';
import { createJsonRpcClient } from './json-rpc-client.ts';
import { observeAnchor } from './observe-anchor.ts';
import type { EthRequest } from './simulated-network.ts';

/** A verifier's own node: for one registry of the policy, or for all on its chain. */
export interface RpcNode {
  /** Name of the registry in the policy; absent: whatever registries are on the node's chain. */
  registry?: string;
  request: EthRequest;
}

/**
 * Reads `URL` or `NAME=URL`, where NAME is a registry of the policy.
 * @throws AnchorChainError CHAIN_SETTINGS_INVALID
 */
export function parseRpcNode(text: string): RpcNode {
  const [, registry, url = text] = /^([^=]{1,200})=(https?:\/\/.*)$/.exec(text) ?? [];
  const isName = registry !== undefined && !/^https?:\/\//.test(registry);
  const request = withCodedErrors(createJsonRpcClient(isName ? url : text));
  return isName ? { registry, request } : { request };
}

/** @throws AnchorChainError CHAIN_SETTINGS_INVALID when a node is named after no registry */
export function requireKnownNames(nodes: RpcNode[], registries: TrustedRegistry[]): void {
  for (const { registry } of nodes) {
    if (registry === undefined || registries.some(({ name }) => name === registry)) continue;
    const names = registries.map(({ name }) => name).join(', ');
    const what = `the policy names no registry "${registry}"`;
    throw new AnchorChainError('CHAIN_SETTINGS_INVALID', what, `It names: ${names || 'none'}.`);
  }
}

/**
 * Asks the nodes in question about one registry: those that bear its name, or else those without a
 * name, of which the ones on other chains are passed over.
 * @returns null when no node is on the registry's chain
 * @throws AnchorChainError when no node gave an answer and one of them gave none at all
 */
export async function askAbout<T>(
  nodes: RpcNode[],
  expected: TrustedRegistry,
  ask: (request: EthRequest) => Promise<T>,
): Promise<T | null> {
  const own = nodes.filter(({ registry }) => registry === expected.name);
  const asked = own.length > 0 ? own : nodes.filter(({ registry }) => registry === undefined);
  let silent: unknown;
  for (const { request } of asked) {
    try {
      return await ask(request);
    } catch (error) {
      if (own.length === 0 && isOtherChain(error)) continue;
      silent ??= error;
    }
  }
  if (silent !== undefined) throw silent;
  return null;
}

/** One registry's record of a root; see `askAbout`. */
export function observeRegistry(
  nodes: RpcNode[],
  expected: TrustedRegistry,
  logId: string,
  root: string,
): Promise<ChainObservation | null> {
  return askAbout(nodes, expected, (request) => observeAnchor(request, expected, logId, root));
}

function isOtherChain(error: unknown): boolean {
  return error instanceof AnchorChainError && error.code === 'CHAIN_SETTINGS_INVALID';
}
