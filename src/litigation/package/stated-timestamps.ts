import type { CheckpointRow } from '../../evidence/ports.ts';
import { parseCheckpoint } from '../../formats/checkpoint.ts';
import type { TrustPolicy } from '../../formats/policy.ts';
import { stampedCheckpoint, type TimestampRecord } from '../../formats/timestamp.ts';
import { verifyTimestamp } from '../../verify/time-stamp.ts';
import type { StatedTimestamp } from './case-context.ts';

/**
 * The tokens of a checkpoint that hold by the installation's own policy, as the documents state them.
 * One that does not hold is not mentioned: nothing may be written of it.
 */
export function statedTimestamps(
  records: readonly TimestampRecord[],
  checkpoint: CheckpointRow,
  policy: TrustPolicy,
  now: Date,
): StatedTimestamp[] {
  const trustedRoots = policy.tsaRoots.map(({ sha256 }) => sha256);
  return records.flatMap((record) => {
    const over = record.later?.checkpoint ?? checkpoint.note;
    const verdict = verifyTimestamp(record, stampedCheckpoint(over), now, { trustedRoots });
    const { result, info, authority, root } = verdict;
    if (result !== 'passed' || info === undefined || authority === undefined) return [];
    const named = policy.tsaRoots.find(({ sha256 }) => sha256 === root);
    const stated: StatedTimestamp = {
      authority: readableName(authority),
      time: info.time.toISOString(),
      serial: info.serial,
      timeWeight: named?.timeWeight ?? 'independent',
    };
    if (record.later !== undefined) stated.laterSize = parseCheckpoint(over).size;
    return [stated];
  });
}

/** Common name and organisation out of a name in the form of RFC 4514; else the whole. */
export function readableName(subject: string): string {
  const part = (type: string): string | undefined =>
    new RegExp(`(?:^|,)${type}=((?:\\\\.|[^,\\\\+])*)`).exec(subject)?.[1]?.replace(/\\(.)/g, '$1');
  const [name, organisation] = [part('CN'), part('O')];
  if (name === undefined) return subject;
  return organisation === undefined || organisation === name ? name : `${name}（${organisation}）`;
}
