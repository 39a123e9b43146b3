import type { EmbeddedInstallation } from './adapters/chain/embedded-installation.ts';
import { createEvmAnchorChain } from './adapters/chain/evm-anchor-chain.ts';
import { systemClock } from './adapters/system/system-ports.ts';
import type { AnchorContext } from './evidence/anchor/anchor-context.ts';
import { AnchorHalt } from './evidence/anchor/anchor-halt.ts';
import { requireSameChain, requireSameLog } from './evidence/anchor/check-chain.ts';
import type { AnchorOutboxStore, ChainIdentity } from './evidence/anchor/ports.ts';
import type { Evidence } from './evidence/index.ts';
import type { CheckpointRow } from './evidence/ports.ts';
import type { AnchorRecord } from './formats/proof-file.ts';

/** Name of the embedded registry in outbox, policy and certificates. */
export const EMBEDDED_TARGET = 'embedded';

/** What the anchorer of the embedded registry works with. */
export function embeddedAnchoring(
  embedded: EmbeddedInstallation,
  publisherKey: Uint8Array,
  store: AnchorOutboxStore,
  evidence: Evidence,
  id: string,
): AnchorContext {
  const { chain, identity } = embedded;
  const { chainId, registry } = identity;
  const request = chain.request.bind(chain);
  return {
    chain: createEvmAnchorChain({
      target: EMBEDDED_TARGET,
      request,
      chainId,
      registry,
      publisherKey,
      fees: { mode: 'zero' },
    }),
    store,
    clock: systemClock,
    log: {
      logId: id,
      rootAt: async (size) => (size > (await evidence.treeSize()) ? null : evidence.rootAt(size)),
      consistencyProof: (oldSize, newSize) => evidence.consistencyProof(oldSize, newSize),
    },
    policy: {
      expected: identity,
      confirmations: 1,
      resendAfterMs: 10_000,
      replaceAfterMs: 60_000,
      maxBacklog: 64,
    },
  };
}

/**
 * Does the chain know anything that this database does not? A database restored from an old backup
 * must be noticed before it takes a deposit: it would give positions in the log away twice.
 * @returns one line a finding, with the code of the halt
 */
export async function anchorFindings(context: AnchorContext): Promise<string[]> {
  const { chain, store } = context;
  try {
    // At the very first start nothing is pinned yet, and a check writes nothing.
    if ((await store.identity(chain.target)) !== null) await requireSameChain(context);
    await requireSameLog(context);
  } catch (error) {
    if (!(error instanceof AnchorHalt)) throw error;
    return [`${error.code}: ${error.message}`];
  }
  const counted = await chain.nextNonce();
  const own = (await store.nextOwnNonce(chain.target, chain.publisher)) ?? 0;
  if (counted <= own) return [];
  const what = `the chain has ${counted} transactions of ${chain.publisher}, the table has ${own}`;
  return [`evidence.db: table anchor_attempts: ${what}`];
}

/** Anchors of one checkpoint that are final, as proofs state them. */
export function anchorLookup(outbox: AnchorOutboxStore, id: string, identity: ChainIdentity) {
  return async (checkpoint: CheckpointRow): Promise<AnchorRecord[]> => {
    const item = await outbox.firstFinalCovering(EMBEDDED_TARGET, id, checkpoint.size);
    const place = item?.size === checkpoint.size ? item.place : undefined;
    if (!item || !place || place.txHash === null) return [];
    const { chainId, registry } = identity;
    const { txHash, blockNumber, blockHash, blockTime } = place;
    return [
      {
        target: EMBEDDED_TARGET,
        chainId,
        genesisHash: identity.genesisHash,
        registry,
        logId: id,
        size: item.size,
        root: item.root,
        txHash,
        blockNumber,
        blockHash,
        blockTime,
      },
    ];
  };
}
