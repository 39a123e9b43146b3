import { once } from 'node:events';
import type { Acknowledgement } from '../../evidence/index.ts';
import type { DepositCommand } from '../../evidence/ports.ts';
import { type AnswerLine, runBatch } from '../batch/run-batch.ts';
import { bodyStream, mediaTypeOf, readBody, singleHeader } from '../body.ts';
import { ApiError, failureDetails, problemOf } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { fileCommand, recordCommand } from '../schemas/deposit.ts';
import { refuseQuery } from '../schemas/parameters.ts';

/** POST /v1/deposits: a structured record as JSON, or any file as a stream. */
export async function postDeposit(exchange: Exchange): Promise<void> {
  refuseQuery(exchange.request);
  const leave = exchange.admission.enter(bytesHeld(exchange));
  const acknowledgement = await accept(exchange).finally(leave);
  const { evidenceNo, seq, leafIndex, duplicate } = acknowledgement;
  exchange.log('deposit.accepted', { leafIndex, duplicate });
  exchange.response
    .status(duplicate ? 200 : 201)
    .location(`/v1/loans/${evidenceNo}/entries/${seq}/receipt`)
    .json(acknowledgement satisfies Acknowledgement);
}

async function accept(exchange: Exchange): Promise<Acknowledgement> {
  const command = await readCommand(exchange);
  return exchange.services.evidence.acceptDeposit(command);
}

/** What the body takes in memory: a record is read whole, a file is not. */
function bytesHeld({ request, limits }: Exchange): number {
  if (request.headers['cunzheng-deposit'] !== undefined) return 0;
  const length = Number(request.headers['content-length'] ?? limits.jsonBytes);
  return Math.min(length, limits.jsonBytes);
}

async function readCommand(exchange: Exchange): Promise<DepositCommand> {
  const { request, limits } = exchange;
  const mediaType = mediaTypeOf(request);
  const header = singleHeader(request, 'cunzheng-deposit');
  if (header !== undefined) {
    return fileCommand(header, mediaType, () => bodyStream(exchange), limits);
  }
  if (mediaType === 'application/json') {
    return recordCommand(await readBody(exchange, limits.jsonBytes));
  }
  const remedy = 'Send a record as application/json, a file with the Cunzheng-Deposit header.';
  throw new ApiError('MEDIA_TYPE_UNSUPPORTED', 'neither a JSON record nor a file', remedy);
}

/** POST /v1/deposits:batch: NDJSON in, one NDJSON result a line out. */
export async function postBatch(exchange: Exchange): Promise<void> {
  const { request, response, services, limits, batchBytes, requestId } = exchange;
  refuseQuery(request);
  refuseBatchHeaders(exchange);
  const source = bodyStream(exchange);
  response.status(200).type('application/x-ndjson');
  response.flushHeaders();
  const counts = await runBatch(source, {
    limits,
    batchBytes,
    accept: (commands) => services.evidence.acceptDeposits(commands),
    explain(error) {
      const problem = problemOf(error, requestId);
      if (problem.status >= 500) exchange.log('deposit.failed', failureDetails(error));
      return problem;
    },
    send: (lines) => sendLines(exchange, lines),
    isGone: () => response.destroyed,
  });
  exchange.log('batch.finished', { ...counts });
  response.end();
}

function refuseBatchHeaders({ request }: Exchange): void {
  if (!['application/x-ndjson', 'application/jsonl'].includes(mediaTypeOf(request))) {
    const remedy = 'Send one JSON object a line as application/x-ndjson.';
    throw new ApiError('MEDIA_TYPE_UNSUPPORTED', 'not an NDJSON body', remedy);
  }
  if (singleHeader(request, 'content-digest') === undefined) return;
  // Lines are acknowledged while later ones still arrive: a digest over all of them comes too late.
  const remedy = 'Leave it out: each receipt names the digests of its own content.';
  throw new ApiError('DIGEST_INVALID', 'a batch cannot be checked as a whole', remedy);
}

async function sendLines({ response }: Exchange, lines: AnswerLine[]): Promise<void> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  if (response.destroyed || response.write(text)) return;
  const gone = new AbortController();
  const wait = { signal: gone.signal };
  await Promise.race([once(response, 'drain', wait), once(response, 'close', wait)]).catch(
    () => undefined,
  );
  gone.abort();
}
