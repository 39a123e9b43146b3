import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { explainDiskFull } from '../system/disk-full.ts';

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there the rename is as durable as the system makes it.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const WRITE_BYTES = 1 << 20;

/** Makes a folder whose name is on the disk too: a new folder is an entry of the one above it. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(folder); made !== dirname(made); made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(first)) return;
  }
}

/**
 * Writes a file so that it is either there whole and on disk, or not there: temporary file, sync,
 * rename, sync of the folder. A crash leaves at most a `.tmp` file, which nothing reads.
 * @throws EvidenceError STORE_FULL, and what `source` throws
 * @param target final path, or a function told after the last byte which path it is
 */
export async function writeDurably(
  folder: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: string | (() => string),
  mode = 0o600,
): Promise<string> {
  try {
    return await writeFirstAside(folder, source, target, mode);
  } catch (error) {
    throw explainDiskFull(error);
  }
}

/** Syncs that are under way at once: each waits for the disk, not for the processor. */
const AT_ONCE = 16;

/**
 * Writes several files as `writeDurably` does, side by side: each is there whole or not at all, and
 * all are on the disk when this returns. A crash leaves any part of them.
 * @throws EvidenceError STORE_FULL
 */
export async function writeAllDurably(
  files: { path: string; bytes: Uint8Array }[],
  mode = 0o600,
): Promise<void> {
  const waiting = files.values();
  const write = async () => {
    for (const { path, bytes } of waiting) await placeFile(path, [bytes], mode);
  };
  try {
    const runs = await Promise.allSettled(Array.from({ length: AT_ONCE }, write));
    for (const run of runs) if (run.status === 'rejected') throw run.reason;
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) await syncFolder(folder);
  } catch (error) {
    throw explainDiskFull(error);
  }
}

/** Everything but the sync of the folder that holds the new name. */
async function placeFile(path: string, source: Iterable<Uint8Array>, mode: number): Promise<void> {
  const temporary = await writeAside(dirname(path), source, mode);
  await renameAside(temporary, path);
}

async function writeFirstAside(
  folder: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: string | (() => string),
  mode: number,
): Promise<string> {
  const temporary = await writeAside(folder, source, mode);
  const path = typeof target === 'function' ? target() : target;
  await renameAside(temporary, path);
  await syncFolder(dirname(path));
  return path;
}

/** @returns path of a synced file that nothing reads yet */
async function writeAside(
  folder: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  mode: number,
): Promise<string> {
  await makeFolder(folder);
  const temporary = `${folder}/.${randomBytes(8).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', mode);
  try {
    await writeTogether(handle, source);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await handle.close();
  return temporary;
}

/** Small pieces are written together: each write is a way to another thread and back. */
async function writeTogether(
  handle: FileHandle,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  const write = async () => {
    if (size > 0) await handle.writeFile(Buffer.concat(waiting));
    [waiting, size] = [[], 0];
  };
  for await (const chunk of source) {
    waiting.push(chunk);
    size += chunk.length;
    if (size >= WRITE_BYTES) await write();
  }
  await write();
}

async function renameAside(temporary: string, path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
