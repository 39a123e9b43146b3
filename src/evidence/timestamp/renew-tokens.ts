import { toHex } from '../../formats/bytes.ts';
import { inclusionProof, leafHash, nodeHash, rangeRoot } from '../../formats/merkle.ts';
import { archivedTimestamp, renewalStatement, stampedCheckpoint } from '../../formats/timestamp.ts';
import {
  type RenewedToken,
  type StampedToken,
  type StoredToken,
  type TimestampAuthority,
  TimestampError,
} from './ports.ts';
import type { TimestampContext } from './timestamp-context.ts';

/** What one look at the tokens that end soon did. */
export interface RenewalReport {
  renewed: number;
  /** Tokens whose certificate ends soon and that no authority could renew. */
  waiting: number;
  reason: { code: string; message: string } | null;
}

const DAY_MS = 86_400_000;
/** After an attempt that did not renew everything. */
const RETRY_MS = 60 * 60_000;

/**
 * Before the certificate of a stored token ends, a list of the newest checkpoint and of all such
 * tokens, with their chains and lists, is stamped again: afterwards the old token is known to be
 * older than the new one, so that what later happens to its key changes nothing (RFC 4998 §5.2).
 * A token that has ended cannot be renewed any more.
 * @param state kept by the caller between calls: when to try again
 */
export async function renewTokens(
  context: TimestampContext,
  state: { notBefore: number },
  signal: AbortSignal | undefined,
): Promise<RenewalReport> {
  const { authorities, store, log, clock, plan } = context;
  const now = clock.now();
  const limit = new Date(now.getTime() + plan.renewBeforeDays * DAY_MS).toISOString();
  let due = await store.endingBetween(log.logId, now.toISOString(), limit);
  const found = due.length;
  let reason: RenewalReport['reason'] = null;
  if (found === 0 || now.getTime() < state.notBefore) return { renewed: 0, waiting: found, reason };
  for (const authority of authorities) {
    if (due.length === 0) break;
    try {
      due = await renewBy(context, authority, due, signal);
    } catch (error) {
      if (!(error instanceof TimestampError)) throw error;
      reason = { code: error.code, message: error.message };
    }
  }
  if (due.length > 0) state.notBefore = now.getTime() + RETRY_MS;
  return { renewed: found - due.length, waiting: due.length, reason };
}

/** @returns the tokens that this authority could not prolong, because its own certificate ends sooner */
async function renewBy(
  { store, log, clock }: TimestampContext,
  authority: TimestampAuthority,
  due: StoredToken[],
  signal: AbortSignal | undefined,
): Promise<StoredToken[]> {
  const latest = await log.latest();
  if (latest === undefined) return due;
  const leaves = [
    stampedCheckpoint(latest.note),
    ...due.map(({ evidence }) => archivedTimestamp(evidence)),
  ].map(leafHash);
  const read = treeOver(leaves);
  const root = rangeRoot(0, leaves.length, read);
  const stamped = await authority.stamp(renewalStatement(leaves.length, root), signal);
  const prolonged = due.filter(({ endsAt }) => endsAt < stamped.endsAt);
  if (prolonged.length === 0) return due;
  const places = prolonged.map((token): RenewedToken => {
    const index = due.indexOf(token) + 1;
    const path = inclusionProof(index, leaves.length, read).map(toHex);
    return { tokenId: token.id, index, listSize: leaves.length, path };
  });
  await store.insertToken(renewalRow(stamped, latest.size, log.logId, clock.now()), places);
  return due.filter((token) => !prolonged.includes(token));
}

const renewalRow = (stamped: StampedToken, size: number, logId: string, now: Date) => ({
  ...stamped,
  logId,
  size,
  isRenewal: true,
  storedAt: now.toISOString(),
});

/** All full nodes of the tree, level by level. */
function treeOver(leaves: Uint8Array[]): (level: number, index: number) => Uint8Array {
  const levels = [leaves];
  for (let below = leaves; below.length > 1; ) {
    const above: Uint8Array[] = [];
    for (let at = 0; at + 1 < below.length; at += 2) {
      above.push(nodeHash(below[at] as Uint8Array, below[at + 1] as Uint8Array));
    }
    levels.push(above);
    below = above;
  }
  return (level, index) => levels[level]?.[index] ?? new Uint8Array();
}
