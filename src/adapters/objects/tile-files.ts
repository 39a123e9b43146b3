import { existsSync } from 'node:fs';
import { opendir, readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { TileFiles } from '../../evidence/ports.ts';
import { writeAllDurably } from './durable-file.ts';

async function* walk(folder: string, prefix = ''): AsyncGenerator<string> {
  const entries = await opendir(join(folder, prefix)).catch(() => undefined);
  if (entries === undefined) return;
  for await (const entry of entries) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(folder, path);
    else if (entry.isFile() && !path.endsWith('.tmp')) yield path;
  }
}

/** The published log as plain files, ready for any static web server. */
export function createTileFiles(folder: string): TileFiles {
  return {
    async write(files) {
      const targets = files.map(({ path, bytes }) => ({ path: join(folder, path), bytes }));
      await writeAllDurably(targets, 0o644);
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
    has: async (path) => existsSync(join(folder, path)),
    async list() {
      const paths: string[] = [];
      for await (const path of walk(folder)) paths.push(path);
      return paths;
    },
    walk: () => walk(folder),
  };
}
