import type { Clock } from '../ports.ts';
import type { StampedLog, TimestampAuthority, TimestampStore } from './ports.ts';

export interface TimestampPlan {
  /** An authority is asked at most once in this time; 0 = at every tick with something new. */
  everySeconds: number;
  /** Tokens are renewed when their certificate ends within this time. */
  renewBeforeDays: number;
}

export interface TimestampContext {
  /** In the order in which they are asked to renew. */
  authorities: TimestampAuthority[];
  store: TimestampStore;
  log: StampedLog;
  clock: Clock;
  plan: TimestampPlan;
}
