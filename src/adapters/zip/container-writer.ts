import { ZipArchive } from 'archiver';
import { requireContainerPaths } from '../../formats/container-path.ts';
import { FormatError } from '../../formats/errors.ts';
import {
  CONTAINER_LIMITS,
  CONTAINER_MIMETYPE,
  MIMETYPE_PATH,
} from '../../formats/zip-container.ts';
import type { ContainerFile, ContainerWriter } from '../../litigation/ports.ts';

/** The earliest time that ZIP can say; one fixed time keeps equal packages equal in bytes. */
const FIXED_TIME = new Date(Date.UTC(1980, 0, 1));

/** Headers a file costs: local 30 + central 46 + its name twice. */
const HEADER_BYTES = 76;

/**
 * Writes the container of a case package: `mimetype` first, entries stored, UTF-8 names, fixed
 * time and mode, no extra fields, no data descriptors. `readContainer` accepts exactly this form.
 * The `mimetype` entry is put in front when the caller does not bring it.
 */
export function createContainerWriter(): ContainerWriter {
  return { write: async (files) => writeContainer(withMimetype(files)) };
}

/** @throws FormatError CONTAINER_INVALID for names or sizes that a container cannot hold */
async function writeContainer(files: ContainerFile[]): Promise<Uint8Array> {
  requireContainerPaths(files.map((file) => file.path));
  requireSize(files);
  const archive = new ZipArchive({ store: true });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    archive.on('data', (chunk) => chunks.push(chunk));
    archive.on('warning', reject);
    archive.on('error', reject);
    archive.on('end', () => resolve());
  });
  for (const file of files) {
    // A Buffer, not a stream: only then sizes stand in the local header and no descriptor follows.
    const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
    archive.append(bytes, { name: file.path, date: FIXED_TIME, mode: 0o644 });
  }
  await Promise.all([archive.finalize(), done]);
  return new Uint8Array(Buffer.concat(chunks));
}

function withMimetype(files: ContainerFile[]): ContainerFile[] {
  const bytes = new TextEncoder().encode(CONTAINER_MIMETYPE);
  const at = files.findIndex((file) => file.path === MIMETYPE_PATH);
  if (at === -1) return [{ path: MIMETYPE_PATH, bytes }, ...files];
  if (at === 0 && Buffer.compare(files[0]?.bytes ?? bytes, bytes) === 0) return files;
  return refuse(`Entry "${MIMETYPE_PATH}" must be the first and say "${CONTAINER_MIMETYPE}".`);
}

function requireSize(files: ContainerFile[]): void {
  const names = files.reduce((sum, file) => sum + 2 * Buffer.byteLength(file.path), 0);
  const contents = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const total = 22 + HEADER_BYTES * files.length + names + contents;
  if (total > CONTAINER_LIMITS.maxBytes || files.length > CONTAINER_LIMITS.maxEntries) {
    refuse(`${files.length} files with ${total} bytes are too much for one container.`);
  }
}

function refuse(message: string): never {
  throw new FormatError(
    'CONTAINER_INVALID',
    message,
    'Name exhibits for all systems, and split a case that has more than 4 GiB.',
  );
}
