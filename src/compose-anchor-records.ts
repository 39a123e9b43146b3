import type { AnchorSettings } from './anchor-settings.ts';
import type { AnchorOutboxStore, ChainIdentity } from './evidence/anchor/ports.ts';
import { parseChainMove } from './formats/chain-move.ts';
import { epochOf } from './formats/embedded-target.ts';
import type { TrustedRegistry } from './formats/policy.ts';
import type { AnchorRecord } from './formats/proof-file.ts';

/** Anchors of the checkpoint of this size that are final, on every chain there ever was. */
export async function anchorRecords(
  outbox: AnchorOutboxStore,
  logId: string,
  size: number,
): Promise<AnchorRecord[]> {
  const out: AnchorRecord[] = [];
  for (const target of await outbox.targets()) {
    const item = await outbox.firstFinalCovering(target, logId, size);
    const identity = await outbox.identity(target);
    const place = item?.size === size ? item.place : undefined;
    if (!item || !identity || !place || place.txHash === null) continue;
    const { chainId, genesisHash, registry } = identity;
    const { txHash, blockNumber, blockHash, blockTime } = place;
    const chain = { target, chainId, genesisHash, registry };
    out.push({ ...chain, logId, size, root: item.root, txHash, blockNumber, blockHash, blockTime });
  }
  return out;
}

/**
 * What a verifier's policy should say about the registries of an installation: those in use, and
 * those that the log left, each with the sizes between which it holds heads.
 */
export async function trustOf(
  parts: { outbox: AnchorOutboxStore; settings: AnchorSettings; logId: string },
  places: Map<string, ChainIdentity>,
): Promise<{ registries: TrustedRegistry[]; anchorsRequired: number }> {
  const { outbox, settings, logId } = parts;
  const moves = await outbox.moves();
  const firsts = new Map<string, number>();
  for (const target of places.keys()) {
    const first = await outbox.firstItem(target, logId);
    if (first !== null) firsts.set(target, first.size);
  }
  // The first registry of all holds whatever there is: only later ones lack smaller checkpoints.
  const start = Math.min(...firsts.values());
  const registries = [...places].map(([target, place]): TrustedRegistry => {
    const own = settings.targets.find(({ name }) => name === target);
    const move = moves.find(({ from }) => from === target);
    const from = firsts.get(target);
    const until = move === undefined ? undefined : (parseChainMove(move.note).head?.size ?? 0);
    const required = own?.required ?? (epochOf(target) !== null && settings.embedded.required);
    return {
      name: target,
      chainId: place.chainId,
      genesisHash: place.genesisHash,
      address: place.registry,
      codeHash: place.codeHash,
      // The lender runs the embedded chain itself: its clock proves nothing to others.
      timeWeight: own?.timeWeight ?? 'none',
      ...(required ? { required } : {}),
      ...(from !== undefined && from > start ? { from } : {}),
      ...(until === undefined ? {} : { until: Math.max(until, from ?? 0) }),
    };
  });
  return { registries, anchorsRequired: settings.anchorsRequired };
}
