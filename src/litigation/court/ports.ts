import type { Checkpoint } from '../../formats/checkpoint.ts';
import type { TrustedRegistry, TrustPolicy } from '../../formats/policy.ts';
import type { CourtDecision } from '../../verify/court-receipt.ts';
import type { EcPublicJwk } from '../../verify/jws.ts';
import type { VerificationReport } from '../../verify/report.ts';
import type { ChainObservation } from '../../verify/trust.ts';

/** One package as it was handed in. */
export interface Filing {
  /** Counts from 1 in order of arrival. */
  id: number;
  sender: string;
  sha256: string;
  size: number;
  /** RFC 3339, UTC, milliseconds. */
  receivedAt: string;
}

/** The court's answer to one filing. */
export interface Decision {
  filingId: number;
  sender: string;
  caseId: string | null;
  revision: number | null;
  evidenceNo: string | null;
  /**
   * Whether the filing takes the place of its case and revision. A damaged copy does not: what it
   * says about its own number is worth nothing, and it must not block the sound one.
   */
  holdsCase: boolean;
  decision: CourtDecision;
  decidedAt: string;
  /** The signed receipt. */
  receipt: string;
  /** The full report: RFC 8785 JSON. */
  report: string;
}

/** A filing that got no receipt, for good: its case is taken by another package. */
export interface Refusal {
  filingId: number;
  at: string;
  code: 'CASE_CONFLICT';
  detail: string;
}

/** A filing with its answer, when there is one. */
export interface FilingState {
  filing: Filing;
  decision?: Decision;
  refusal?: Refusal;
}

/** The court's tables: rows are only ever added. Whatever a call returned for is on disk. */
export interface CourtStore {
  find(sender: string, sha256: string): Promise<FilingState | undefined>;
  /** Latest first. */
  list(options: { sender?: string; limit: number; below?: number }): Promise<FilingState[]>;
  /** Filings that were stored and neither answered nor refused: a crash came between. Oldest first. */
  unanswered(): Promise<Filing[]>;
  /** The filing that holds the case and revision of this sender. */
  holderOf(sender: string, caseId: string, revision: number): Promise<Filing | undefined>;
  /** The same sender and digest again gives the earlier row. */
  insertFiling(filing: Omit<Filing, 'id'>): Promise<Filing>;
  /** @returns false when another filing holds the case and revision already */
  insertDecision(decision: Decision): Promise<boolean>;
  insertRefusal(refusal: Refusal): Promise<void>;
  /** What is wrong with the tables, one line each, naming table and row. */
  checkIntegrity(): Promise<string[]>;
}

/** Packages as files by digest. */
export interface PackageFolder {
  /**
   * Stores a package as it arrives; durable when it returns. Nothing is left behind by a refusal.
   * @throws CourtError NOT_A_PACKAGE, PACKAGE_TOO_LARGE, PACKAGE_DIFFERS
   */
  store(sha256: string, bytes: AsyncIterable<Uint8Array>): Promise<{ size: number }>;
  /** Findings over all filings: which files are gone or changed, one line each. */
  check(filings: AsyncIterable<Filing> | Iterable<Filing>): Promise<string[]>;
}

/** What a package says about itself, before anything of it is believed. */
export interface PackageClaims {
  caseId?: string;
  revision?: number;
  evidenceNo?: string;
  checkpoint?: Checkpoint;
  /** Log id (hex) under the policy's key that the checkpoint names; absent when no key is named. */
  logId?: string;
}

/** Verifies packages of the folder off the main thread. */
export interface PackageVerifier {
  inspect(sha256: string, policy: TrustPolicy): Promise<PackageClaims>;
  verify(
    sha256: string,
    context: { policy: TrustPolicy; observations?: ChainObservation[]; now: Date },
  ): Promise<VerificationReport>;
}

/** The court's own look at the chains: what was seen, and what could not be asked. */
export interface ChainLook {
  observations: ChainObservation[];
  /** One phrase a registry that gave no usable answer: `name: CODE`. */
  problems: string[];
}

/** Asks every registry of the court's own policy, over the court's own connection. Never throws. */
export type ObserveChain = (
  registries: TrustedRegistry[],
  logId: string,
  root: string,
) => Promise<ChainLook>;

/** The court's receipt key. */
export interface ReceiptSigner {
  readonly jwk: EcPublicJwk;
  readonly thumbprint: string;
  /** @returns compact JWS, ES256 */
  sign(typ: string, payload: Uint8Array): string;
}
