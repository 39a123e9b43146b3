import { visible } from '../formats/container-path.ts';
import { FormatError } from '../formats/errors.ts';
import type { Json } from '../formats/jcs.ts';

/** The only verdicts there are. */
export type Verdict = 'passed' | 'failed' | 'indeterminate';

/** Why a check ended as it did: a closed set, explained in `messages.ts` in both languages. */
export type Reason =
  | 'OK'
  | 'MALFORMED'
  | 'KIND_UNKNOWN'
  | 'OTHER_LOG'
  | 'OTHER_LOAN'
  | 'FILE_CHANGED'
  | 'STATEMENT_NOT_COMMITTED'
  | 'LOAN_MISMATCH'
  | 'NOT_INCLUDED'
  | 'KEY_NOT_NAMED'
  | 'SIGNATURE_WRONG'
  | 'NO_POLICY'
  | 'NOT_ANCHORED'
  | 'ANCHOR_MISSING'
  | 'ANCHOR_DIFFERS'
  | 'ANCHOR_NOT_REQUIRED'
  | 'OTHER_REGISTRY'
  | 'REGISTRY_NOT_NAMED'
  | 'REGISTRY_DIFFERS'
  | 'NOT_TIMESTAMPED'
  | 'TIMESTAMP_DIFFERS'
  | 'TIMESTAMP_REFUSED'
  | 'TIMESTAMP_REVOKED'
  | 'TIMESTAMP_LAPSED'
  | 'TIMESTAMP_NOT_NAMED'
  | 'TIMESTAMP_OPEN'
  | 'MAP_MISPLACED'
  | 'MAP_DIFFERS'
  | 'ENTRIES_INCOMPLETE'
  | 'ENTRIES_BROKEN'
  | 'CHECKPOINT_DIFFERS'
  | 'OMISSION_PROVEN'
  | 'CHECKPOINT_TOO_OLD'
  | 'CONTAINER_REFUSED'
  | 'FILE_MISSING'
  | 'FILE_UNKNOWN'
  | 'NAMED_TWICE'
  | 'DIGEST_DIFFERS'
  | 'SIGNER_NOT_NAMED'
  | 'SIGNER_REFUSED'
  | 'SIGNATURE_MISSING'
  | 'EXHIBIT_DIFFERS'
  | 'EVENTS_OMITTED'
  | 'EVENT_UNREADABLE'
  | 'CALCULATION_DIFFERS'
  | 'CALCULATION_MISSING'
  | 'ABSENCE_NOT_PROVEN'
  | 'BEFORE_DATE'
  | 'NOT_FIRST'
  | 'WITNESSES_MISSING'
  | 'ENTRY_CHANGED'
  | 'ENTRY_MALFORMED'
  | 'ENTRY_UNLINKED'
  | 'MAP_WRONG'
  | 'TILE_DIFFERS'
  | 'ROOT_DIFFERS'
  | 'LAST_NOT_MAP'
  | 'FORK_PROVEN'
  | 'LOG_SHRANK'
  | 'NOT_DECIDABLE'
  | 'ANCHOR_NOT_IN_LOG'
  | 'LOG_BEHIND_CHAIN';

/** One check: what was looked at, and how it ended. */
export interface Check {
  /** Stable name such as `log.inclusion`. */
  id: CheckId;
  /** What it was applied to: a path in the package, an entry; absent for the whole. */
  subject?: string;
  verdict: Verdict;
  reason: Reason;
  /**
   * Technical detail: numbers, names and codes that need no language (`#12/295` is entry 12 of 295),
   * or the message of a parser in English; never personal data.
   */
  detail?: string;
}

export type CheckId =
  | 'proof.form'
  | 'file.digest'
  | 'statement.commitment'
  | 'statement.loan'
  | 'log.inclusion'
  | 'checkpoint.signature'
  | 'checkpoint.anchor'
  | 'checkpoint.link'
  | 'checkpoint.timestamp'
  | 'map.position'
  | 'map.value'
  | 'history.entries'
  | 'history.statements'
  | 'history.tombstone'
  | 'receipt.signature'
  | 'receipt.kept'
  | 'container.form'
  | 'container.manifest'
  | 'container.sums'
  | 'container.signature'
  | 'case.form'
  | 'case.documents'
  | 'bundle.signature'
  | 'exhibit.proof'
  | 'exhibit.checkpoint'
  | 'claim.events'
  | 'claim.calculation'
  | 'checkpoint.first'
  | 'checkpoint.witness'
  | 'audit.entries'
  | 'audit.tiles'
  | 'audit.map'
  | 'audit.root'
  | 'audit.prefix'
  | 'audit.anchors';

