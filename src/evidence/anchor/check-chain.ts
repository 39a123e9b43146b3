import type { AnchorContext } from './anchor-context.ts';
import { timestamp } from './anchor-context.ts';
import { AnchorHalt, type AnchorHaltCode } from './anchor-halt.ts';
import type { AnchorHead, ChainIdentity } from './ports.ts';

const identityParts: [keyof ChainIdentity, AnchorHaltCode, string][] = [
  ['chainId', 'WRONG_CHAIN_ID', 'chain id'],
  ['genesisHash', 'WRONG_GENESIS', 'genesis hash'],
  ['registry', 'WRONG_REGISTRY', 'registry'],
  ['codeHash', 'WRONG_REGISTRY_CODE', 'code hash of the registry'],
];

function requireSame(found: ChainIdentity, wanted: ChainIdentity, whose: string): void {
  for (const [part, code, name] of identityParts) {
    if (found[part] === wanted[part]) continue;
    throw new AnchorHalt(code, `${name} is ${found[part]}, ${whose} ${wanted[part]}`);
  }
}

/**
 * Is it still the chain we anchored on? Compares the network with the configuration, the
 * configuration with what was pinned at the first use of the target, and our last confirmed block
 * with the block that now has its number.
 * @throws AnchorHalt WRONG_*, CONFIRMED_BLOCK_GONE
 */
export async function requireSameChain(context: AnchorContext): Promise<void> {
  const { chain, store, log, policy } = context;
  requireSame(await chain.identity(), policy.expected, 'configured is');
  const pinned = await store.identity(chain.target);
  if (pinned === null) await store.pinIdentity(chain.target, policy.expected, timestamp(context));
  else requireSame(policy.expected, pinned, 'set up with');
  const place = (await store.lastFinal(chain.target, log.logId))?.place;
  if (!place) return;
  const hash = await chain.blockHash(place.blockNumber);
  if (hash === place.blockHash) return;
  const now = hash === null ? 'does not exist' : `is ${hash}`;
  const what = `block ${place.blockNumber} ${now}, confirmed was ${place.blockHash}`;
  throw new AnchorHalt('CONFIRMED_BLOCK_GONE', what);
}

/**
 * Does the log contain the head that the chain knows? A stale backup does not: it must be noticed
 * here, before something is signed. But a node can claim any head: what stops the whole log is only
 * one that our own key signed for, everything else stops this target alone.
 * @returns the head in the registry
 * @throws AnchorHalt LOG_CONTRADICTS_CHAIN, UNPROVEN_HEAD, CONFIRMED_ANCHOR_GONE
 */
export async function requireSameLog(context: AnchorContext): Promise<AnchorHead> {
  const { chain, store, log } = context;
  const head = await chain.head(log.logId);
  const ours = head.size === 0 ? head.root : await log.rootAt(head.size);
  if (ours !== head.root) {
    const own = ours === null ? 'the log is shorter' : `the log has root ${ours}`;
    const what = `the chain has root ${head.root} at size ${head.size}, ${own}`;
    throw new AnchorHalt(
      (await isOurs(context, head.root)) ? 'LOG_CONTRADICTS_CHAIN' : 'UNPROVEN_HEAD',
      what,
    );
  }
  const confirmed = (await store.lastFinal(chain.target, log.logId))?.size ?? 0;
  if (head.size >= confirmed) return head;
  const what = `the head in the registry is at ${head.size}, confirmed was ${confirmed}`;
  throw new AnchorHalt('CONFIRMED_ANCHOR_GONE', what);
}

/** Whether a key of ours signed the transaction that anchored this root. */
async function isOurs(
  { chain, store, log, policy }: AnchorContext,
  root: string,
): Promise<boolean> {
  if (policy.inProcess === true) return true;
  const signer = await chain.signerOf(log.logId, root);
  if (signer === null) return false;
  return signer === chain.publisher || (await store.nextOwnNonce(chain.target, signer)) !== null;
}
