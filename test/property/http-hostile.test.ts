import { connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { COURT_ROUTES } from '../../src/api/court/court-app.ts';
import { ROUTES } from '../../src/api/routes/routes.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { type RunningCourt, runCourt } from '../support/running-court.ts';
import { json, postRecord, type RunningApi, repayment, runApi } from '../unit/api/running-api.ts';

const SEED = 20260302;
const RUNS = 300;

/** One request as it goes over the wire; nothing of it need be HTTP. */
interface Wire {
  head: string;
  body: string;
  /** Bytes of the body that are sent before the connection is cut; all, when undefined. */
  cutAt: number | undefined;
}

const token = fc.constantFrom(
  ...['', '0', '-1', '1', '99999999999999999999', '9007199254740993', 'NaN', '%00', '%', '%zz'],
  ...['%2e%2e%2f', '..', '%ff%fe', "'", '"', '`', '<script>', '{}', '[object Object]', '__proto__'],
  ...['constructor', '\u00e9', '😀', 'a'.repeat(3000), ' ', '%0d%0aX: y', 'x001/000', '000.p/256'],
  ...['CZ-0000-0000-0000-0000-0000-0000-0000', '0'.repeat(64), 'null', 'true'],
);

/** Addresses of the route table with anything at all in the place of their parameters. */
const addressOf = (paths: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...paths), fc.array(token, { minLength: 3, maxLength: 3 }), token, token)
    .map(([path, values, name, value]) => {
      let at = 0;
      const filled = path
        .replaceAll('\\', '')
        .replace(/[:*][a-zA-Z0-9]+/g, () => values[at++] ?? '');
      // A colon in an address (`deposits:batch`) is no parameter.
      const address = path.includes('\\:') ? path.replaceAll('\\', '') : filled;
      return name === '' ? address : `${address}?${name}=${value}&size=${value}&reference=${value}`;
    })
    // A space or a line end would make another request line of it, which `header` tries.
    .map((address) => address.replace(/[\s]/g, '+'));

const method = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'get',
  'G\u00cbT',
);

const headerOf = (keys: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...keys).map((key) => `Authorization: Bearer ${key}`),
    fc
      .constantFrom('Basic YTpi', 'Bearer', `Bearer ${'0'.repeat(64)}`)
      .map((v) => `Authorization: ${v}`),
    fc
      .constantFrom(
        'application/json',
        'application/x-ndjson',
        'application/pdf',
        'text/html;;;',
        '',
      )
      .map((type) => `Content-Type: ${type}`),
    fc.constantFrom('gzip', 'br', 'identity', 'x').map((v) => `Content-Encoding: ${v}`),
    fc
      .constantFrom('sha-256=:AAAA:', 'sha-256=:', 'md5=::', '=')
      .map((v) => `Content-Digest: ${v}`),
    fc.constantFrom('chunked', 'chunked, chunked', 'x').map((v) => `Transfer-Encoding: ${v}`),
    fc.constantFrom('100-continue', 'x').map((v) => `Expect: ${v}`),
    fc.constantFrom('e30', '!!!!', 'e'.repeat(9000), '').map((v) => `Cunzheng-Deposit: ${v}`),
    fc.constantFrom('bytes=0-', 'bytes=5-1', 'x').map((v) => `Range: ${v}`),
    fc.constantFrom(
      'Content-Length: -1',
      'Content-Length: 5',
      'X\u0000: y',
      ': z',
      'no colon',
      'Host:',
    ),
  );

const NESTED = `${'{"a":'.repeat(5000)}0${'}'.repeat(5000)}`;
const body = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '[]',
    'null',
    '\u0000',
    '\ufeff{}',
    '{"loan":1}',
    NESTED,
    '\n\n\n',
    '{"a":',
  ),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc
    .record({ loan: token, kind: token, occurredAt: token, record: fc.jsonValue() })
    .map((value) => JSON.stringify({ ...value, source: { system: 's', eventId: value.loan } })),
  fc.string({ maxLength: 200 }),
);

