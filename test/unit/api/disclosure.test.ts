import { expect } from 'chai';
import { type RunningApi, repayment, runApi } from './running-api.ts';

describe('what is read over HTTP', () => {
  let api: RunningApi;
  let evidenceNo: string;
  before(async () => {
    api = await runApi();
    const command = repayment('e1');
    const answer = await fetch(`${api.url}/v1/deposits`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${api.keys.depositor}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(command),
    });
    ({ evidenceNo } = (await answer.json()) as { evidenceNo: string });
  });
  after(() => api.stop());

  const read = (headers: Record<string, string> = {}) =>
    fetch(`${api.url}/v1/loans/${evidenceNo}/entries/0/content`, {
      headers: { authorization: `Bearer ${api.keys.legal}`, ...headers },
    });

  const ask = (path: string, key: string) =>
    fetch(`${api.url}/v1/loans/${evidenceNo}${path}`, {
      headers: { authorization: `Bearer ${key}` },
    });

  const records = async () => {
    const history = await api.evidence.history(evidenceNo);
    const seqs = history.flatMap(({ statement }) =>
      statement.kind === 'disclosed' ? statement.seq : [],
    );
    return Promise.all(
      seqs.map(async (seq) =>
        JSON.parse(Buffer.from(await api.evidence.content(evidenceNo, seq)).toString()),
      ),
    );
  };

  it('leaves a custody entry that says who, what and on what ground', async () => {
    expect((await read({ 'cunzheng-ground': encodeURIComponent('案号 1') })).status).to.equal(200);
    const [, disclosed] = await api.evidence.history(evidenceNo);
    expect(disclosed?.statement).to.include({ kind: 'disclosed', title: '披露记录：案号 1' });
    const record = JSON.parse(Buffer.from(await api.evidence.content(evidenceNo, 1)).toString());
    expect(record).to.deep.equal({
      by: 'a-legal',
      ground: '案号 1',
      to: 'a-legal',
      what: 'content',
      entries: [{ first: 0, last: 0 }],
    });
  });

  it('leaves one each time, and none of an entry that is not there', async () => {
    const before = (await api.evidence.history(evidenceNo)).length;
    await read();
    await read();
    expect((await api.evidence.history(evidenceNo)).length).to.equal(before + 2);
    const missing = await fetch(`${api.url}/v1/loans/${evidenceNo}/entries/99/content`, {
      headers: { authorization: `Bearer ${api.keys.legal}` },
    });
    expect(missing.status).to.equal(404);
    expect((await api.evidence.history(evidenceNo)).length).to.equal(before + 2);
  });

  it('is refused when the ground does not decode, and nothing goes out', async () => {
    const answer = await read({ 'cunzheng-ground': '%E0%A4%A' });
    expect(answer.status).to.equal(400);
    expect(await answer.text())
      .to.include('REQUEST_INVALID')
      .and.not.include('amount');
  });

  it('leaves one a day for statements, to each key and of each choice of entries', async () => {
    await api.evidence.publishCheckpoint();
    const before = (await records()).length;
    for (const path of ['', '', '/entries/0/proof', '/entries/0/proof', '/entries/0/receipt']) {
      expect((await ask(path, api.keys.auditor)).status, path).to.equal(200);
    }
    const record = {
      by: 'a-auditor',
      ground: '经授权角色查阅',
      to: 'a-auditor',
      what: 'statements',
      entries: [{ first: 0, last: 0 }],
    };
    expect((await records()).slice(before)).to.deep.equal([record]);
    await ask('/entries/0/proof', api.keys.clerk);
    expect((await records()).slice(before)).to.deep.equal([
      record,
      { ...record, by: 'a-clerk', to: 'a-clerk' },
    ]);
  });

  it('leaves none for receipts that go to who deposits, nor for what names nobody', async () => {
    const before = await records();
    expect((await ask('/entries/0/receipt', api.keys.depositor)).status).to.equal(200);
    expect((await ask('/entries/1/proof', api.keys.auditor)).status).to.equal(200);
    expect((await ask('/completeness', api.keys.auditor)).status).to.equal(200);
    expect(await records()).to.deep.equal(before);
  });

  it('of an erased loan answers 410', async () => {
    await api.evidence.custody.erase(evidenceNo, { ground: 'Art. 47', by: 'office' });
    const answer = await read();
    expect(answer.status).to.equal(410);
    expect(await answer.json()).to.include({ code: 'LOAN_ERASED' });
    await api.evidence.publishCheckpoint();
    const { seq = 0 } = (await api.evidence.custody.erasure(evidenceNo)) ?? {};
    expect((await ask(`/entries/${seq}/proof`, api.keys.clerk)).status).to.equal(200);
  });
});
