import type { Evidence } from '../evidence/index.ts';
import type { Clock, RandomSource } from '../evidence/ports.ts';
import type { Json } from '../formats/jcs.ts';

/** Who may call; a key can hold several. docs/api.md says what each of them may do. */
export const ROLES = ['depositor', 'legal', 'clerk', 'auditor', 'administrator'] as const;

export type Role = (typeof ROLES)[number];

/** Whether `name` is a role. */
export function isRole(name: unknown): name is Role {
  return (ROLES as readonly unknown[]).includes(name);
}

/** The holder of an API key: the name given to the key (a system or an office, not a person). */
export interface Caller {
  name: string;
  roles: readonly Role[];
}

/** Finds the holder of a key; undefined for any text that is not a valid key. */
export type ApiKeyCheck = (key: string) => Caller | undefined | Promise<Caller | undefined>;

/**
 * One line of the service's log: `noun.verbed` and identifiers. No personal data, no secret, no
 * body, no URL with a query in it.
 */
export interface LogEvent {
  event: `${string}.${string}`;
  requestId: string;
  [detail: string]: string | number | boolean;
}

export type WriteLog = (event: LogEvent) => void;

/** What the HTTP interface needs of the rest. */
export interface ApiServices {
  evidence: Evidence;
  /** Names of the registries whose block times answer "as of when", best clock first. */
  timeTargets(): string[];
  checkKey: ApiKeyCheck;
  /** What is known of anchors and chains; shown under `anchoring` by `GET /v1/status`. */
  status(): Promise<Json>;
  writeLog: WriteLog;
  clock: Clock;
  /** For request ids. */
  random: RandomSource;
}