const wireOf = (paths: readonly string[], keys: readonly string[]): fc.Arbitrary<Wire> =>
  fc
    .tuple(
      method,
      addressOf(paths),
      fc
        .tuple(fc.constantFrom(...keys), fc.array(headerOf(keys), { maxLength: 4 }), fc.nat(3))
        .map(([key, more, n]) => (n === 0 ? more : [`Authorization: Bearer ${key}`, ...more])),
      body,
      fc.option(fc.nat(50), { nil: undefined, freq: 5 }),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/9.9'),
      fc.boolean(),
    )
    .map(([verb, address, headers, text, cutAt, version, honest]) => {
      const length = honest ? [`Content-Length: ${Buffer.byteLength(text)}`] : [];
      const lines = [`${verb} ${address} ${version}`, 'Host: a', ...headers, ...length];
      return { head: `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`, body: text, cutAt };
    });

/** What came back until the connection was closed; '' when it was closed without a word. */
function exchange(port: number, { head, body: text, cutAt }: Wire): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end after 8 s of: ${head}`));
    }, 8000);
    socket.on('data', (part) => {
      answer += part.toString('latin1');
    });
    // A server that refuses may close before everything is sent.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.write(head);
    if (cutAt === undefined) socket.end(text);
    else socket.write(text.slice(0, cutAt), () => socket.destroy());
  });
}

async function survive(port: number, wire: Wire): Promise<void> {
  const answer = await exchange(port, wire);
  // Node answers what is no HTTP itself; an upload that breaks off gets no answer.
  const status = Number(
    /^HTTP\/1\.1 (\d{3})/.exec(answer.replace(/^HTTP\/1\.1 100[\s\S]*?\r\n\r\n/, ''))?.[1] ?? 0,
  );
  // 505: not a version of HTTP that Node speaks. 501 is not used.
  expect(status === 505 ? 0 : status, wire.head).to.be.below(500);
}

describe('any request to any address', function () {
  this.timeout(120_000);
  const courtFolder = scratchFolder();
  let api: RunningApi;
  let court: RunningCourt;

  before(async () => {
    api = await runApi({
      serverLimits: { idleTimeout: 2000, headersTimeout: 2000, checkInterval: 200 },
    });
    court = await runCourt(courtFolder.path, undefined);
  });
  after(async () => {
    await api.stop();
    await court.close();
    courtFolder.remove();
  });

  it("of the lender's service is answered below 500 or closed, and nothing is lost or half kept", async () => {
    const first = await json(await postRecord(api, JSON.stringify(repayment('before'))));
    const paths = ROUTES.map(({ path }) => path);
    const property = fc.asyncProperty(wireOf(paths, Object.values(api.keys)), (wire) =>
      survive(api.port, wire),
    );
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
    const again = await json(await postRecord(api, JSON.stringify(repayment('before'))));
    expect(again).to.deep.equal({ ...first, duplicate: true });
    expect(api.log.filter(({ event }) => event === 'request.failed')).to.deep.equal([]);
    await api.evidence.publishCheckpoint();
    expect((await api.evidence.check()).findings).to.deep.equal([]);
  });

  it('of the court is answered below 500 or closed, and it goes on working', async () => {
    const paths = COURT_ROUTES.map(({ path }) => path);
    const port = Number(new URL(court.url).port);
    const property = fc.asyncProperty(wireOf(paths, [court.key]), (wire) => survive(port, wire));
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
    const response = await fetch(`${court.url}/healthz`);
    expect(await response.json()).to.deep.equal({ status: 'ok' });
  });

  it('half-open and silent connections are closed, and others are served meanwhile', async () => {
    const silent = Array.from({ length: 100 }, (_, i) => {
      const socket = connect(api.port, '127.0.0.1');
      socket.on('error', () => {});
      // Unread bytes, such as an answer of 408, would keep the end of the connection unseen.
      socket.resume();
      if (i % 2 === 0) socket.write('POST /v1/deposits HTTP/1.1\r\nHost: a\r\nX-Slow: ');
      return new Promise((resolve) => socket.once('close', resolve));
    });
    const answer = await postRecord(api, JSON.stringify(repayment('meanwhile')));
    expect(answer.status).to.equal(201);
    await Promise.all(silent);
  });
});
