import type { CodedError } from '../../formats/errors.ts';
import { type AnchorContext, timestamp } from './anchor-context.ts';
import { AnchorHalt } from './anchor-halt.ts';
import { requireSameChain, requireSameLog } from './check-chain.ts';
import { AnchorChainError, type AnchorHead, type AnchorItem } from './ports.ts';
import { settleAnchors } from './settle-anchors.ts';
import { startAnchor } from './start-anchor.ts';

/** What one look at a chain found and did. */
export interface AnchorReport {
  target: string;
  /**
   * IDLE: nothing to do. WORKING: something is on its way. UNREACHABLE: the node did not answer
   * usefully; tried again at the next tick. HALTED: somebody must look.
   */
  state: 'IDLE' | 'WORKING' | 'UNREACHABLE' | 'HALTED';
  /** For UNREACHABLE and HALTED. */
  reason: { code: string; message: string; remedy: string } | null;
  /** Head in the registry; null when it was not reached. */
  head: AnchorHead | null;
  /** Checkpoints that have not come to an end. */
  open: AnchorItem[];
}

export interface Anchorer {
  readonly target: string;
  /** Wants a checkpoint of the log anchored. Only writes to the store, so it works in any weather. */
  enqueue(checkpoint: { size: number; root: string }): Promise<AnchorItem>;
  /**
   * One look at the chain: is it still the same, what became of what was sent, what comes next.
   * Never throws for what a node says or fails to say. A call while one runs joins it.
   */
  tick(): Promise<AnchorReport>;
}

/** Steps of one tick at most, so that a long queue on a fast chain does not hold the caller. */
const MAX_STEPS = 64;

/**
 * Brings checkpoints of one log to one target through an outbox: the transaction is signed and
 * recorded before it is sent, sent again as the same bytes, and final only after the configured
 * confirmations. Not in any request's path: call `tick` on a schedule.
 */
export function createAnchorer(context: AnchorContext): Anchorer {
  const { chain, store, log } = context;
  let running: Promise<AnchorReport> | null = null;
  return {
    target: chain.target,
    enqueue({ size, root }) {
      const { target } = chain;
      return store.enqueue({ target, logId: log.logId, size, root, at: timestamp(context) });
    },
    tick() {
      running ??= runTick(context).finally(() => {
        running = null;
      });
      return running;
    },
  };
}

async function runTick(context: AnchorContext): Promise<AnchorReport> {
  const { target } = context.chain;
  let head: AnchorHead | null = null;
  try {
    await requireSameChain(context);
    head = await requireSameLog(context);
    await work(context);
    head = await context.chain.head(context.log.logId);
    const open = await context.store.open(target);
    return { target, state: open.length > 0 ? 'WORKING' : 'IDLE', reason: null, head, open };
  } catch (error) {
    const state = stateFor(error);
    const { code, message, remedy } = error as CodedError;
    const open = await context.store.open(target);
    return { target, state, reason: { code, message, remedy }, head, open };
  }
}

/** What is wrong with the chain or the node is reported; what is wrong with us is thrown. */
function stateFor(error: unknown): 'UNREACHABLE' | 'HALTED' {
  if (error instanceof AnchorHalt) return 'HALTED';
  if (error instanceof AnchorChainError) return 'UNREACHABLE';
  throw error;
}

async function work(context: AnchorContext): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step++) {
    const settled = await settleAnchors(context);
    const started = await startAnchor(context);
    if (!settled && !started) return;
  }
}
