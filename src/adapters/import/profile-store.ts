import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, parseJson } from '../../formats/jcs.ts';
import { ImportFileError } from './import-errors.ts';

/** The names of the profiles that come with the program, sorted. */
export async function listProfiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/**
 * The JSON of a mapping profile: by name from `folder`, else by the path of a file.
 * @throws ImportFileError PROFILE_NOT_FOUND naming the profiles there are; FormatError for bad JSON
 */
export async function readProfile(nameOrPath: string, folder: string): Promise<Json> {
  const names = await listProfiles(folder);
  const place = names.includes(nameOrPath) ? join(folder, `${nameOrPath}.json`) : nameOrPath;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(place);
  } catch (cause) {
    const message = `there is no import profile "${nameOrPath}" (there are: ${names.join(', ')})`;
    const remedy = 'Name one of these, or the path of your own profile (docs/import.md).';
    throw new ImportFileError('PROFILE_NOT_FOUND', message, remedy, { cause });
  }
  return parseJson(bytes);
}
