import { join } from 'node:path';
import Database from 'better-sqlite3';
import { EmbeddedChainError } from './embedded-chain-error.ts';

export interface FolderLock {
  release(): void;
}

/**
 * Claims a folder for this process. The lock is the operating system's own (through SQLite), so a
 * killed process leaves nothing to clean up, which a file with a process id would.
 * @throws EmbeddedChainError CHAIN_IN_USE when another process, or this one, holds it
 */
export function lockFolder(folder: string): FolderLock {
  const database = new Database(join(folder, 'lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new EmbeddedChainError(
      'CHAIN_IN_USE',
      `another process has the chain in ${folder} open`,
      'Stop the other service, or give this one its own data folder.',
      { cause },
    );
  }
  return { release: () => database.close() };
}
