import { fromHex } from '../formats/bytes.ts';
import { parseCheckpoint } from '../formats/checkpoint.ts';
import { canonicalJson } from '../formats/jcs.ts';
import { verifyConsistency } from '../formats/merkle.ts';
import { checkNote, type VerifierKey } from '../formats/note.ts';
import type { TrustPolicy } from '../formats/policy.ts';
import { stampedCheckpoint, type TimestampRecord, timestampToJson } from '../formats/timestamp.ts';
import type { TlogProof } from '../formats/tlog-proof.ts';
import { type Reason, type ReportBuilder, reasonOf, type StampedTime } from './report.ts';
import { type TimestampVerdict, verifyTimestamp } from './time-stamp.ts';
import type { VerifierContext } from './trust.ts';

type Judged =
  | { kind: 'token'; verdict: TimestampVerdict; laterSize?: number }
  | { kind: 'fault'; reason: Reason; detail: string }
  /** The later checkpoint is signed by a key that the policy does not name. */
  | { kind: 'open'; reason: Reason; detail: string };

/** Reasons of a token in the words of a report. */
const REPORTED: Partial<Record<TimestampVerdict['reason'], Reason>> = {
  IMPRINT_DIFFERS: 'TIMESTAMP_DIFFERS',
  RENEWAL_DIFFERS: 'TIMESTAMP_DIFFERS',
  CERTIFICATE_REVOKED: 'TIMESTAMP_REVOKED',
  TOKEN_LAPSED: 'TIMESTAMP_LAPSED',
  SIGNER_NOT_NAMED: 'TIMESTAMP_NOT_NAMED',
};

/**
 * Judges the time-stamp tokens of a checkpoint. A token that does not hold fails the proof; one of
 * an authority that the policy does not name is told and not counted. Fewer authorities than the
 * policy requires, for instance because a token was taken out, leave the verdict open.
 * @param key the key that signed the checkpoint, when the policy names it
 */
export function checkTimestamps(
  report: ReportBuilder,
  { checkpoint, checkpointText }: TlogProof,
  key: VerifierKey | undefined,
  records: readonly TimestampRecord[],
  context: VerifierContext,
): void {
  const counted = new Set<string>();
  const open: string[] = [];
  for (const record of records) {
    const judged = judgeOnce(record, checkpointText, checkpoint, key, context);
    const detail = detailOf(judged, record);
    const verdict = judged.kind === 'token' ? judged.verdict.result : 'failed';
    if (judged.kind !== 'open' && verdict === 'failed') {
      report.add('checkpoint.timestamp', 'failed', reasonFor(judged), { detail });
      continue;
    }
    if (judged.kind === 'token') recordTime(report, judged, context.policy);
    if (judged.kind === 'token' && verdict === 'passed') {
      report.add('checkpoint.timestamp', 'passed', 'OK', { detail });
      counted.add(judged.verdict.root ?? '');
      if (!judged.verdict.revocationChecked) report.notChecked.add('TSA_REVOCATION');
    } else {
      report.notChecked.add('TIMESTAMPS');
      open.push(`${detail} ${reasonFor(judged)}`);
    }
  }
  requireEnough(report, counted.size, open, context.policy);
}

function requireEnough(
  report: ReportBuilder,
  counted: number,
  open: string[],
  policy: TrustPolicy | undefined,
): void {
  const required = policy?.timestampsRequired ?? 0;
  if (counted >= required) return;
  const detail = [`${counted}/${required}`, ...open].join('; ');
  report.add('checkpoint.timestamp', 'indeterminate', 'NOT_TIMESTAMPED', { detail });
}

/** Exhibits of a package all carry the same tokens: each is judged once. */
function judgeOnce(
  record: TimestampRecord,
  checkpointText: string,
  checkpoint: TlogProof['checkpoint'],
  key: VerifierKey | undefined,
  context: VerifierContext,
): Judged {
  const { judgedTimestamps: known } = context;
  const name = `${key?.vkey ?? ''}\n${checkpointText}\n${canonicalJson(timestampToJson(record))}`;
  const before = known?.get(name) as Judged | undefined;
  if (before !== undefined) return before;
  const judged = judge(record, checkpointText, checkpoint, key, context);
  known?.set(name, judged);
  return judged;
}

function judge(
  record: TimestampRecord,
  checkpointText: string,
  checkpoint: TlogProof['checkpoint'],
  key: VerifierKey | undefined,
  { policy, now }: VerifierContext,
): Judged {
  const trustedRoots = (policy?.tsaRoots ?? []).map(({ sha256 }) => sha256);
  const { later } = record;
  try {
    if (later === undefined) {
      const stamped = stampedCheckpoint(checkpointText);
      return { kind: 'token', verdict: verifyTimestamp(record, stamped, now, { trustedRoots }) };
    }
    const newer = parseCheckpoint(later.checkpoint);
    const proof = later.consistency.map((hash) => fromHex(hash));
    const extended =
      newer.origin === checkpoint.origin &&
      verifyConsistency(checkpoint.size, newer.size, proof, checkpoint.root, newer.root);
    const detail = `${checkpoint.size}/${newer.size}`;
    if (!extended) return { kind: 'fault', reason: 'TIMESTAMP_DIFFERS', detail };
    if (key === undefined) return { kind: 'open', reason: 'KEY_NOT_NAMED', detail };
    if (checkNote(newer.note, key) !== 'valid') {
      return { kind: 'fault', reason: 'SIGNATURE_WRONG', detail };
    }
    const stamped = stampedCheckpoint(later.checkpoint);
    const verdict = verifyTimestamp(record, stamped, now, { trustedRoots });
    return { kind: 'token', verdict, laterSize: newer.size };
  } catch (error) {
    return { kind: 'fault', reason: 'MALFORMED', detail: reasonOf(error) };
  }
}

function reasonFor(judged: Judged): Reason {
  if (judged.kind !== 'token') return judged.reason;
  const { result, reason } = judged.verdict;
  if (result === 'passed') return 'OK';
  return REPORTED[reason] ?? (result === 'failed' ? 'TIMESTAMP_REFUSED' : 'TIMESTAMP_OPEN');
}

function detailOf(judged: Judged, { tsa }: TimestampRecord): string {
  if (judged.kind !== 'token') return `${tsa} ${judged.detail}`.trim();
  const { info, authority = tsa, result, reason, detail } = judged.verdict;
  const time = info?.time.toISOString() ?? '';
  const why = result === 'passed' ? '' : `${reason} ${detail}`;
  return [authority, time, why]
    .filter((part) => part !== '')
    .join(' ')
    .trim();
}

/** What the token says, for people: with what it is worth, and whether it counts. */
function recordTime(
  report: ReportBuilder,
  judged: Judged & { kind: 'token' },
  policy: TrustPolicy | undefined,
): void {
  const { verdict, laterSize } = judged;
  const { info, authority, result, root } = verdict;
  if (info === undefined || authority === undefined) return;
  const named = policy?.tsaRoots.find(({ sha256 }) => sha256 === root);
  const stated: StampedTime = {
    authority,
    time: info.time.toISOString(),
    // A token that does not count says nothing, whoever its authority may be.
    worth: result === 'passed' ? (named?.timeWeight ?? 'independent') : 'open',
  };
  if (laterSize !== undefined) stated.laterSize = laterSize;
  report.facts.timestamps ??= [];
  report.facts.timestamps.push(stated);
}
