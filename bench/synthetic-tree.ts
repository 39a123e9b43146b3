import { createHash } from 'node:crypto';
import { nodeHash } from '../src/formats/merkle.ts';

const PERIOD = 4_096;
const PERIOD_LEVEL = Math.log2(PERIOD);
const MAX_LEVEL = 53;

/**
 * An RFC 9162 tree as large as one likes, whose leaves repeat after 4,096 different ones. Full
 * subtrees above that are therefore alike at each level, so nothing big is computed or kept, while
 * every root and proof over it is a real one.
 * @returns a HashReader of `src/formats/merkle.ts`
 */
export function buildSyntheticTree(): (level: number, index: number) => Uint8Array {
  let level: Uint8Array[] = Array.from({ length: PERIOD }, (_, i) =>
    createHash('sha256').update(`\0leaf ${i}`).digest(),
  );
  const levels: Uint8Array[][] = [level];
  while (levels.length <= MAX_LEVEL) {
    const below = level;
    const at = (i: number) => below[i % below.length] ?? new Uint8Array();
    const width = levels.length <= PERIOD_LEVEL ? PERIOD >> levels.length : 1;
    level = Array.from({ length: width }, (_, i) => nodeHash(at(2 * i), at(2 * i + 1)));
    levels.push(level);
  }
  return (height, index) => {
    const nodes = levels[height] ?? [];
    const hash = nodes[index % nodes.length];
    if (hash === undefined) throw new RangeError(`no node at level ${height}`);
    return hash;
  };
}