/** What a verifier did not look at, and must therefore not be read into the verdict. */
export type NotChecked =
  | 'CHAIN'
  | 'TIME_SOURCE'
  | 'TRUTH_OF_CONTENT'
  | 'EVENTS_NEVER_DEPOSITED'
  | 'COMPLETENESS'
  | 'REVOCATION'
  | 'LATER_ENTRIES'
  | 'TRUST'
  | 'SM3'
  | 'TIMESTAMPS'
  | 'TSA_REVOCATION'
  | 'ORIGINAL'
  | 'SIGNER_IDENTITY'
  | 'BUNDLE_PAGES'
  | 'DOCUMENTS'
  | 'DEPOSITS_NOT_SHOWN'
  | 'FIRST_ANCHORED'
  | 'STATEMENTS'
  | 'REST_OF_LOG'
  | 'UNANCHORED_TAIL';

/** Facts that were established on the way, for people. */
export interface ReportFacts {
  evidenceNo?: string;
  kind?: string;
  title?: string;
  occurredAt?: string;
  receivedAt?: string;
  leafIndex?: number;
  logOrigin?: string;
  logKeyFingerprint?: string;
  checkpointSize?: number;
  entries?: number;
  exhibits?: number;
  /** Deposits of the loan that are not among the exhibits: kind and number of each. */
  notShown?: string;
  signer?: string;
  signerRoot?: string;
  claimTotal?: string;
  cutOff?: string;
  anchors?: {
    target: string;
    block: number;
    blockTime: number;
    timeWeight: string;
    /** Size of the later head that is recorded there, when it is not the checkpoint itself. */
    laterSize?: number;
  }[];
  /** The moment as of which completeness was asked for. */
  asOf?: string;
  /** Of an audit: entries replayed this time, maps recomputed, anchored heads compared. */
  replayed?: number;
  maps?: number;
  anchoredHeads?: number;
  /** Auditors that the verifier names, and since when each knows the checkpoint (seconds). */
  witnesses?: { name: string; time: number }[];
  timestamps?: StampedTime[];
  /** By the loan's tombstone. */
  erasure?: StatedErasure;
}

/** When a loan was erased (RFC 3339, UTC, the service's clock), and on what ground. */
export interface StatedErasure {
  at: string;
  ground: string;
}

/** What a time-stamp token says about the checkpoint, and what that is worth. */
export interface StampedTime {
  /** Name in the authority's certificate. */
  authority: string;
  /** RFC 3339, UTC: the checkpoint existed by then, by the authority's word. */
  time: string;
  /**
   * `independent`: an authority that the policy names. `none`: named, but run by the lender.
   * `open`: it could not be judged, or the policy names no root of it.
   */
  worth: 'independent' | 'none' | 'open';
  /** The token is over a later checkpoint of this size, which begins with this one. */
  laterSize?: number;
}

export interface VerificationReport {
  verdict: Verdict;
  checks: Check[];
  notChecked: NotChecked[];
  facts: ReportFacts;
}

/** Collects checks; the verdict is derived, never stored: failed beats indeterminate beats passed. */
export class ReportBuilder {
  readonly checks: Check[] = [];
  readonly notChecked = new Set<NotChecked>();
  readonly facts: ReportFacts = {};

  add(
    id: CheckId,
    verdict: Verdict,
    reason: Reason,
    more: { subject?: string; detail?: string } = {},
  ): Verdict {
    // Paths and messages quote hostile bytes: they must not steer a terminal, or be half a character.
    const shown = Object.entries(more).map(([name, text]) => [name, visible(text)]);
    this.checks.push({ id, verdict, reason, ...Object.fromEntries(shown) });
    return verdict;
  }

  /** Adds a check that either holds or does not. */
  holds(
    id: CheckId,
    ok: boolean,
    reason: Reason,
    more: { subject?: string; detail?: string } = {},
  ): boolean {
    this.add(id, ok ? 'passed' : 'failed', ok ? 'OK' : reason, more);
    return ok;
  }

  /** Takes over the checks of a part under a subject of its own. */
  include(part: VerificationReport, subject: string): void {
    for (const check of part.checks) {
      this.checks.push({
        ...check,
        subject: check.subject ? `${subject}: ${check.subject}` : subject,
      });
    }
    for (const item of part.notChecked) this.notChecked.add(item);
  }

  finish(): VerificationReport {
    const verdicts = this.checks.map((check) => check.verdict);
    const verdict = verdicts.includes('failed')
      ? 'failed'
      : verdicts.includes('indeterminate') || verdicts.length === 0
        ? 'indeterminate'
        : 'passed';
    return { verdict, checks: this.checks, notChecked: [...this.notChecked], facts: this.facts };
  }
}

/** The report as JSON. */
export function reportToJson(report: VerificationReport): Json {
  return JSON.parse(JSON.stringify(report)) as Json;
}

/** Records that a proof could not be read: an unknown kind means an old verifier, not a bad proof. */
export function addUnreadable(
  report: ReportBuilder,
  id: CheckId,
  error: unknown,
  subject?: string,
): void {
  const unknown = error instanceof FormatError && error.code === 'KIND_UNKNOWN';
  const more = { detail: reasonOf(error), ...(subject === undefined ? {} : { subject }) };
  if (unknown) report.add(id, 'indeterminate', 'KIND_UNKNOWN', more);
  else report.add(id, 'failed', 'MALFORMED', more);
}

/** A phrase for whatever a parser threw on hostile input. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unreadable';
}
