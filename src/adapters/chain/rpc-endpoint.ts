import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodedError } from '../../formats/errors.ts';
import type { EthRequest } from './simulated-network.ts';

export interface RpcEndpointOptions {
  request: EthRequest;
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  port: number;
}

export interface RpcEndpoint {
  /** Such as `http://127.0.0.1:8545`. */
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_BATCH = 50;
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

interface RpcAnswer {
  jsonrpc: '2.0';
  id: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

/**
 * JSON-RPC 2.0 over HTTP on loopback, so that any Ethereum tool of this machine can look at the
 * chain. What may be called is the business of `request`, which refuses everything but reads and
 * signed transactions.
 *
 * A web page in a browser of this machine must not reach it: the content type makes a browser ask
 * first (which is never granted), and the Host check stops names that were pointed at 127.0.0.1.
 */
export async function startRpcEndpoint(options: RpcEndpointOptions): Promise<RpcEndpoint> {
  const server = createServer((incoming, outgoing) => {
    answer(options.request, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

async function answer(
  request: EthRequest,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const refusal = refuseHttp(incoming);
  if (refusal !== null) return end(outgoing, refusal.status, failure(null, -32600, refusal.why));
  const body = await readBody(incoming);
  if (body === null) {
    outgoing.shouldKeepAlive = false;
    return end(outgoing, 413, failure(null, -32600, `a body may have ${MAX_BODY_BYTES} bytes`));
  }
  let call: unknown;
  try {
    call = JSON.parse(body);
  } catch {
    return end(outgoing, 200, failure(null, -32700, 'the body is not JSON'));
  }
  return end(outgoing, 200, await answerCalls(request, call));
}

function refuseHttp(incoming: IncomingMessage): { status: number; why: string } | null {
  if (!LOOPBACK_HOST.test(incoming.headers.host ?? '')) {
    return { status: 403, why: 'this endpoint answers on the loopback address only' };
  }
  if (incoming.method !== 'POST') return { status: 405, why: 'send a POST' };
  const type = incoming.headers['content-type'] ?? '';
  if (/^application\/json(?:;|$)/i.test(type)) return null;
  return { status: 415, why: 'send application/json' };
}

async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += (chunk as Buffer).length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function answerCalls(request: EthRequest, call: unknown): Promise<unknown> {
  if (!Array.isArray(call)) return answerCall(request, call);
  if (call.length === 0) return failure(null, -32600, 'an empty batch');
  if (call.length > MAX_BATCH) return failure(null, -32600, `a batch may have ${MAX_BATCH} calls`);
  const answers: RpcAnswer[] = [];
  for (const one of call) answers.push(await answerCall(request, one));
  return answers;
}

async function answerCall(request: EthRequest, call: unknown): Promise<RpcAnswer> {
  if (typeof call !== 'object' || call === null) return failure(null, -32600, 'not a request');
  const { id = null, method, params = [] } = call as Record<string, unknown>;
  if (typeof method !== 'string' || !Array.isArray(params)) {
    return failure(id, -32600, 'a request has a method and an array of params');
  }
  try {
    return { jsonrpc: '2.0', id, result: (await request(method, params)) ?? null };
  } catch (error) {
    return describe(id, error);
  }
}

function describe(id: unknown, error: unknown): RpcAnswer {
  if (error instanceof CodedError) {
    const code = error.code === 'CHAIN_METHOD_REFUSED' ? -32601 : -32000;
    return failure(id, code, `${error.code}: ${error.message}`);
  }
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  const number = typeof code === 'number' ? code : -32603;
  const text = typeof message === 'string' ? message.slice(0, 500) : 'internal error';
  return failure(id, number, text, data);
}

function failure(id: unknown, code: number, message: string, data?: unknown): RpcAnswer {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

function end(outgoing: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  outgoing.end(text);
}
