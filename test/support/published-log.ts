import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeBundle, TILE_WIDTH, tilePath, tilesOf } from '../../src/formats/tile.ts';
import { leafHash, treeHash } from './tlog-client.ts';

/** Writes a log as its operator publishes it, out of entries and a signed checkpoint alone. */
export function publishLog(folder: string, entries: Uint8Array[], checkpoint: string): void {
  const leaves = entries.map(leafHash);
  for (const id of tilesOf(entries.length)) {
    const span = id.level === 'entries' ? 1 : TILE_WIDTH ** id.level;
    const first = id.index * TILE_WIDTH;
    const bytes =
      id.level === 'entries'
        ? encodeBundle(entries.slice(first, first + id.width))
        : Buffer.concat(
            Array.from({ length: id.width }, (_, i) =>
              treeHash(leaves.slice((first + i) * span, (first + i + 1) * span)),
            ),
          );
    const path = join(folder, tilePath(id));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  writeFileSync(join(folder, 'checkpoint'), checkpoint);
}
