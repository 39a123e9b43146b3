import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openLogSigner } from './adapters/keys/key-files.ts';
import { openKeyVault } from './adapters/keys/key-vault.ts';
import { createTileFiles } from './adapters/objects/tile-files.ts';
import {
  createSqliteEvidenceStore,
  prepareEvidenceTables,
} from './adapters/sqlite/evidence-store.ts';
import { openDatabase, type SqliteDatabase } from './adapters/sqlite/open-database.ts';
import { createSqliteSecretStore, openSecretDatabase } from './adapters/sqlite/secret-store.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import { createLogWriter } from './evidence/log/local-writer.ts';
import type { LogWriter } from './evidence/log/log-writer.ts';
import { RemoteWriter } from './evidence/log/remote-writer.ts';
import type { WriterAnswer } from './evidence/log/writer-messages.ts';
import type { EvidenceStore } from './evidence/ports.ts';

/** What the writer's thread must be told to open the same installation. */
export interface WriterPlace {
  dataFolder: string;
  /** Log origin = name of the log's key. */
  origin: string;
}

/** The first message of the thread: it is ready for requests. */
export const WRITER_READY = 'ready';

/**
 * Opens the writer of an installation over connections of its own. Its files were checked by the
 * thread that opened the installation.
 */
export function openLogWriter({ dataFolder, origin }: WriterPlace): LogWriter {
  const at = (...names: string[]) => join(dataFolder, ...names);
  const db = openDatabase(at('evidence.db'));
  const secretsDb = openSecretDatabase(at('secrets.db'));
  const vault = openKeyVault(at('keys'), systemRandom);
  const store = createSqliteEvidenceStore(db, vault.derive('row mac'), {
    role: 'thread',
    say: sayIndexMadeAnew,
  });
  const writer = createLogWriter({
    store,
    secrets: createSqliteSecretStore(secretsDb),
    vault,
    signer: openLogSigner(at('keys', 'log.key'), origin),
    tiles: createTileFiles(at('log')),
    clock: systemClock,
    random: systemRandom,
  });
  return {
    ...writer,
    async close() {
      await writer.close();
      await store.close();
      secretsDb.close();
      db.close();
    },
  };
}

/** The store of an installation, and its writer where that has a thread of its own. */
export interface WritingSide {
  ports: { store: EvidenceStore; writer?: RemoteWriter };
  /** Resolves when nothing can be written any more though nobody closed it. */
  failed: Promise<void>;
  close(): Promise<void>;
}

/** Opens the store for this thread: as the one that writes, or beside a thread that does. */
export async function openWritingSide(
  db: SqliteDatabase,
  macKey: Uint8Array,
  thread: WriterPlace | undefined,
): Promise<WritingSide> {
  const say = sayIndexMadeAnew;
  if (thread === undefined) {
    const store = createSqliteEvidenceStore(db, macKey, { say });
    return { ports: { store }, failed: new Promise(() => undefined), close: () => store.close() };
  }
  prepareEvidenceTables(db);
  // The thread makes the index that this one reads.
  const writer = await startWriterThread(thread);
  const store = createSqliteEvidenceStore(db, macKey, { role: 'reader', say });
  const close = async () => {
    await writer.close();
    await store.close();
  };
  return { ports: { store, writer }, failed: writer.failed, close };
}

/** The writer in a thread of its own; resolves when it is ready. */
export async function startWriterThread(place: WriterPlace): Promise<RemoteWriter> {
  const worker = new Worker(new URL('./compose-writer-thread.ts', import.meta.url), {
    workerData: place,
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
  });
  return new RemoteWriter({
    post: (request, handed) => worker.postMessage(request, handed),
    onAnswer: (listener) => worker.on('message', (answer: WriterAnswer) => listener(answer)),
    onEnd(listener) {
      // Without a listener an error in the thread would end the process before anybody is told.
      worker.on('error', () => undefined);
      worker.once('exit', listener);
    },
    end: async () => void (await worker.terminate()),
  });
}

/** Nothing is lost with an index; whoever runs the service should know of it all the same. */
function sayIndexMadeAnew(reason: string): void {
  const at = systemClock.now().toISOString();
  process.stderr.write(`${JSON.stringify({ at, event: 'index.rebuilt', reason })}\n`);
}
