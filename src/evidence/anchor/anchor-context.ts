import type { Clock } from '../ports.ts';
import type {
  AnchorChain,
  AnchorEvent,
  AnchoredLog,
  AnchorItem,
  AnchorOutboxStore,
  ChainIdentity,
} from './ports.ts';

export interface AnchorPolicy {
  /** From the configuration or the installation; compared with the network at every tick. */
  expected: ChainIdentity;
  /** Blocks, the anchor's own included, after which an anchor is final. 1 on the embedded chain. */
  confirmations: number;
  /** A sent transaction without receipt is sent again, as the same bytes, after this time. */
  resendAfterMs: number;
  /** … and replaced by one with a higher fee after this time. */
  replaceAfterMs: number;
  /**
   * When more checkpoints than this wait, only the newest is anchored: its consistency proof covers
   * the others, which end as REPLACED.
   */
  maxBacklog: number;
  /** The chain runs in this process: what it says of the log's head needs no signature as a proof. */
  inProcess?: boolean;
}

/** What the steps of a tick share. */
export interface AnchorContext {
  chain: AnchorChain;
  store: AnchorOutboxStore;
  log: AnchoredLog;
  clock: Clock;
  policy: AnchorPolicy;
}

/** RFC 3339, UTC. */
export function timestamp(context: AnchorContext): string {
  return context.clock.now().toISOString();
}

/** Adds a change of state with the present time. */
export function recordChange(
  context: AnchorContext,
  item: AnchorItem,
  change: Omit<AnchorEvent, 'at'>,
): Promise<void> {
  return context.store.record(item.id, { ...change, at: timestamp(context) });
}

/** Hands the bytes to the network and notes that. A crash between the two sends them again. */
export async function send(context: AnchorContext, item: AnchorItem, raw: string): Promise<void> {
  const detail = await context.chain.broadcast(raw);
  await recordChange(context, item, { state: 'SENT', detail });
}
