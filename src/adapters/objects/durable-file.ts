import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file so that it is either there whole and on disk, or not there: temporary file, sync,
 * rename, sync of the folder. A crash leaves at most a `.tmp` file, which nothing reads.
 * @param target final path, or a function told after the last byte which path it is
 */
export async function writeDurably(
  folder: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: string | (() => string),
  mode = 0o600,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const temporary = `${folder}/.${randomBytes(8).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', mode);
  try {
    for await (const chunk of source) await handle.writeFile(chunk);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await handle.close();
  const path = typeof target === 'function' ? target() : target;
  await mkdir(dirname(path), { recursive: true });
  await rename(temporary, path);
  await syncFolder(dirname(path));
  return path;
}
