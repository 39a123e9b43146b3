import { parentPort, workerData } from 'node:worker_threads';
import type { MapState } from '../../evidence/ports.ts';
import { EvidenceReader } from './evidence-reader.ts';
import { IndexFollower } from './index-follower.ts';
import { openDatabase } from './open-database.ts';
import { openIndexFile } from './open-index.ts';

/** What the store asks of the thread that runs this file. */
export type IndexRequest = { do: 'catch-up'; size: number } | { do: 'map' } | { do: 'close' };

/** What it answers, in the order of the requests; several of `catch-up` share one answer. */
export interface IndexAnswer {
  indexed: number;
  map?: MapState;
  failed?: string;
}

/** The index thread: reads evidence.db over a connection of its own and writes index.db. */
function run(port: NonNullable<typeof parentPort>): void {
  const { log, index } = workerData as { log: string; index: string };
  const logDb = openDatabase(log);
  const indexDb = openIndexFile(index);
  const follower = new IndexFollower(indexDb, new EvidenceReader(logDb));
  let indexed = follower.index.state().indexed;
  const answer = (message: Omit<IndexAnswer, 'indexed'> = {}) =>
    port.postMessage({ indexed, ...message } satisfies IndexAnswer);
  const handle = (request: IndexRequest) => {
    if (request.do === 'close') {
      indexed = follower.catchUp();
      indexDb.close();
      logDb.close();
      port.close();
    } else if (request.do === 'map') {
      const map = follower.updateMap();
      indexed = map.covers;
      answer({ map });
    } else if (request.size > indexed) {
      indexed = follower.catchUp();
      answer();
    } else answer();
  };
  port.on('message', (request: IndexRequest) => {
    try {
      handle(request);
    } catch (error) {
      answer({ failed: error instanceof Error ? error.message : String(error) });
      if (request.do === 'close') port.close();
    }
  });
}

if (parentPort !== null) run(parentPort);
