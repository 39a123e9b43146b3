import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { ImportSource, TableFile, TableFormat } from '../../evidence/deposit/ports.ts';
import { openCsvTable } from './csv-table.ts';
import { ImportFileError } from './import-errors.ts';
import { openNdjsonTable } from './ndjson-table.ts';
import { openXlsxTable } from './xlsx-table.ts';

export interface ImportFolderOptions {
  /** Files that stand elsewhere than the profile says: path in the profile → real path. */
  instead?: ReadonlyMap<string, string>;
  /** Largest document, in bytes. Default 256 MiB. */
  maxDocumentBytes?: number;
}

const OPENERS = { csv: openCsvTable, xlsx: openXlsxTable, ndjson: openNdjsonTable };

const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code));

/**
 * The files of an import, in one folder. Documents that a row names are read from inside that
 * folder only, after symbolic links: a row must not be able to deposit the machine's own secrets.
 */
export function openImportFolder(root: string, options: ImportFolderOptions = {}): ImportSource {
  const placeOf = (path: string) => options.instead?.get(path) ?? join(root, path);
  return {
    openTable: (path, format) => openTable(placeOf(path), format),
    readDocument: (path) => readDocument(root, path, options.maxDocumentBytes ?? 256 << 20),
  };
}

async function openTable(place: string, format: TableFormat): Promise<TableFile | undefined> {
  try {
    if ((await stat(place)).isFile()) return await OPENERS[format.format](place, format);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  throw new ImportFileError('TABLE_UNREADABLE', 'is no file', 'Name a file in the profile.');
}

async function readDocument(root: string, path: string, limit: number) {
  try {
    const place = await realpath(join(root, path));
    const inside = relative(await realpath(root), place);
    if (inside.startsWith(`..${sep}`) || inside === '..' || isAbsolute(inside)) {
      const message = 'a document lies outside the import folder';
      throw new ImportFileError('DOCUMENT_REFUSED', message, 'Copy it into the import folder.');
    }
    const { size } = await stat(place);
    if (size > limit) {
      const message = `a document has ${size} bytes; the limit is ${limit}`;
      throw new ImportFileError(
        'DOCUMENT_REFUSED',
        message,
        'Deposit it alone, or raise the limit.',
      );
    }
    return new Uint8Array(await readFile(place));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
