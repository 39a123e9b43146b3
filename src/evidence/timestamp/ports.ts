import { CodedError } from '../../formats/errors.ts';
import type { TimestampEvidence } from '../../formats/timestamp.ts';

export type TimestampErrorCode =
  /** No or late answer, or an HTTP error. */
  | 'TSA_UNREACHABLE'
  | 'TSA_ANSWER_TOO_LARGE'
  /** Not a time-stamp answer. */
  | 'TSA_ANSWER_MALFORMED'
  /** The authority says that it will not stamp. */
  | 'TSA_REFUSES'
  /** The token is over something else than what was asked. */
  | 'TSA_WRONG_IMPRINT'
  /** The answer belongs to another question, or is an old one sent again. */
  | 'TSA_WRONG_NONCE'
  | 'TSA_WRONG_POLICY'
  /** The stated time is far from our own clock. */
  | 'TSA_TIME_IMPLAUSIBLE'
  | 'TSA_SIGNATURE_WRONG'
  /** Expired, not for time-stamping, or not under a configured root. */
  | 'TSA_CERTIFICATE_REFUSED'
  | 'TSA_CERTIFICATE_REVOKED'
  | 'TSA_SETTINGS_INVALID';

/** What went wrong between us and a time-stamping authority; nothing of the answer is kept. */
export class TimestampError extends CodedError<TimestampErrorCode> {}

/** A token that was judged as a verifier would, before anything of it is kept. */
export interface StampedToken {
  evidence: TimestampEvidence;
  /** The authority's time, RFC 3339, UTC. */
  time: string;
  /** End of the authority's certificate, RFC 3339, UTC. */
  endsAt: string;
}

/** One RFC 3161 authority of the configuration. */
export interface TimestampAuthority {
  readonly name: string;
  /**
   * Has SHA-256 of `stamped` stamped, checks the answer and fetches the chain's revocation lists.
   * @throws TimestampError for whatever the authority says, or fails to say
   */
  stamp(stamped: Uint8Array, signal?: AbortSignal): Promise<StampedToken>;
}

/** A stored token. */
export interface StoredToken extends StampedToken {
  id: number;
  logId: string;
  /** Size of the newest checkpoint that the token is over, also for a renewal. */
  size: number;
  /** A renewal is over a list of older tokens. */
  isRenewal: boolean;
  storedAt: string;
}

/** That a renewal is over a token, and where in its list. */
export interface RenewedToken {
  tokenId: number;
  index: number;
  listSize: number;
  path: string[];
}

/** An attempt that brought no token. */
export interface StampFailure {
  tsa: string;
  at: string;
  code: TimestampErrorCode;
  detail: string;
}

/** Remembers tokens and failures. Rows are only ever added. */
export interface TimestampStore {
  /** Token, its lists and what it renews, in one transaction, on the disk when this returns. */
  insertToken(
    token: Omit<StoredToken, 'id'>,
    renewed: readonly RenewedToken[],
  ): Promise<StoredToken>;
  recordFailure(failure: StampFailure): Promise<void>;
  /** The token over the largest checkpoint that an authority gave; renewals apart. */
  newest(tsa: string, logId: string): Promise<StoredToken | null>;
  /**
   * One token an authority: that over the smallest checkpoint of `size` entries or more which still
   * counts at `now`, because its certificate has not ended or a renewal is over it.
   */
  firstCovering(logId: string, size: number, now: string): Promise<StoredToken[]>;
  /** Tokens, renewals among them, that no renewal is over and whose certificate ends in a span. */
  endingBetween(logId: string, from: string, to: string): Promise<StoredToken[]>;
  /** The newest renewal that is over a token, with its place in the list. */
  renewalOf(tokenId: number): Promise<{ renewal: StoredToken; place: RenewedToken } | null>;
  /** Number of failures of an authority since its last token, with the latest; null if none. */
  failures(tsa: string): Promise<{ count: number; last: StampFailure } | null>;
}

/** The log as it is stamped. */
export interface StampedLog {
  /** 32 bytes, lower-case hex. */
  readonly logId: string;
  /** The newest published checkpoint; undefined before the first. */
  latest(): Promise<{ size: number; note: string } | undefined>;
  /** The signed note of a published checkpoint. */
  note(size: number): Promise<string>;
  /** RFC 9162 §2.1.4.1, hashes in hex. Both sizes exist in the log. */
  consistencyProof(oldSize: number, newSize: number): Promise<string[]>;
}
