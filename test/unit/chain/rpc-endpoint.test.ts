import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { JsonRpcProvider } from 'ethers';
import type { EmbeddedChain } from '../../../src/adapters/chain/embedded-chain.ts';
import { type RpcEndpoint, startRpcEndpoint } from '../../../src/adapters/chain/rpc-endpoint.ts';
import { CHAIN_ID, chainOf, temporaryFolder } from './chain-fixture.ts';

describe('JSON-RPC endpoint of the embedded chain', function () {
  this.timeout(10_000);
  const folder = temporaryFolder();
  const made = chainOf(folder.path);
  let chain: EmbeddedChain;
  let endpoint: RpcEndpoint;

  before(async () => {
    chain = await made.open();
    const request: EmbeddedChain['request'] = (method, params) => chain.request(method, params);
    endpoint = await startRpcEndpoint({ request, port: 0 });
  });
  after(async () => {
    await endpoint.close();
    await chain.close();
    folder.remove();
  });

  /** A raw HTTP call, because fetch does not let one choose the Host header. */
  const call = (body: string, headers: Record<string, string> = {}, method = 'POST') =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const all = { 'content-type': 'application/json', ...headers };
      const outgoing = httpRequest(endpoint.url, { method, headers: all }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const rpc = async (body: unknown) => JSON.parse((await call(JSON.stringify(body))).text);

  it('serves an ordinary Ethereum client: reads, and a signed transaction with its receipt', async () => {
    const provider = new JsonRpcProvider(endpoint.url);
    expect((await provider.getNetwork()).chainId).to.equal(BigInt(CHAIN_ID));
    const { raw, txHash } = made.transfer(0);
    const sent = await provider.broadcastTransaction(raw);
    expect(sent.hash).to.equal(txHash);
    expect((await provider.getTransactionReceipt(txHash))?.blockNumber).to.equal(1);
    expect(chain.blockCount()).to.equal(1);
    provider.destroy();
  });

  it('answers what is not offered with "method not found"', async () => {
    const answer = await rpc({ jsonrpc: '2.0', id: 5, method: 'hardhat_reset', params: [] });
    expect(answer.id).to.equal(5);
    expect(answer.error.code).to.equal(-32601);
  });

  it('answers batches in order, up to fifty', async () => {
    const one = (id: number) => ({ jsonrpc: '2.0', id, method: 'eth_chainId', params: [] });
    const answers = await rpc([one(1), { id: 2 }, one(3)]);
    expect(answers.map((a: { id: number }) => a.id)).to.deep.equal([1, 2, 3]);
    expect(answers[1].error.code).to.equal(-32600);
    expect((await rpc(Array.from({ length: 51 }, (_, i) => one(i)))).error.code).to.equal(-32600);
    expect((await rpc([])).error.code).to.equal(-32600);
  });

  it('survives nonsense', async () => {
    for (const body of ['', '{', 'null', '7', '"x"', '[null]', '{"method":7}', '{"params":{}}']) {
      const { status, text } = await call(body);
      expect(status).to.equal(200);
      expect(text).to.match(/"error"/);
    }
    const answer = await rpc({ id: 1, method: 'eth_getBalance', params: [{ deep: [] }] });
    expect(answer.error.code).to.be.a('number');
  });

  it('refuses a body above one mebibyte', async () => {
    const result = await call('x'.repeat(1024 * 1024 + 1)).catch(() => ({ status: 413 }));
    expect(result.status).to.equal(413);
  });

  it('cannot be reached by a web page: other names, forms and methods are refused', async () => {
    const body = JSON.stringify({ id: 1, method: 'eth_chainId', params: [] });
    expect((await call(body, { host: 'evil.example:8545' })).status).to.equal(403);
    expect((await call(body, { 'content-type': 'text/plain' })).status).to.equal(415);
    expect((await call('', {}, 'GET')).status).to.equal(405);
    expect((await call('', { origin: 'https://evil.example' }, 'OPTIONS')).status).to.equal(405);
    expect((await call(body, { host: 'localhost:1' })).status).to.equal(200);
  });
});
