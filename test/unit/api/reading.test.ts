import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { fromHex, toHex } from '../../../src/formats/bytes.ts';
import { parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { leafHash, nodeHash } from '../../../src/formats/merkle.ts';
import { parseCompletenessProof, parseProofFile } from '../../../src/formats/proof-file.ts';
import { parseStatement } from '../../../src/formats/statement.ts';
import { decodeBundle } from '../../../src/formats/tile.ts';
import {
  bearer,
  json,
  postFile,
  postRecord,
  type RunningApi,
  repayment,
  runApi,
} from './running-api.ts';

/** MTH of RFC 9162 §2.1.1, word for word. */
function treeHash([first = new Uint8Array(), ...rest]: Uint8Array[]): Uint8Array {
  if (rest.length === 0) return first;
  const all = [first, ...rest];
  const k = 2 ** Math.ceil(Math.log2(all.length) - 1);
  return nodeHash(treeHash(all.slice(0, k)), treeHash(all.slice(k)));
}

describe('reading over HTTP', () => {
  let api: RunningApi;
  let loan: string;
  let evidenceNo: string;
  let firstReceipt: string;
  const page = Buffer.from('<script>alert(1)</script>');

  before(async () => {
    api = await runApi();
    const first = await json(await postRecord(api, JSON.stringify(repayment('one'))));
    evidenceNo = first.evidenceNo;
    firstReceipt = first.receipt;
    await postFile(api, 'two', page, { 'content-type': 'text/html' });
    await api.evidence.publishCheckpoint();
    await postRecord(api, JSON.stringify(repayment('three')));
    loan = `${api.url}/v1/loans/${evidenceNo}`;
  });
  after(() => api.stop());

  const get = (url: string, role: keyof RunningApi['keys'] = 'legal') =>
    fetch(url, { headers: bearer(api.keys[role]) });

  it("finds a loan by the lender's reference", async () => {
    const found = await get(`${api.url}/v1/loans?reference=L-1`);
    expect(await json(found)).to.deep.equal({ evidenceNo, reference: 'L-1' });
    expect((await get(`${api.url}/v1/loans?reference=L-2`)).status).to.equal(404);
    expect((await get(`${api.url}/v1/loans`)).status).to.equal(400);
    expect((await get(`${api.url}/v1/loans?reference=a&reference=b`)).status).to.equal(400);
  });

  it('tells the whole history in order, also when the number is typed carelessly', async () => {
    const history = await json(await get(loan));
    expect(
      history.entries.map(({ statement }: { statement: { seq: number } }) => statement.seq),
    ).to.deep.equal([0, 1, 2]);
    const typed = evidenceNo.toLowerCase().replaceAll('-', '');
    const again = await json(await get(`${api.url}/v1/loans/${typed}`));
    // What comes after is the record that the first look has left.
    expect(again.entries.slice(0, 3)).to.deep.equal(history.entries);
    expect(again.entries.slice(3)).to.have.length(1);
  });

  it('gives the receipt byte for byte again', async () => {
    expect(await (await get(`${loan}/entries/0/receipt`)).text()).to.equal(firstReceipt);
  });

  it('gives proofs as of a checkpoint, and says when there is none yet', async () => {
    const proof = await get(`${loan}/entries/1/proof`);
    expect(parseStatement(parseProofFile(await proof.text()).statementText).seq).to.equal(1);
    const { size } = await json(await get(`${api.url}/v1/status`)).then(({ head }) => head);
    expect((await get(`${loan}/entries/1/proof?size=${size}`)).status).to.equal(200);
    const early = await get(`${loan}/entries/2/proof`);
    expect([early.status, (await json(early)).code]).to.deep.equal([409, 'NOT_PUBLISHED']);
    const unknown = await get(`${loan}/entries/1/proof?size=2`);
    expect((await json(unknown)).code).to.equal('CHECKPOINT_UNKNOWN');
  });

  it('gives the completeness proof', async () => {
    const response = await get(`${loan}/completeness`, 'clerk');
    expect(parseCompletenessProof(await response.text()).entryTexts).to.have.length(2);
  });

  it('gives the completeness proof as of a moment, and says when none was anchored since', async () => {
    for (const [query, status, code] of [
      ['at=2026-05-01', 409, 'NOT_ANCHORED'],
      ['at=2026-05-01T09:30:00', 400, 'DATE_INVALID'],
      ['at=', 400, 'REQUEST_INVALID'],
      ['at=2026-05-01&size=2', 400, 'REQUEST_INVALID'],
    ] as const) {
      const response = await get(`${loan}/completeness?${query}`);
      expect([response.status, (await json(response)).code], query).to.deep.equal([status, code]);
    }
  });

  it('gives original content as a download that no browser runs', async () => {
    const response = await get(`${loan}/entries/1/content`);
    expect(Buffer.from(await response.arrayBuffer())).to.deep.equal(page);
    const sha256 = createHash('sha256').update(page).digest('base64');
    expect(response.headers.get('content-digest')).to.equal(`sha-256=:${sha256}:`);
    expect(response.headers.get('content-disposition')).to.match(/^attachment; .*filename\*=UTF-8/);
    expect(response.headers.get('content-type')).to.equal('text/html');
    expect(response.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(response.headers.get('content-security-policy')).to.contain('sandbox');
  });

  it('refuses addresses that name nothing', async () => {
    const other = `${evidenceNo.slice(0, -1)}${evidenceNo.endsWith('0') ? '1' : '0'}`;
    for (const [path, status] of [
      [`/v1/loans/${other}`, 400],
      ['/v1/loans/CZ', 400],
      [`/v1/loans/${evidenceNo}?all=1`, 400],
      [`/v1/loans/${evidenceNo}/entries/9/receipt`, 404],
      [`/v1/loans/${evidenceNo}/entries/-1/receipt`, 400],
      [`/v1/loans/${evidenceNo}/entries/1e0/content`, 400],
      [`/v1/loans/${evidenceNo}/entries/__proto__/content`, 400],
      [`/v1/loans/${evidenceNo}/completeness?size=1.0`, 400],
      [`/v1/loans/${evidenceNo}/completeness?size[]=1`, 400],
      ['/v1/loans/%FF', 400],
      ['/v1/loans/', 404],
      ['/V1/loans', 404],
      ['/v1/deposits/', 404],
    ] as const) {
      const response = await get(api.url + path);
      expect(response.status, path).to.equal(status);
      expect(response.headers.get('content-type')).to.contain('application/problem+json');
    }
  });

  it('names the methods an address takes', async () => {
    const response = await fetch(`${api.url}/v1/deposits`, { method: 'DELETE' });
    expect(response.status).to.equal(405);
    expect(response.headers.get('allow')).to.equal('POST');
    const head = await fetch(`${api.url}/log/checkpoint`, { method: 'HEAD' });
    expect(head.status).to.equal(200);
  });

  it('serves a log that can be recomputed from its public files (C2SP tlog-tiles)', async () => {
    const checkpoint = await fetch(`${api.url}/log/checkpoint`);
    expect(checkpoint.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(checkpoint.headers.get('cache-control')).to.contain('no-cache');
    const head = parseCheckpoint(await checkpoint.text());
    const tile = await fetch(`${api.url}/log/tile/0/000.p/${head.size}`);
    expect(tile.headers.get('content-type')).to.equal('application/octet-stream');
    expect(tile.headers.get('cache-control')).to.match(/immutable/);
    const hashes = Buffer.from(await tile.arrayBuffer());
    const bundle = await get(`${api.url}/log/tile/entries/000.p/${head.size}`, 'auditor');
    expect(bundle.headers.get('cache-control')).to.contain('private');
    const entries = decodeBundle(new Uint8Array(await bundle.arrayBuffer()));
    expect(Buffer.concat(entries.map(leafHash))).to.deep.equal(hashes);
    expect(toHex(treeHash(entries.map(leafHash)))).to.equal(toHex(head.root));
  });

  it('serves no file that is not of the log', async () => {
    for (const path of [
      'tile/0/001',
      'tile/0/000.p/0',
      'tile/0/000.p/300',
      'tile/00/000.p/3',
      'tile/0/..%2f..%2fkeys%2flog.key',
      'tile/%2e%2e/%2e%2e/keys/log.key',
      'tile/0/%00',
      'checkpoint/',
    ]) {
      const response = await fetch(`${api.url}/log/${path}`);
      expect(response.status, path).to.equal(404);
    }
  });

  it('tells size, head, key and the state of anchoring', async () => {
    const status = await json(await get(`${api.url}/v1/status`, 'administrator'));
    // Three deposits, the map, and what was read above: history, receipt, proof, content.
    expect(status.size).to.equal(8);
    expect(status.vkey).to.equal(api.evidence.vkey);
    expect(status.anchoring).to.deep.equal({ targets: [] });
    const head = parseCheckpoint(await (await fetch(`${api.url}/log/checkpoint`)).text());
    expect(fromHex(status.head.root)).to.deep.equal(head.root);
    expect(await json(await fetch(`${api.url}/healthz`))).to.deep.equal({ status: 'ok' });
  });
});

describe('a failing service', () => {
  it('answers 500 with an id and nothing of the inside, and logs where it happened', async () => {
    const api = await runApi({
      status: async () => {
        throw new Error('postgres://user:password@host failed for 张三');
      },
    });
    const response = await fetch(`${api.url}/v1/status`, {
      headers: bearer(api.keys.administrator),
    });
    const text = await response.text();
    expect(response.status).to.equal(500);
    const { code, requestId } = JSON.parse(text);
    expect(code).to.equal('INTERNAL');
    const logged = JSON.stringify(api.log);
    for (const output of [text, logged]) {
      expect(output).to.not.contain('password');
      expect(output).to.not.contain('张三');
    }
    const failure = api.log.find(({ event }) => event === 'request.failed');
    expect(failure?.requestId).to.equal(requestId);
    expect(failure?.at).to.contain('reading.test.ts');
    await api.stop();
  });
});
