import { type AnchorContext, recordChange, send, timestamp } from './anchor-context.ts';
import { AnchorHalt } from './anchor-halt.ts';
import { requireSameLog } from './check-chain.ts';
import type { AnchorCall, AnchorItem } from './ports.ts';
import { findAnchor } from './settle-anchors.ts';

/**
 * Takes the next checkpoint from the queue and hands it to the network. One is on its way at a
 * time, because its consistency proof starts at the head that the one before leaves.
 * @returns true when a state changed
 * @throws AnchorHalt LOG_CONTRADICTS_CHAIN, LOG_CONTRADICTS_QUEUE, FOREIGN_NONCE, REGISTRY_REFUSES
 */
export async function startAnchor(context: AnchorContext): Promise<boolean> {
  const items = await context.store.open(context.chain.target);
  if (items.some((item) => item.state === 'PREPARED' || item.state === 'SENT')) return false;
  const queued = items
    .filter((item) => item.state === 'QUEUED')
    .toSorted((a, b) => a.size - b.size);
  const newest = queued.at(-1);
  if (newest === undefined) return false;
  // A registry's first head is the first that was wanted: where a log moved, its seed.
  const isFirst = (await context.chain.head(context.log.logId)).size === 0;
  if (isFirst || queued.length <= context.policy.maxBacklog) {
    return startItem(context, queued[0] ?? newest);
  }
  for (const item of queued.slice(0, -1)) {
    const detail = `covered by the checkpoint of size ${newest.size}`;
    await recordChange(context, item, { state: 'REPLACED', detail });
  }
  return startItem(context, newest);
}

async function startItem(context: AnchorContext, item: AnchorItem): Promise<boolean> {
  const head = await requireSameLog(context);
  await requireInLog(context, item);
  // An earlier run of ours may have anchored it and lost its records: that is success.
  const place = await findAnchor(context, item, null);
  if (place !== null) {
    const detail = `found in block ${place.blockNumber}`;
    await recordChange(context, item, { state: 'MINED', detail, place });
    return true;
  }
  if (head.size >= item.size) {
    const detail = `covered by the head of size ${head.size} in the registry`;
    await recordChange(context, item, { state: 'REPLACED', detail });
    return true;
  }
  const consistencyProof =
    head.size === 0 ? [] : await context.log.consistencyProof(head.size, item.size);
  const { logId, size: newSize, root: newRoot } = item;
  return signAndSend(context, item, { logId, newSize, newRoot, consistencyProof });
}

async function requireInLog(context: AnchorContext, item: AnchorItem): Promise<void> {
  const root = await context.log.rootAt(item.size);
  if (root === item.root) return;
  const own = root === null ? 'the log is shorter' : `the log has root ${root}`;
  const what = `checkpoint of size ${item.size} has root ${item.root}, ${own}`;
  throw new AnchorHalt('LOG_CONTRADICTS_QUEUE', what);
}

async function signAndSend(
  context: AnchorContext,
  item: AnchorItem,
  call: AnchorCall,
): Promise<boolean> {
  const { chain, store } = context;
  const nonce = await takeNonce(context);
  if (nonce === null) return false;
  const refusal = await chain.refusal(call);
  if (refusal !== null) throw new AnchorHalt('REGISTRY_REFUSES', refusal);
  const signed = await chain.prepare(call, nonce);
  const attempt = { ...signed, publisher: chain.publisher, createdAt: timestamp(context) };
  // A crash before this row leaves the item queued and the nonce free. A crash after it leaves
  // bytes that may or may not have been sent: the next tick sends the same bytes again.
  await store.insertAttempt(item.id, attempt);
  await send(context, item, signed.raw);
  return true;
}

/** The next nonce by our own books, held against the network's. null: the network lags, wait. */
async function takeNonce(context: AnchorContext): Promise<number | null> {
  const { chain, store } = context;
  const counted = await chain.nextNonce();
  const own = (await store.nextOwnNonce(chain.target, chain.publisher)) ?? counted;
  if (counted > own) {
    const what = `the network counts ${counted} transactions of ${chain.publisher}, we made ${own}`;
    throw new AnchorHalt('FOREIGN_NONCE', what);
  }
  return counted === own ? own : null;
}
