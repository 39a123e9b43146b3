import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import { canonicalBytes, parseJson } from '../../../src/formats/jcs.ts';
import {
  bearer,
  fileHeader,
  json,
  postFile,
  postRecord,
  type RunningApi,
  repayment,
  runApi,
} from './running-api.ts';

const vectors = new URL('../../../../shared/data/vectors/', import.meta.url);
const suite = new URL('jsontestsuite/test_parsing/', vectors);
const naughty = new URL('blns/blns.json', vectors);

describe('hostile input over HTTP', function () {
  this.timeout(20_000);
  let api: RunningApi;
  before(async () => {
    api = await runApi();
  });
  after(() => api.stop());

  /** Never a 5xx; a refusal is a problem document with a code. */
  async function refused(response: Response, label: string, status?: number): Promise<string> {
    const text = await response.text();
    expect(response.status, label).to.be.within(400, 499);
    if (status !== undefined) expect(response.status, label).to.equal(status);
    const problem = JSON.parse(text);
    expect(problem, label).to.have.all.keys(
      ...['type', 'title', 'status', 'code', 'detail', 'remedy', 'requestId'],
    );
    expect(problem.status).to.equal(response.status);
    return problem.code;
  }

  it('refuses every malformed or unfitting JSON text of JSONTestSuite as a body', async function () {
    if (!existsSync(suite)) {
      console.log('      skipped: JSONTestSuite is not in ../shared/data/vectors');
      this.skip();
    }
    const names = readdirSync(suite);
    expect(names).to.have.length(318);
    for (const name of names) {
      const code = await refused(
        await postRecord(api, readFileSync(new URL(encodeURIComponent(name), suite))),
        name,
      );
      if (name.startsWith('n_')) expect(code, name).to.be.oneOf(['JSON_INVALID', 'JSON_TOO_DEEP']);
    }
  });

  it('keeps every sound JSON text of JSONTestSuite as a record with one hash', async function () {
    if (!existsSync(suite)) {
      console.log('      skipped: JSONTestSuite is not in ../shared/data/vectors');
      this.skip();
    }
    // A repeated key means different things to different readers, so it is no evidence.
    const repeats = ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'];
    const names = readdirSync(suite).filter((name) => name.startsWith('y_'));
    for (const name of names) {
      const text = readFileSync(new URL(encodeURIComponent(name), suite), 'utf8');
      const { record: _, ...metadata } = repayment(name, { kind: 'other' });
      const body = `${JSON.stringify(metadata).slice(0, -1)},"record":${text}}`;
      const response = await postRecord(api, body);
      if (repeats.includes(name)) {
        await refused(response, name, 400);
        continue;
      }
      expect(response.status, name).to.equal(201);
      const { evidenceNo, seq } = await json(response);
      const content = await api.evidence.content(evidenceNo, seq);
      expect(Buffer.from(content), name).to.deep.equal(
        Buffer.from(canonicalBytes(parseJson(text))),
      );
      expect((await postRecord(api, body)).status, name).to.equal(200);
    }
  });

  it('takes or refuses every naughty string in every place, and never fails', async function () {
    if (!existsSync(naughty)) {
      console.log('      skipped: the list of naughty strings is not in ../shared/data/vectors');
      this.skip();
    }
    const strings = [...new Set<string>(JSON.parse(readFileSync(naughty, 'utf8')))];
    // Each under its own loan, so that they need not wait for each other.
    const lines = strings.flatMap((text, i) => [
      repayment(`value-${i}`, { loan: `value-${i}`, kind: 'other', record: { [text]: text } }),
      repayment(`title-${i}`, { loan: `title-${i}`, title: text }),
      repayment(`loan-${i}`, { loan: text }),
      repayment(text, { loan: `s-${i}`, source: { system: text, eventId: text, device: text } }),
      repayment(`kind-${i}`, { loan: `kind-${i}`, kind: text }),
      repayment(`time-${i}`, { loan: `time-${i}`, occurredAt: text }),
      { ...repayment(`member-${i}`), [text]: text },
    ]);
    const response = await fetch(`${api.url}/v1/deposits:batch`, {
      method: 'POST',
      headers: { ...bearer(api.keys.depositor), 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    });
    const answers = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      // Between the answers stand the signed notes of groups.
      .filter((line) => 'ok' in line);
    expect(answers).to.have.length(lines.length);
    const codes = new Set(answers.map(({ ok, error }) => (ok ? 'OK' : error.code)));
    expect([...codes]).to.have.members(['OK', 'REQUEST_INVALID', 'DEPOSIT_INVALID']);
    for (const text of strings) {
      const query = `reference=${encodeURIComponent(text.toWellFormed())}`;
      for (const path of [`loans?${query}`, `loans/${encodeURIComponent(text.toWellFormed())}`]) {
        const answer = await fetch(`${api.url}/v1/${path}`, { headers: bearer(api.keys.legal) });
        await answer.arrayBuffer();
        expect(answer.status, path).to.be.below(500);
      }
    }
  });

  it('refuses wrong types in every member', async () => {
    const values = [null, true, 7, -0, 'x'.repeat(100_000), [], {}, [[]], { a: 1 }, '\ud800'];
    const places = ['loan', 'kind', 'title', 'occurredAt', 'source', 'references'];
    for (const place of places) {
      for (const value of values) {
        if (place === 'references' && JSON.stringify(value) === '[]') continue;
        const body = JSON.stringify(repayment('types', { [place]: value }));
        await refused(await postRecord(api, body), `${place}: ${body.slice(0, 200)}`, 400);
      }
    }
    for (const missing of ['loan', 'kind', 'occurredAt', 'source', 'record']) {
      const body = JSON.stringify(repayment('missing', { [missing]: undefined }));
      await refused(await postRecord(api, body), missing, 400);
    }
  });

  it('refuses members that try to reach prototypes', async () => {
    const text = JSON.stringify(repayment('proto', { kind: 'other' }));
    for (const member of ['"__proto__":{"loan":"x"}', '"constructor":{}', '"toString":1']) {
      await refused(await postRecord(api, `${text.slice(0, -1)},${member}}`), member, 400);
    }
    const record = `${text.slice(0, -1).replace(/"record":.*/, '')}"record":{"__proto__":{"a":1}}}`;
    const { evidenceNo, seq } = await json(await postRecord(api, record));
    const content = Buffer.from(await api.evidence.content(evidenceNo, seq));
    expect(content.toString()).to.equal('{"__proto__":{"a":1}}');
  });

  it('refuses nesting and sizes beyond the limits', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    await refused(await postRecord(api, deep), 'deep', 400);
    const record = { text: 'x'.repeat(1_500_000) };
    const large = JSON.stringify(repayment('large', { record }));
    expect(await refused(await postRecord(api, large), 'record')).to.equal('DEPOSIT_INVALID');
    const huge = Buffer.alloc(3 << 20, 0x20);
    expect(await refused(await postRecord(api, huge), 'huge', 413)).to.equal('BODY_TOO_LARGE');
  });

  it('refuses metadata headers that are no metadata', async () => {
    const encode = (text: string) => Buffer.from(text).toString('base64url');
    const headers = [
      '',
      '====',
      '{"loan":1}',
      encode('not json'),
      encode('[]'),
      encode('null'),
      encode('{"loan":"a","loan":"b"}'),
      encode(`${'['.repeat(4000)}${']'.repeat(4000)}`),
      Buffer.from([0xff, 0xfe]).toString('base64url'),
      encode(JSON.stringify(repayment('x', { kind: 'contract', name: 'a.pdf' }))),
      fileHeader('x', { name: '../../etc/passwd' }),
      fileHeader('x', { name: 'a\u0000b' }),
      fileHeader('x', { name: '' }),
      fileHeader('x', { kind: 'repayment' }),
    ];
    for (const header of headers) {
      const response = await postFile(api, 'x', Buffer.from('%PDF'), {
        'cunzheng-deposit': header,
      });
      await refused(response, header, 400);
    }
    for (const type of ['', 'pdf', 'application/', 'a/b/c', `a/${'b'.repeat(300)}`]) {
      const response = await postFile(api, 'x', Buffer.from('%PDF'), { 'content-type': type });
      await refused(response, type, 400);
    }
  });

  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(api.port, '127.0.0.1');
      let answer = '';
      socket.setEncoding('latin1').on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('error', () => undefined).on('close', () => resolve(answer));
      socket.end(text);
    });

  it('refuses huge headers and malformed requests on the wire', async () => {
    const huge = `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`;
    expect(await raw(huge)).to.match(/^HTTP\/1\.1 431 /);
    const many = `GET /healthz HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(10_000)}\r\n`;
    expect(await raw(many)).to.match(/^HTTP\/1\.1 431 /);
    const smuggled =
      'POST /v1/deposits HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(smuggled)).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw('GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n')).to.match(/^HTTP\/1\.1 40[04] /);
    const key = `Bearer ${'x'.repeat(10_000)}`;
    const long = `GET /v1/status HTTP/1.1\r\nHost: x\r\nAuthorization: ${key}\r\nConnection: close\r\n\r\n`;
    expect(await raw(long)).to.match(/^HTTP\/1\.1 401 /);
    expect((await fetch(`${api.url}/healthz`)).status).to.equal(200);
  });

  it('failed at nothing of all this', () => {
    expect(api.log.filter(({ status }) => Number(status) >= 500)).to.deep.equal([]);
    expect(api.log.filter(({ event }) => event.endsWith('.failed'))).to.deep.equal([]);
  });
});
