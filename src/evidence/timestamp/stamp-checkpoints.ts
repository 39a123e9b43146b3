import { stampedCheckpoint, type TimestampRecord } from '../../formats/timestamp.ts';
import type { Clock } from '../ports.ts';
import { type StoredToken, type TimestampAuthority, TimestampError } from './ports.ts';
import { type RenewalReport, renewTokens } from './renew-tokens.ts';
import type { TimestampContext } from './timestamp-context.ts';

/** What one look at an authority did. */
export interface TimestampReport {
  tsa: string;
  /**
   * IDLE: the newest checkpoint has its token, or the time for the next has not come. STAMPED: a
   * token came. WAITING: the last attempts failed, the next comes later. FAILED: this one did.
   */
  state: 'IDLE' | 'STAMPED' | 'WAITING' | 'FAILED';
  /** For WAITING and FAILED. */
  reason: { code: string; message: string } | null;
  /** Size of the newest stamped checkpoint, and the authority's time; null before the first. */
  newest: { size: number; time: string; endsAt: string } | null;
}

export interface Timestamper {
  /**
   * Asks every authority that has something to stamp, each by itself; then renews what ends soon.
   * Never throws for what an authority says or fails to say. A call while one runs joins it.
   */
  tick(signal?: AbortSignal): Promise<{ authorities: TimestampReport[]; renewal: RenewalReport }>;
  /** Tokens over a checkpoint, or over a later one with the proof that it begins with this one. */
  timestampsOf(checkpoint: { size: number }): Promise<TimestampRecord[]>;
}

/** The n-th failure in a row is followed by 5 s · 2ⁿ⁻¹ without an attempt, one hour at most. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/**
 * Has the newest checkpoint of one log stamped by every authority. Only the newest: a token over it
 * covers all earlier checkpoints through consistency, so what an authority misses while it is down
 * is caught up by one token. Not in any request's path: call `tick` on a schedule.
 */
export function createTimestamper(context: TimestampContext): Timestamper {
  let running: ReturnType<Timestamper['tick']> | null = null;
  const renewal = { notBefore: 0 };
  const run = async (signal?: AbortSignal) => {
    const authorities = await Promise.all(
      context.authorities.map((authority) => stampNewest(context, authority, signal)),
    );
    return { authorities, renewal: await renewTokens(context, renewal, signal) };
  };
  return {
    tick(signal) {
      running ??= run(signal).finally(() => {
        running = null;
      });
      return running;
    },
    timestampsOf: (checkpoint) => timestampsOf(context, checkpoint),
  };
}

async function stampNewest(
  context: TimestampContext,
  authority: TimestampAuthority,
  signal: AbortSignal | undefined,
): Promise<TimestampReport> {
  const { store, log, clock, plan } = context;
  const tsa = authority.name;
  const before = await store.newest(tsa, log.logId);
  const latest = await log.latest();
  const report = (state: TimestampReport['state'], newest: StoredToken | null, why?: Failure) => ({
    tsa,
    state,
    reason: why === undefined ? null : { code: why.code, message: why.message },
    newest: newest && { size: newest.size, time: newest.time, endsAt: newest.endsAt },
  });
  const now = clock.now();
  // A clock that was set back must not stop the stamping until it is there again.
  const age = before === null ? Infinity : Math.abs(now.getTime() - Date.parse(before.storedAt));
  const due = before === null || age >= plan.everySeconds * 1000;
  if (latest === undefined || latest.size <= (before?.size ?? 0) || !due) {
    return report('IDLE', before);
  }
  const failures = await store.failures(tsa);
  if (failures !== null && isWaiting(failures.count, failures.last.at, now)) {
    const { code, detail } = failures.last;
    return report('WAITING', before, { code, message: detail });
  }
  try {
    const stamped = await authority.stamp(stampedCheckpoint(latest.note), signal);
    const { logId } = log;
    const { size } = latest;
    // A crash before this row loses the token alone: the checkpoint is stamped again.
    const row = { ...stamped, logId, size, isRenewal: false, storedAt: timeOf(clock) };
    return report('STAMPED', await store.insertToken(row, []));
  } catch (error) {
    if (!(error instanceof TimestampError)) throw error;
    const { code, message: detail } = error;
    if (signal?.aborted !== true) {
      await store.recordFailure({ tsa, at: timeOf(clock), code, detail });
    }
    return report('FAILED', before, error);
  }
}

interface Failure {
  code: string;
  message: string;
}

const timeOf = (clock: Clock): string => clock.now().toISOString();

function isWaiting(count: number, lastAt: string, now: Date): boolean {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (count - 1), LONGEST_WAIT_MS);
  return Math.abs(now.getTime() - Date.parse(lastAt)) < wait;
}

async function timestampsOf(
  { store, log, clock }: TimestampContext,
  { size }: { size: number },
): Promise<TimestampRecord[]> {
  const records: TimestampRecord[] = [];
  for (const token of await store.firstCovering(log.logId, size, timeOf(clock))) {
    const record: TimestampRecord = { ...token.evidence, renewals: [] };
    if (token.size > size) {
      const consistency = await log.consistencyProof(size, token.size);
      record.later = { checkpoint: await log.note(token.size), consistency };
    }
    for (let next = await store.renewalOf(token.id); next !== null; ) {
      const { renewal, place } = next;
      const { index, listSize, path } = place;
      record.renewals.push({ ...renewal.evidence, index, size: listSize, path });
      next = await store.renewalOf(renewal.id);
    }
    records.push(record);
  }
  return records;
}
