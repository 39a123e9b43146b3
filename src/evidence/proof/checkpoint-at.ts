import type { AsOf } from '../../claim/as-of.ts';
import { describeAsOf } from '../../claim/as-of.ts';
import type { AnchorRecord } from '../../formats/proof-file.ts';
import { EvidenceError } from '../errors.ts';
import type { CheckpointRow } from '../ports.ts';
import type { ProofSource } from './build-proof.ts';

/** The checkpoint that answers for a moment, and the anchor whose time says so. */
export interface CheckpointAt {
  checkpoint: CheckpointRow;
  anchor: AnchorRecord;
}

/**
 * The first checkpoint that a target recorded at or after a moment, by block time. Targets are tried
 * in the order given, so that a clock that is worth more decides where there is one.
 * @param targets names of registries, best clock first
 * @throws EvidenceError NOT_ANCHORED when none of them recorded anything since
 */
export async function checkpointAt(
  source: ProofSource,
  asOf: AsOf,
  targets: string[],
): Promise<CheckpointAt> {
  const rows = await source.store.listCheckpoints();
  for (const target of targets) {
    const found = await firstSince(source, rows, asOf.instant, target);
    if (found !== undefined) return found;
  }
  const what = `nothing was anchored at or after ${describeAsOf(asOf)} (${targets.join(', ')})`;
  const remedy = 'Wait for the next anchor; a later deposit or map entry brings a new checkpoint.';
  throw new EvidenceError('NOT_ANCHORED', what, remedy);
}

/** From the newest back: a registry's sizes and times grow together. */
async function firstSince(
  source: ProofSource,
  rows: CheckpointRow[],
  instant: number,
  target: string,
): Promise<CheckpointAt | undefined> {
  let found: CheckpointAt | undefined;
  for (const checkpoint of rows.toReversed()) {
    const anchors = await source.anchorsOf(checkpoint);
    const anchor = anchors.find((record) => record.target === target);
    if (anchor === undefined) continue;
    if (anchor.blockTime * 1000 < instant) return found;
    found = { checkpoint, anchor };
  }
  return found;
}
