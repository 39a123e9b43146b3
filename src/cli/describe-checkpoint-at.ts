import { type AsOf, describeAsOf } from '../claim/as-of.ts';
import type { CheckpointAt } from '../evidence/index.ts';
import type { TimeWeight } from '../formats/policy.ts';
import type { Language } from '../verify/messages.ts';

/** Says which checkpoint answers for a moment, by whose clock, and what that clock is worth. */
export function describeCheckpointAt(
  asOf: AsOf,
  { checkpoint, anchor }: CheckpointAt,
  weight: TimeWeight,
  language: Language,
): string {
  const time = new Date(anchor.blockTime * 1000).toISOString().replace('.000Z', 'Z');
  const { target, blockNumber } = anchor;
  if (language === 'zh') {
    return [
      `所问时点    ${describeAsOf(asOf)}`,
      `检查点      ${checkpoint.size} 个条目：该时点或其后最先登记上链的一个`,
      `依据的时间  ${target} 第 ${blockNumber} 块的区块时间 ${time}`,
      weight === 'none'
        ? '            该链由存证方自行运行：此时间只说明先后，对他人无证明力'
        : '            独立的链：此时间由该链的验证者作证',
    ].join('\n');
  }
  return [
    `as of       ${describeAsOf(asOf)}`,
    `checkpoint  ${checkpoint.size} entries: the first one anchored at or after that moment`,
    `by          the time of block ${blockNumber} of ${target}, ${time}`,
    weight === 'none'
      ? '            a chain that the depositor runs: it tells the order, its clock proves nothing to others'
      : '            an independent chain: its validators vouch for the time',
  ].join('\n');
}
