import type { Anchoring } from './compose-anchoring.ts';
import type { AnchorReport } from './evidence/anchor/anchor-checkpoints.ts';
import { checkpointRoot, type Evidence } from './evidence/index.ts';
import type { CheckpointRow } from './evidence/ports.ts';

/** What publishing brought about. */
export interface Published {
  checkpoint: CheckpointRow | undefined;
  /** Of the embedded chain, where it is on; of the target that stopped everything, if one did. */
  anchoring: AnchorReport;
  /** One for each target. */
  targets: AnchorReport[];
}

/** How long a command waits for chains outside of this process. */
const REMOTE_PATIENCE_MS = 10_000;

/** Publishing and moving, one at a time: a chain must have its seed before anything newer. */
export interface Publishing {
  publishAndAnchor(waitMs?: number): Promise<Published>;
  moveLog(from: string, to: string): Promise<void>;
  /** Resolves when nothing is under way. */
  settled(): Promise<unknown>;
}

export function createPublishing(
  evidence: Evidence,
  anchoring: Anchoring,
  refreshPolicy: () => Promise<void>,
): Publishing {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  return {
    publishAndAnchor: (waitMs = REMOTE_PATIENCE_MS) =>
      inTurn(async () => {
        const published = await publishAndAnchor(evidence, anchoring, waitMs);
        if (!(await anchoring.rollWhenFull())) return published;
        await refreshPolicy();
        return publishAndAnchor(evidence, anchoring, waitMs);
      }),
    moveLog: (from, to) =>
      inTurn(async () => {
        await anchoring.move(from, to);
        await refreshPolicy();
      }),
    settled: () => turn,
  };
}

async function publishAndAnchor(
  evidence: Evidence,
  { fleet, embeddedTarget }: Anchoring,
  waitMs: number,
): Promise<Published> {
  const published = (checkpoint: CheckpointRow | undefined, targets: AnchorReport[]): Published => {
    const own = targets.find(({ target }) => target === embeddedTarget) ?? targets[0];
    const anchoring = fleet.contradiction() ?? own;
    if (anchoring === undefined) throw new TypeError('an installation without anchor targets');
    return { checkpoint, anchoring, targets };
  };
  if (fleet.hasUnseen()) await fleet.tick(waitMs);
  else await fleet.tickInProcess();
  // Signing on from here would make a second history of a log that a chain knows already.
  if (fleet.contradiction() !== undefined) {
    return published(await evidence.latestCheckpoint(), await fleet.reports());
  }
  const checkpoint = await evidence.publishCheckpoint();
  if (checkpoint !== undefined) {
    await fleet.enqueue({ size: checkpoint.size, root: checkpointRoot(checkpoint) });
  }
  return published(checkpoint, await fleet.tick(waitMs));
}
