import { join } from 'node:path';
import { openImportFolder } from './adapters/import/import-folder.ts';
import { readProfile } from './adapters/import/profile-store.ts';
import { type ImportItem, parseProfile, planImport, prepareImport } from './evidence/index.ts';

/**
 * Opens an import: reads the profile and the headers of its files, and only then gives the items.
 * @throws ProfileError, ImportFileError before anything is deposited
 */
export async function openImport(
  projectFolder: string,
  nameOrPath: string,
  folder: string,
  instead: ReadonlyMap<string, string>,
  values: boolean,
): Promise<AsyncIterable<ImportItem>> {
  const profile = parseProfile(await readProfile(nameOrPath, join(projectFolder, 'profiles')));
  const source = openImportFolder(folder, { instead });
  await prepareImport(profile, source);
  return planImport(profile, source, { values });
}
