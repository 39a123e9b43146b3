import type { EvidenceStore, TileFiles } from '../ports.ts';
import { LogGrowth } from './log-growth.ts';

export interface LogSource {
  store: Pick<EvidenceStore, 'readData' | 'leafHashes'>;
  tiles: TileFiles;
}

/**
 * Makes the published files of the first `size` entries out of nothing else: tiles and bundles, not
 * the checkpoint, which is the last to be written.
 * @returns the root of the tree over them, 32 bytes
 */
export async function makeLogFiles(source: LogSource, size: number): Promise<Uint8Array> {
  const tree = await LogGrowth.from(source, 0);
  await tree.writeFull(size);
  const root = await tree.close(size);
  await tree.writePartial();
  return root;
}
