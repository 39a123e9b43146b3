import { DEFAULT_LIMITS, type Lateness, latenessInOrder } from '../../claim/lateness.ts';
import { stampedCheckpoint } from '../../formats/timestamp.ts';
import { verifyTimestampToken } from '../../verify/time-stamp.ts';
import type { CheckpointRow } from '../ports.ts';
import type { Artifact } from './artifact.ts';
import type { ProofSource } from './build-proof.ts';

/** A time from outside the log that covers an entry: a block, or a time-stamp token. */
interface FixedTime {
  /** RFC 3339, UTC. */
  at: string;
  /** Name of the registry, or the subject of the authority's certificate. */
  by: string;
}

/** What the times of a loan's deposits say by the limits of the program, in their order. */
export async function depositTimes(
  source: ProofSource,
  history: readonly Pick<Artifact, 'leafIndex' | 'statement'>[],
): Promise<Lateness[]> {
  const indexes = history.map(({ leafIndex }) => leafIndex);
  const statements = history.map(({ statement }) => statement);
  return latenessInOrder(statements, DEFAULT_LIMITS, await firstFixed(source, indexes));
}

/**
 * When each entry was first fixed outside the log: of the first checkpoint that covers it and was
 * anchored or stamped, the earliest time. What such a clock is worth is the policy's question.
 * @returns for each leaf index in its place; null when nothing covers it yet
 */
async function firstFixed(
  source: ProofSource,
  leafIndexes: readonly number[],
): Promise<(FixedTime | null)[]> {
  const rows = await source.store.listCheckpoints();
  const known = new Map<number, FixedTime | null>();
  const out: (FixedTime | null)[] = [];
  for (const index of leafIndexes) {
    const first = rows.findIndex(({ size }) => size > index);
    out.push(first < 0 ? null : await fixedFrom(source, rows, first, known));
  }
  return out;
}

/** Walks on to the first checkpoint that is fixed; what was walked over has the same answer. */
async function fixedFrom(
  source: ProofSource,
  rows: CheckpointRow[],
  first: number,
  known: Map<number, FixedTime | null>,
): Promise<FixedTime | null> {
  const walked: number[] = [];
  let found: FixedTime | null = null;
  for (let at = first; at < rows.length && found === null; at += 1) {
    const row = rows[at];
    if (row === undefined) break;
    const answer = known.get(row.size);
    if (answer !== undefined) {
      found = answer;
      break;
    }
    walked.push(row.size);
    const times = await timesOf(source, row);
    found = times.sort((a, b) => (a.at < b.at ? -1 : 1))[0] ?? null;
  }
  for (const size of walked) known.set(size, found);
  return found;
}

async function timesOf(source: ProofSource, row: CheckpointRow): Promise<FixedTime[]> {
  const blocks = (await source.anchorsOf(row)).map(({ blockTime, target }) => ({
    at: new Date(blockTime * 1000).toISOString(),
    by: target,
  }));
  const stamps = (await source.timestampsOf(row)).flatMap((record) => {
    const over = stampedCheckpoint(record.later?.checkpoint ?? row.note);
    const { result, info, authority } = verifyTimestampToken(record, over, { trustedRoots: [] });
    if (result === 'failed' || info === undefined) return [];
    return [{ at: info.time.toISOString(), by: authority ?? 'RFC 3161' }];
  });
  return [...blocks, ...stamps];
}
