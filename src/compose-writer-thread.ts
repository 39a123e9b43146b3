import { parentPort, workerData } from 'node:worker_threads';
import { openLogWriter, WRITER_READY, type WriterPlace } from './compose-writer.ts';
import { answerRequest } from './evidence/log/serve-writer.ts';
import type { WriterRequest } from './evidence/log/writer-messages.ts';

// The thread in which the log is written, beside the one that talks to the world.
const writer = openLogWriter(workerData as WriterPlace);
parentPort?.on('message', async (request: WriterRequest) => {
  parentPort?.postMessage(await answerRequest(writer, request));
});
parentPort?.postMessage(WRITER_READY);
