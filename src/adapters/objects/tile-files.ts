import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
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
      // The path may come from a request.
      const target = resolve(folder, path);
      if (path.includes('\0') || !target.startsWith(resolve(folder) + sep)) return undefined;
      try {
        return await readFile(target);
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return undefined;
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
