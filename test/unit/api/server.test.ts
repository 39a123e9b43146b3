import { connect } from 'node:net';
import { expect } from 'chai';
import { fileHeader, postRecord, type RunningApi, repayment, runApi } from './running-api.ts';

describe('a server against slow clients', function () {
  this.timeout(10_000);
  let api: RunningApi;
  before(async () => {
    const times = { headersTimeout: 300, requestTimeout: 900, idleTimeout: 500 };
    api = await runApi({ serverLimits: { ...times, checkInterval: 50, connections: 4 } });
  });
  after(() => api.stop());

  /** Sends the start, then one byte at a time; tells how the connection ended and when. */
  function trickle(start: string, everyMs: number): Promise<{ answer: string; ms: number }> {
    return new Promise((resolve) => {
      const began = performance.now();
      const socket = connect(api.port, '127.0.0.1');
      let answer = '';
      socket.write(start);
      const timer = setInterval(() => socket.write('x'), everyMs);
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ answer, ms: performance.now() - began });
      });
    });
  }
  const upload = (eventId: string) =>
    [
      'POST /v1/deposits HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${api.keys.depositor}`,
      'Content-Type: application/pdf',
      `Cunzheng-Deposit: ${fileHeader(eventId)}`,
      'Content-Length: 100000',
      '\r\n',
    ].join('\r\n');

  it('closes a connection whose headers come too slowly', async () => {
    const { answer, ms } = await trickle('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ', 40);
    expect(answer).to.match(/^HTTP\/1\.1 408 /);
    expect(ms).to.be.below(2_000);
  });

  it('closes a connection whose body comes too slowly or stops, and logs nothing of it', async () => {
    const [slow, stopped] = await Promise.all([
      trickle(upload('slow'), 100),
      trickle(upload('stopped'), 1_000_000),
    ]);
    expect(slow.ms).to.be.within(500, 3_000);
    expect(stopped.ms).to.be.within(300, 3_000);
    expect(await api.evidence.treeSize()).to.equal(0);
  });

  it('takes no more connections than it is told, and serves again once they are gone', async () => {
    const sockets = Array.from({ length: 4 }, () => connect(api.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => new Promise((done) => socket.once('connect', done))));
    const refused = await trickle('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 1_000_000);
    expect(refused.answer).to.equal('');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await postRecord(api, JSON.stringify(repayment('after')))).status).to.equal(201);
  });
});
