import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseReceipt } from '../../../src/formats/receipt.ts';
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

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');

describe('POST /v1/deposits', function () {
  this.timeout(10_000);
  let api: RunningApi;
  before(async () => {
    api = await runApi({ maxFileBytes: 1 << 20 });
  });
  after(() => api.stop());

  const post = (body: unknown) => postRecord(api, JSON.stringify(body));
  const objects = () =>
    readdirSync(join(api.folder, 'objects'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);

  it('gives a record its entry and a receipt that belongs to it', async () => {
    const response = await post(repayment('r1'));
    expect(response.status).to.equal(201);
    const acknowledgement = await json(response);
    const receipt = parseReceipt(acknowledgement.receipt);
    expect(receipt.leafIndex).to.equal(acknowledgement.leafIndex);
    expect(receipt.statement.evidenceNo).to.equal(acknowledgement.evidenceNo);
    expect(response.headers.get('location')).to.equal(
      `/v1/loans/${acknowledgement.evidenceNo}/entries/${acknowledgement.seq}/receipt`,
    );
  });

  it('answers the same event again with 200 and the same entry and receipt', async () => {
    const first = await json(await post(repayment('same')));
    const again = await post(repayment('same'));
    expect(again.status).to.equal(200);
    expect(await json(again)).to.deep.equal({ ...first, duplicate: true });
  });

  it('refuses a known event with other content by 409 and logs nothing', async () => {
    await post(repayment('known'));
    const size = await api.evidence.treeSize();
    const response = await post(
      repayment('known', { record: { amount: '13.00', date: '2026-01-02' } }),
    );
    expect(response.status).to.equal(409);
    expect(response.headers.get('content-type')).to.contain('application/problem+json');
    expect((await json(response)).code).to.equal('EVENT_CONFLICT');
    expect(await api.evidence.treeSize()).to.equal(size);
  });

  it('takes a file as a stream and keeps its exact bytes, name and media type', async () => {
    const bytes = new Uint8Array(200_000).map((_, i) => i % 251);
    const response = await postFile(api, 'f1', bytes);
    expect(response.status).to.equal(201);
    const { evidenceNo, seq, receipt } = await json(response);
    expect(await api.evidence.content(evidenceNo, seq)).to.deep.equal(Buffer.from(bytes));
    const { file } = parseReceipt(receipt).statement;
    expect(file.name).to.equal('借款合同.pdf');
    expect(file.mediaType).to.equal('application/pdf');
    expect(file.sha256).to.equal(createHash('sha256').update(bytes).digest('hex'));
  });

  it('takes a JSON file as a file when the metadata is in the header', async () => {
    const bytes = Buffer.from('{ "b":1, "a":2 }');
    const changes = { 'content-type': 'application/json; charset=utf-8' };
    const { evidenceNo, seq } = await json(await postFile(api, 'f-json', bytes, changes));
    expect(await api.evidence.content(evidenceNo, seq)).to.deep.equal(bytes);
  });

  it('checks Content-Digest of files and records', async () => {
    const bytes = Buffer.from('%PDF-1.7 a contract');
    const digest = { 'content-digest': `sha-256=:${sha256(bytes)}:` };
    expect((await postFile(api, 'd1', bytes, digest)).status).to.equal(201);
    const body = Buffer.from(JSON.stringify(repayment('d2')));
    const right = { 'content-digest': `unixsum=:AAA=:, sha-256=:${sha256(body)}:` };
    expect((await postRecord(api, body, right)).status).to.equal(201);
    const wrong = { 'content-digest': `sha-256=:${sha256(bytes)}:` };
    const refused = await postRecord(api, JSON.stringify(repayment('d3')), wrong);
    expect((await json(refused)).code).to.equal('DIGEST_MISMATCH');
  });

  it('keeps nothing of a file whose digest is wrong, and takes the event afterwards', async () => {
    const bytes = new Uint8Array(100_000).fill(7);
    const size = await api.evidence.treeSize();
    const before = objects();
    const wrong = { 'content-digest': `sha-256=:${sha256(Buffer.from('other'))}:` };
    const response = await postFile(api, 'd4', bytes, wrong);
    expect(response.status).to.equal(400);
    expect((await json(response)).code).to.equal('DIGEST_MISMATCH');
    expect(await api.evidence.treeSize()).to.equal(size);
    expect(objects()).to.deep.equal(before);
    expect((await postFile(api, 'd4', bytes)).status).to.equal(201);
  });

  it('refuses a digest that it cannot check instead of passing over it', async () => {
    for (const header of ['md5=:AAAA:', 'sha-256', 'sha-256=AAAA', '']) {
      const headers = { 'content-digest': header };
      const response = await postRecord(api, JSON.stringify(repayment('d5')), headers);
      expect((await json(response)).code, header).to.equal('DIGEST_INVALID');
    }
  });

  it('refuses a file beyond the limit by 413 and keeps nothing', async () => {
    const before = objects();
    const response = await postFile(api, 'large', new Uint8Array(3 << 20));
    expect(response.status).to.equal(413);
    expect((await json(response)).code).to.equal('CONTENT_TOO_LARGE');
    expect(objects()).to.deep.equal(before);
  });

  it('logs nothing of an upload that breaks off, and takes the event afterwards', async () => {
    const size = await api.evidence.treeSize();
    const before = objects();
    const headers = {
      ...bearer(api.keys.depositor),
      'content-type': 'application/pdf',
      'content-length': 500_000,
      'cunzheng-deposit': fileHeader('broken'),
    };
    const count = api.log.length;
    const upload = request(`${api.url}/v1/deposits`, { method: 'POST', headers });
    upload.on('error', () => undefined);
    upload.write(new Uint8Array(300_000));
    await new Promise((resolve) => setTimeout(resolve, 100));
    upload.destroy();
    while (!api.log.slice(count).some(({ event }) => event === 'request.aborted')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await api.evidence.treeSize()).to.equal(size);
    // The half-written file is closed and removed a moment after the connection is gone.
    const patience = Date.now() + 5_000;
    while (objects().length !== before.length && Date.now() < patience) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(objects()).to.deep.equal(before);
    expect((await postFile(api, 'broken', new Uint8Array(500_000))).status).to.equal(201);
  });

  it('refuses a compressed body, an unknown form and a repeated metadata header', async () => {
    const gzip = await postFile(api, 'g1', Buffer.from('x'), { 'content-encoding': 'gzip' });
    expect(gzip.status).to.equal(415);
    const text = await postRecord(api, 'hello', { 'content-type': 'text/plain' });
    expect(text.status).to.equal(415);
    const twice = await new Promise<number | undefined>((resolve) => {
      const headers = ['Host', 'x', 'Authorization', `Bearer ${api.keys.depositor}`];
      headers.push('Cunzheng-Deposit', fileHeader('h1'), 'Cunzheng-Deposit', fileHeader('h2'));
      headers.push('Content-Type', 'application/pdf', 'Content-Length', '0');
      const sent = request(`${api.url}/v1/deposits`, { method: 'POST', headers });
      sent.on('response', (response) => resolve(response.statusCode)).end();
    });
    expect(twice).to.equal(400);
  });

  it('leaves custody and erasure events to the service', async () => {
    for (const kind of ['disclosed', 'exported', 'submitted', 'erased']) {
      const response = await post(repayment('custody', { kind }));
      expect(response.status, kind).to.equal(422);
      expect((await json(response)).code).to.equal('KIND_RESERVED');
    }
  });

  it('asks for the body only when the rest is right, if the sender waits to be asked', async () => {
    const send = (key: string, eventId: string) =>
      new Promise<{ status: number | undefined; asked: boolean }>((resolve) => {
        let asked = false;
        const headers = {
          ...bearer(key),
          expect: '100-continue',
          'content-type': 'application/pdf',
          'content-length': 5,
          'cunzheng-deposit': fileHeader(eventId),
        };
        const sent = request(`${api.url}/v1/deposits`, { method: 'POST', headers });
        sent.on('error', () => undefined);
        sent.on('continue', () => {
          asked = true;
          sent.end('%PDF-');
        });
        sent.on('response', (response) => {
          resolve({ status: response.statusCode, asked });
          sent.destroy();
        });
        sent.flushHeaders();
      });
    expect(await send(api.keys.depositor, 'c1')).to.deep.equal({ status: 201, asked: true });
    expect(await send(api.keys.auditor, 'c2')).to.deep.equal({ status: 403, asked: false });
  });

  it('keeps personal data, bodies and keys out of its log', async () => {
    const secret = '110101199003070011';
    const named = {
      loan: secret,
      title: '张三',
      record: { amount: '1.00', date: '2026-01-02', payer: secret },
    };
    await post(repayment(`event-${secret}`, named));
    await post(
      repayment(`event-${secret}`, { ...named, record: { amount: '1.00', date: '2026-01-02' } }),
    );
    await fetch(`${api.url}/v1/loans?reference=${secret}`, {
      headers: bearer(api.keys.legal),
    });
    const text = JSON.stringify(api.log);
    expect(text).to.not.contain(secret);
    expect(text).to.not.contain('张三');
    for (const key of Object.values(api.keys)) expect(text).to.not.contain(key);
    for (const { event } of api.log) expect(event).to.match(/^[a-z]+\.[a-z]+$/);
  });
});
