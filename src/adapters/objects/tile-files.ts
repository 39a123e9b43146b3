import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { TileFiles } from '../../evidence/ports.ts';
import { writeDurably } from './durable-file.ts';

/** The published log as plain files, ready for any static web server. */
export function createTileFiles(folder: string): TileFiles {
  return {
    async write(files) {
      for (const { path, bytes } of files) {
        const target = join(folder, path);
        await writeDurably(dirname(target), [bytes], target, 0o644);
      }
    },
    async read(path) {
      try {
        return await readFile(join(folder, path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      const files = entries.filter((entry) => entry.isFile());
      return files
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .map((path) => path.split(sep).join('/'))
        .filter((path) => !path.endsWith('.tmp'));
    },
  };
}
