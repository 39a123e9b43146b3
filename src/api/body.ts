import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkedAgainst, parseContentDigest } from './content-digest.ts';
import { ApiError } from './errors.ts';
import type { Exchange } from './exchange.ts';

const DRAIN_BYTES = 16 << 20;
const DRAIN_MS = 2_000;

// Requests whose sender waits for "100 Continue" before it sends the body (RFC 9110 §10.1.1).
const waiting = new WeakSet<IncomingMessage>();

/** Marks a request whose sender waits to be asked for the body: a refusal then costs no upload. */
export function holdBack(request: IncomingMessage): void {
  waiting.add(request);
}

/**
 * The body as it arrives, checked against its Content-Digest; never held in memory.
 * @throws ApiError MEDIA_TYPE_UNSUPPORTED for a compressed body: what would be stored is not what
 *   the sender has; DIGEST_INVALID, DIGEST_MISMATCH
 */
export function bodyStream({ request, response }: Exchange): AsyncIterable<Uint8Array> {
  refuseEncoding(request.headers['content-encoding']);
  const promised = parseContentDigest(singleHeader(request, 'content-digest'));
  if (waiting.delete(request)) response.writeContinue();
  // The request is not destroyed when reading stops early: its socket is needed for the answer.
  const chunks: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  return promised.length === 0 ? chunks : checkedAgainst(promised, chunks);
}

/**
 * A whole small body.
 * @throws ApiError BODY_TOO_LARGE, and those of `bodyStream`
 */
export async function readBody(exchange: Exchange, maxBytes: number): Promise<Uint8Array> {
  if (Number(exchange.request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyStream(exchange)) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** The media type without parameters, in lower case; empty when none was sent. */
export function mediaTypeOf(request: IncomingMessage): string {
  const [essence = ''] = (request.headers['content-type'] ?? '').split(';');
  return essence.trim().toLowerCase();
}

/** A header that may come once. @throws ApiError REQUEST_INVALID when it comes twice */
export function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const values = request.headersDistinct[name] ?? [];
  if (values.length <= 1) return values[0];
  throw new ApiError('REQUEST_INVALID', `the header ${name} is repeated`, 'Send it once.');
}

/**
 * Before a refusal: reads on for a moment, so that a sender in the middle of its body gets to read
 * the answer instead of a broken connection; a sender that will not end loses the connection.
 */
export async function drainBody(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.complete || request.destroyed) return;
  if (!waiting.has(request)) await restOf(request);
  if (!request.complete) response.setHeader('Connection', 'close');
}

function restOf(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    const timer = setTimeout(resolve, DRAIN_MS);
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > DRAIN_BYTES) finish();
    });
    request.once('end', finish).once('close', finish).once('error', finish);
  });
}

function refuseEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  const remedy = 'Send the original bytes without Content-Encoding.';
  throw new ApiError('MEDIA_TYPE_UNSUPPORTED', 'the body is compressed', remedy);
}

function tooLarge(maxBytes: number): ApiError {
  const remedy = 'Send larger content as a file stream with the Cunzheng-Deposit header.';
  return new ApiError('BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`, remedy);
}
