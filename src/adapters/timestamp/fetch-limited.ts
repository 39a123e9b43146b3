import { TimestampError } from '../../evidence/timestamp/ports.ts';

export interface LimitedRequest {
  url: URL;
  /** Sent by POST with its content type; absent = GET. */
  body?: { bytes: Uint8Array; contentType: string };
  /** Content type that the answer must have; absent = any. */
  accept?: string;
  maxBytes: number;
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * One HTTP request with a deadline over all of it and a limit on what is read. Redirects are not
 * followed: an address of the configuration, or of a certificate, must not lead into another net.
 * @throws TimestampError TSA_UNREACHABLE, TSA_ANSWER_TOO_LARGE, TSA_ANSWER_MALFORMED; an address may
 *   hold a password, so only its host is named
 */
export async function fetchLimited(request: LimitedRequest): Promise<Uint8Array> {
  const { url, body, timeoutMs, signal } = request;
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(withoutCredentials(url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...authorisation(url), ...contentType(body?.contentType) },
      ...(body === undefined ? {} : { body: new Uint8Array(body.bytes) }),
      redirect: 'error',
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status}`);
    }
    requireType(response, request);
    return await readLimited(response, request);
  } catch (cause) {
    if (cause instanceof TimestampError) throw cause;
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const why = inner instanceof Error ? inner.message.slice(0, 200) : 'unknown';
    const remedy = 'Check the address and the way there; it is tried again by itself.';
    const what = `no answer from ${url.host}: ${why}`;
    throw new TimestampError('TSA_UNREACHABLE', what, remedy, { cause });
  }
}

function requireType(response: Response, { accept, url }: LimitedRequest): void {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (accept === undefined || type === accept) return;
  void response.body?.cancel();
  const remedy =
    'Check that the address is that of a time-stamping authority (RFC 3161 over HTTP).';
  const what = `${url.host} answers with ${JSON.stringify(type)}, not ${accept}`;
  throw new TimestampError('TSA_ANSWER_MALFORMED', what, remedy);
}

async function readLimited(response: Response, request: LimitedRequest): Promise<Uint8Array> {
  const { maxBytes, url } = request;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) {
      const what = `${url.host} sends more than ${maxBytes} bytes`;
      throw new TimestampError('TSA_ANSWER_TOO_LARGE', what, 'Check the address.');
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function withoutCredentials(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
}

const contentType = (type: string | undefined): Record<string, string> =>
  type === undefined ? {} : { 'content-type': type };

function authorisation({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
