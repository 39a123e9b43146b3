import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EthRequest } from '../../../src/adapters/chain/simulated-network.ts';

/** What the proxy does with one call: gives the chain's answer, another one, or none. */
export type Rule = (
  method: string,
  params: unknown[],
  real: () => Promise<unknown>,
) => Promise<unknown>;

/** Answer the call with these bytes instead of JSON-RPC. */
export class RawAnswer {
  readonly status: number;
  readonly text: string;

  constructor(status: number, text: string) {
    this.status = status;
    this.text = text;
  }
}

/** Break the connection without an answer. */
export const DROP = Symbol('drop');

/** Never answer. */
export const SILENCE = Symbol('silence');

/** A JSON-RPC server over HTTP in front of a real chain, which does what the present rule says. */
export async function startLyingProxy(request: EthRequest) {
  let rule: Rule = (_method, _params, real) => real();
  const reply = (response: ServerResponse, id: unknown, result: unknown) => {
    if (result === DROP) return response.destroy();
    if (result === SILENCE) return undefined;
    if (result instanceof RawAnswer) {
      response.statusCode = result.status;
      return response.end(result.text);
    }
    return response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  };
  const server = createServer(async (incoming, response) => {
    let text = '';
    for await (const part of incoming) text += part;
    const { id, method, params } = JSON.parse(text);
    try {
      reply(response, id, await rule(method, params, () => request(method, params)));
    } catch (error) {
      const { message, data } = error as { message: string; data?: unknown };
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message, data } }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://user:secret-key@127.0.0.1:${port}/path-with-key`,
    set: (next: Rule) => {
      rule = next;
    },
    beHonest: () => {
      rule = (_method, _params, real) => real();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
