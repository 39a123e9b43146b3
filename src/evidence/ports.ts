import type { Json } from '../formats/jcs.ts';
import type { Kind } from '../formats/taxonomy.ts';

/** Where the clock of the service is read. Services never call `Date.now()`. */
export interface Clock {
  now(): Date;
}

/** Cryptographically secure random bytes. */
export interface RandomSource {
  bytes(length: number): Uint8Array;
}

/** What a lender's system hands in for one event of a loan's life. */
export interface DepositCommand {
  /** The lender's own loan identifier; the evidence number is given at the loan's first deposit. */
  loan: string;
  kind: Kind;
  /** Shown in evidence lists; no personal data. Default: the kind's title. */
  title?: string;
  /** When the event happened, by the depositor's word: RFC 3339 date or date-time. */
  occurredAt: string;
  source: DepositSource;
  /** Earlier events of the same loan that this one refers to, by their event id. */
  references?: { rel: string; eventId: string }[];
  content: DepositContent;
}

/** Provenance as the depositor states it. `system` + `eventId` identify the event: twice = one entry. */
export interface DepositSource {
  system: string;
  eventId: string;
  generator?: string;
  version?: string;
  operator?: string;
  device?: string;
}

/** A structured record (stored as its JCS bytes) or a file as it came. */
export type DepositContent =
  | { form: 'record'; record: Json }
  | { form: 'file'; name: string; mediaType: string; bytes: Uint8Array };
