import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { explainDiskFull } from '../system/disk-full.ts';
import { BackupError } from './backup-error.ts';

/** A file of a backup: its path below the folder, bytes, and SHA-256 in hex. */
export interface BackedFile {
  path: string;
  size: number;
  sha256: string;
}

/** Files that are copied at once: each waits for the disk, not for the processor. */
const AT_ONCE = 16;

/**
 * Fills a folder that gets its name when all in it is on the disk. A crash before leaves
 * `<name>.partial`, which nothing reads.
 */
export class FolderWriter {
  readonly #target: string;
  readonly #partial: string;
  readonly files: BackedFile[] = [];

  private constructor(target: string) {
    this.#target = target;
    this.#partial = `${target}.partial`;
  }

  /** @throws BackupError BACKUP_TARGET_EXISTS unless there is nothing, or an empty folder */
  static open(folder: string): FolderWriter {
    const target = resolve(folder);
    const isTaken = existsSync(target) && readdirSync(target).length > 0;
    for (const path of [...(isTaken ? [target] : []), `${target}.partial`]) {
      if (!existsSync(path)) continue;
      const remedy = 'Name another folder; delete a .partial folder that a broken-off run left.';
      throw new BackupError('BACKUP_TARGET_EXISTS', `${path} is there already`, remedy);
    }
    mkdirSync(dirname(target), { recursive: true });
    mkdirSync(`${target}.partial`, { mode: 0o700 });
    return new FolderWriter(target);
  }

  /** Where a file goes for as long as the folder is not finished. */
  at(path: string): string {
    return join(this.#partial, path);
  }

  /** Copies files side by side. @throws BackupError BACKUP_DISTURBED when one is gone */
  async copyAll(files: { from: string; path: string; mode?: number }[]): Promise<void> {
    const waiting = files.values();
    const lane = async () => {
      for (const { from, path, mode } of waiting) {
        await this.write(path, createReadStream(from), mode).catch((cause) => {
          if (cause?.code !== 'ENOENT') throw cause;
          const what = `${path} was removed while the backup was made`;
          throw new BackupError('BACKUP_DISTURBED', what, 'Run the command again.', { cause });
        });
      }
    };
    const runs = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
    for (const run of runs) if (run.status === 'rejected') throw explainDiskFull(run.reason);
  }

  async write(
    path: string,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    mode = 0o600,
  ): Promise<BackedFile> {
    await mkdir(dirname(this.at(path)), { recursive: true, mode: 0o700 });
    const hash = createHash('sha256');
    let size = 0;
    const handle = await open(this.at(path), 'wx', mode);
    try {
      for await (const chunk of source) {
        hash.update(chunk);
        size += chunk.length;
        await handle.writeFile(chunk);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    return this.#add({ path, size, sha256: hash.digest('hex') });
  }

  /** Takes in a file that something else has written at `at(path)`. */
  async adopt(path: string): Promise<BackedFile> {
    await chmod(this.at(path), 0o600);
    await sync(this.at(path));
    return this.#add({ path, ...(await digestFile(this.at(path))) });
  }

  /** Syncs every folder, and gives the whole its name. */
  async finish(): Promise<void> {
    const inside = readdirSync(this.#partial, { recursive: true, withFileTypes: true });
    const folders = inside.filter((one) => one.isDirectory());
    for (const { parentPath, name } of folders) await sync(join(parentPath, name));
    await sync(this.#partial);
    if (existsSync(this.#target)) rmdirSync(this.#target);
    await rename(this.#partial, this.#target);
    await sync(dirname(this.#target));
  }

  /** Removes what was written so far. */
  async discard(): Promise<void> {
    await rm(this.#partial, { recursive: true, force: true });
  }

  #add(file: BackedFile): BackedFile {
    this.files.push(file);
    return file;
  }
}

async function sync(path: string): Promise<void> {
  // Windows opens no folders; there a rename is as durable as the system makes it.
  const handle = await open(path, 'r').catch((error) => {
    if (process.platform === 'win32') return undefined;
    throw error;
  });
  await handle?.sync().catch((error) => {
    if (process.platform !== 'win32') throw error;
  });
  await handle?.close();
}

/** Size in bytes and SHA-256 of a file, however large. */
export async function digestFile(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}
