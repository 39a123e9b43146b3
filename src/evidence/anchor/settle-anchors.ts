import { type AnchorContext, recordChange, send, timestamp } from './anchor-context.ts';
import { AnchorHalt } from './anchor-halt.ts';
import type { AnchorAttempt, AnchorItem, AnchorPlace } from './ports.ts';

type Finding =
  | { kind: 'mined'; place: AnchorPlace }
  | { kind: 'reverted'; txHash: string }
  /** The node's answers do not fit together at this moment; ask again at the next tick. */
  | { kind: 'unclear' }
  | { kind: 'absent' };

/**
 * Finds out what became of everything that was handed to the network, in the order of the nonces,
 * and sends again what the network does not know.
 * @returns true when a state changed
 * @throws AnchorHalt FOREIGN_NONCE, CHAIN_CONTRADICTS_ITSELF
 */
export async function settleAnchors(context: AnchorContext): Promise<boolean> {
  const { chain, store } = context;
  // Read before the receipts: if a transaction of ours is counted, its receipt must exist by then.
  const nonce = await chain.nextNonce();
  const items = (await store.open(chain.target)).filter((item) => item.state !== 'QUEUED');
  let changed = false;
  for (const item of items) changed = (await settle(context, item, nonce)) || changed;
  return changed;
}

async function settle(context: AnchorContext, item: AnchorItem, nonce: number): Promise<boolean> {
  const finding = await look(context, item);
  if (finding.kind === 'unclear') return false;
  if (finding.kind === 'mined') return settleMined(context, item, finding.place);
  if (finding.kind === 'reverted') {
    const detail = `the registry refused ${finding.txHash}`;
    await recordChange(context, item, { state: 'FAILED', detail });
    return true;
  }
  return settleAbsent(context, item, nonce);
}

async function look(context: AnchorContext, item: AnchorItem): Promise<Finding> {
  const { chain } = context;
  for (const { txHash } of item.attempts.toReversed()) {
    const receipt = await chain.receipt(txHash);
    if (receipt === null) continue;
    if ((await chain.blockHash(receipt.blockNumber)) !== receipt.blockHash) {
      return { kind: 'unclear' };
    }
    const place = await findAnchor(context, item, txHash);
    if (place !== null) return { kind: 'mined', place };
    if (!receipt.succeeded) return { kind: 'reverted', txHash };
    const what = `${txHash} succeeded, but the registry does not know root ${item.root}`;
    throw new AnchorHalt('CHAIN_CONTRADICTS_ITSELF', what);
  }
  if (item.attempts.length > 0) return { kind: 'absent' };
  const place = await findAnchor(context, item, null);
  return place === null ? { kind: 'absent' } : { kind: 'mined', place };
}

/**
 * Where the registry knows the item's root; null if it does not. The receipt of `txHash`, when
 * given, has been seen; the anchor may still be older than it, when an earlier run had made it.
 */
export async function findAnchor(
  context: AnchorContext,
  item: AnchorItem,
  txHash: string | null,
): Promise<AnchorPlace | null> {
  const { chain } = context;
  const anchor = await chain.anchorOf(item.logId, item.root);
  if (anchor?.size !== item.size) return null;
  const { blockNumber, blockTime } = anchor;
  const blockHash = await chain.blockHash(blockNumber);
  if (blockHash === null) return null;
  const receipt = txHash === null ? null : await chain.receipt(txHash);
  const isThisOne = receipt?.succeeded === true && receipt.blockNumber === blockNumber;
  return { txHash: isThisOne ? txHash : null, blockNumber, blockHash, blockTime };
}

async function settleMined(
  context: AnchorContext,
  item: AnchorItem,
  place: AnchorPlace,
): Promise<boolean> {
  const { chain, policy } = context;
  const known = item.state === 'MINED' && item.place?.blockHash === place.blockHash;
  if (!known) {
    const detail = `in block ${place.blockNumber}`;
    await recordChange(context, item, { state: 'MINED', detail, place });
  }
  const confirmations = (await chain.latestBlock()) - place.blockNumber + 1;
  if (confirmations < policy.confirmations) return !known;
  const detail = `block ${place.blockNumber} has ${confirmations} confirmation(s)`;
  await recordChange(context, item, { state: 'FINAL', detail, place });
  return true;
}

/** No attempt is in a block. */
async function settleAbsent(
  context: AnchorContext,
  item: AnchorItem,
  nonce: number,
): Promise<boolean> {
  const last = item.attempts.at(-1);
  if (last === undefined || last.publisher !== context.chain.publisher) {
    const detail = last === undefined ? 'its block left the chain' : 'the publisher was rotated';
    await recordChange(context, item, { state: 'QUEUED', detail });
    return true;
  }
  if (nonce > last.nonce) return settleUsedNonce(context, item, last);
  if (item.state === 'SENT') return settleWaiting(context, item, last);
  // PREPARED: the service died before or while sending. MINED: a reorganisation dropped the block.
  await send(context, item, last.raw);
  return true;
}

/** The network counts our nonce as used, but knows none of our attempts. */
async function settleUsedNonce(
  context: AnchorContext,
  item: AnchorItem,
  last: AnchorAttempt,
): Promise<boolean> {
  // The node may have thrown old receipts away; the registry itself never forgets a root.
  const place = await findAnchor(context, item, null);
  if (place !== null) return settleMined(context, item, place);
  const what = `nonce ${last.nonce} of ${last.publisher} was used by a transaction that is not ours`;
  throw new AnchorHalt('FOREIGN_NONCE', what);
}

async function settleWaiting(
  context: AnchorContext,
  item: AnchorItem,
  last: AnchorAttempt,
): Promise<boolean> {
  const { chain, store, policy } = context;
  if (hasPassed(context, last.createdAt, policy.replaceAfterMs)) {
    const next = await chain.prepareReplacement(last.raw);
    if (next !== null) {
      const attempt = { ...next, publisher: chain.publisher, createdAt: timestamp(context) };
      // Recorded before it is sent: whichever of the two is mined, we look for both.
      await store.insertAttempt(item.id, attempt);
      await send(context, item, next.raw);
      return true;
    }
  }
  if (!hasPassed(context, item.changedAt, policy.resendAfterMs)) return false;
  await send(context, item, last.raw);
  return true;
}

/**
 * Whether a period has passed since a moment of our records. A clock that was put back makes that
 * moment lie ahead: more than a period ahead counts as passed, so that nothing waits for the clock
 * to catch up and a step back costs a second period at most.
 */
function hasPassed({ clock }: AnchorContext, since: string, periodMs: number): boolean {
  const elapsed = clock.now().getTime() - Date.parse(since);
  return elapsed >= periodMs || elapsed < -periodMs;
}
