import { AnchorChainError } from '../../evidence/anchor/ports.ts';
import type { EthRequest } from './simulated-network.ts';

const DEFAULT_TIMEOUT_MS = 8_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Plain JSON-RPC over HTTP: one POST a call, no batch, no retry, no network detection, a deadline
 * and a limit on what is read. A node's answer is hostile input.
 *
 * @param url http or https; it may contain an access key, so it is never put into a message
 * @param closing ends calls under way, and refuses later ones
 * @returns a request function that throws AnchorChainError: CHAIN_UNREACHABLE (no or late answer,
 *   HTTP error), CHAIN_ANSWER_INVALID (not JSON-RPC), CHAIN_CALL_FAILED (the node says error; its
 *   code and revert data are in `cause`)
 */
export function createJsonRpcClient(
  url: string,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  closing?: AbortSignal,
): EthRequest {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    const remedy = 'Give the http:// or https:// address of a node.';
    throw new AnchorChainError('CHAIN_SETTINGS_INVALID', 'the RPC address is not a URL', remedy);
  }
  let id = 0;
  return async (method, params) => {
    id += 1;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = closing === undefined ? deadline : AbortSignal.any([deadline, closing]);
    const text = await post(address, { jsonrpc: '2.0', id, method, params }, signal);
    return readAnswer(text, id, `${address.host}, ${method}`);
  };
}

async function post(address: URL, call: object, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(withoutCredentials(address), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorisation(address) },
      body: JSON.stringify(call),
      redirect: 'error',
      signal,
    });
    // Many nodes send a JSON-RPC error with status 400; a body that is not one is told below.
    if (response.status >= 500 || response.status === 429) {
      throw new Error(`HTTP status ${response.status}`);
    }
    return await readLimited(response);
  } catch (cause) {
    if (cause instanceof AnchorChainError) throw cause;
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const why = inner instanceof Error ? inner.message.slice(0, 200) : 'unknown';
    throw new AnchorChainError(
      'CHAIN_UNREACHABLE',
      `no answer from ${address.host}: ${why}`,
      'Check that the node runs and that this machine reaches it; it is tried again by itself.',
      { cause },
    );
  }
}

function withoutCredentials(address: URL): URL {
  const plain = new URL(address);
  plain.username = '';
  plain.password = '';
  return plain;
}

function authorisation(address: URL): Record<string, string> {
  if (address.username === '') return {};
  const pair = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw invalid(`an answer above ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer(text: string, id: number, where: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw invalid(`${where}: the answer is not JSON`, cause);
  }
  if (typeof answer !== 'object' || answer === null) throw invalid(`${where}: not an answer`);
  const { id: answeredId, result, error } = answer as Record<string, unknown>;
  if (typeof error === 'object' && error !== null) throw callFailed(where, error);
  if (answeredId !== id) throw invalid(`${where}: the answer belongs to another request`);
  if (result === undefined) throw invalid(`${where}: neither result nor error`);
  return result;
}

function callFailed(where: string, error: object): AnchorChainError {
  const { message } = error as { message?: unknown };
  const text = typeof message === 'string' ? message.slice(0, 300) : 'no reason given';
  const remedy = 'See the log of the node.';
  return new AnchorChainError('CHAIN_CALL_FAILED', `${where}: ${text}`, remedy, { cause: error });
}

function invalid(what: string, cause?: unknown): AnchorChainError {
  const remedy = 'Check that the address is that of an Ethereum node and not of a proxy before it.';
  return new AnchorChainError('CHAIN_ANSWER_INVALID', what, remedy, { cause });
}
