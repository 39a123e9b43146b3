import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileObjectStore } from '../../src/adapters/objects/file-object-store.ts';
import { createTileFiles } from '../../src/adapters/objects/tile-files.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { filesBelow } from '../support/tampering.ts';
import { objectStoreConformance, tileFilesConformance } from './files.ts';

objectStoreConformance('files', () => {
  const scratch = scratchFolder();
  const folder = join(scratch.path, 'objects');
  const pathOf = (id: string) => join(folder, id.slice(0, 2), id.slice(2));
  return {
    store: createFileObjectStore(folder),
    reopen: () => createFileObjectStore(folder),
    damage(id) {
      const bytes = readFileSync(pathOf(id));
      bytes[500] = (bytes[500] ?? 0) ^ 1;
      writeFileSync(pathOf(id), bytes);
    },
    lose: (id) => rmSync(pathOf(id)),
    files: () => (readdirSync(scratch.path).length === 0 ? 0 : filesBelow(folder).length),
    remove: scratch.remove,
  };
});

tileFilesConformance('files', () => {
  const scratch = scratchFolder();
  writeFileSync(join(scratch.path, 'secret'), 'not for readers');
  const folder = join(scratch.path, 'log');
  return {
    tiles: createTileFiles(folder),
    reopen: () => createTileFiles(folder),
    remove: scratch.remove,
  };
});
