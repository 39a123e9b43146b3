import { describeAsOf } from '../claim/as-of.ts';
import { toHex } from '../formats/bytes.ts';
import { type Checkpoint, logId } from '../formats/checkpoint.ts';
import type { VerifierKey } from '../formats/note.ts';
import type { Reason, ReportBuilder } from './report.ts';
import { type FirstAnchored, namedRegistry, type VerifierContext } from './trust.ts';

/**
 * Judges whether a checkpoint is the first anchored one at or after the moment that the verifier
 * asked for: with an older one the lender would keep back what came since, with a later one they
 * would have had time. By block time of the registries that the policy names; without a search of
 * the verifier's own it counts as not checked.
 */
export function checkFirst(
  report: ReportBuilder,
  checkpoint: Checkpoint,
  key: VerifierKey | undefined,
  { asOf, searches, policy }: VerifierContext,
): void {
  if (asOf === undefined) return;
  report.facts.asOf = describeAsOf(asOf);
  const id = key === undefined ? undefined : toHex(logId(key));
  const own = (searches ?? []).filter(
    (search) =>
      search.logId === id &&
      search.instant === asOf.instant &&
      namedRegistry(policy, search) !== undefined,
  );
  if (own.length === 0) {
    report.notChecked.add('FIRST_ANCHORED');
    return;
  }
  const answers = own.map((search) => ({ search, reason: answerOf(search, checkpoint) }));
  const right = answers.filter(({ reason }) => reason === 'OK');
  // Registries keep different times: the first one of any that the policy names will do.
  for (const { search, reason } of right.length > 0 ? right : answers) {
    report.holds('checkpoint.first', reason === 'OK', reason, { detail: placeOf(search) });
  }
}

function answerOf({ first }: FirstAnchored, { size, root }: Checkpoint): Reason {
  if (first === undefined || size < first.size) return 'BEFORE_DATE';
  if (size > first.size) return 'NOT_FIRST';
  return first.root === toHex(root) ? 'OK' : 'ANCHOR_DIFFERS';
}

function placeOf({ chainId, registry, first }: FirstAnchored): string {
  const place = `eip155:${chainId} ${registry}`;
  if (first === undefined) return place;
  const time = new Date(first.blockTime * 1000).toISOString().replace('.000Z', 'Z');
  return `${place}: #${first.size}, block ${first.blockNumber}, ${time}`;
}
