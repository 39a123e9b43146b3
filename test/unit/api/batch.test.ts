import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { fromHex, fromUtf8, toHex, utf8 } from '../../../src/formats/bytes.ts';
import { commitment } from '../../../src/formats/commitment.ts';
import { depositEntryText } from '../../../src/formats/entry.ts';
import { loanKey } from '../../../src/formats/evidence-number.ts';
import { canonicalBytes, type Json } from '../../../src/formats/jcs.ts';
import { encodeGroupReceipt, parseReceipt } from '../../../src/formats/receipt.ts';
import { encodeStatement } from '../../../src/formats/statement.ts';
import { KINDS } from '../../../src/formats/taxonomy.ts';
import { verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import { policyNaming } from '../../support/evidence-rig.ts';
import { bearer, type RunningApi, repayment, runApi } from './running-api.ts';

const LINES_IN_FLIGHT = 16;

/** What a receipt is made of, from what was sent and what the answer says. */
// biome-ignore lint/suspicious/noExplicitAny: the line as a client reads it
function rebuilt(eventId: string, record: Json, { evidenceNo, seq, leafIndex, opening }: any) {
  const bytes = canonicalBytes(record);
  const digest = (name: string) => createHash(name).update(bytes).digest('hex');
  const statement = fromUtf8(
    encodeStatement({
      evidenceNo,
      seq,
      kind: 'repayment',
      title: KINDS.repayment.zh,
      file: {
        name: 'repayment.json',
        mediaType: 'application/json',
        size: bytes.length,
        sha256: digest('sha256'),
        sha512: digest('sha512'),
        sm3: digest('sm3'),
      },
      occurredAt: '2026-01-02',
      receivedAt: opening.receivedAt,
      source: { system: 'core', eventId },
      references: opening.references,
      depositor: '测试消费金融有限公司',
    }),
  );
  const salt = fromHex(opening.salt);
  const loan = toHex(loanKey(evidenceNo));
  const committed = toHex(commitment(salt, utf8(statement)));
  const entry = depositEntryText({ loan, seq, prev: opening.prev, commitment: committed });
  return { statement, salt, entry, leafIndex };
}

describe('POST /v1/deposits:batch', function () {
  this.timeout(10_000);
  let api: RunningApi;
  before(async () => {
    const limits = { lineBytes: 4096, inlineFileBytes: 1500, linesInFlight: LINES_IN_FLIGHT };
    api = await runApi({ limits: { ...limits, batchBytesInFlight: 8192 } });
  });
  after(() => api.stop());

  const send = (body: string | Uint8Array | ReadableStream, headers = {}) =>
    fetch(`${api.url}/v1/deposits:batch`, {
      method: 'POST',
      headers: {
        ...bearer(api.keys.depositor),
        'content-type': 'application/x-ndjson',
        ...headers,
      },
      body: body as string,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
  const linesOf = async (response: Response) =>
    (await response.text())
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  const results = async (response: Response) =>
    (await linesOf(response)).filter((line) => !('note' in line));
  const line = (eventId: string, changes = {}) => JSON.stringify(repayment(eventId, changes));

  it('answers line by line in order, and a bad line stops nothing else', async () => {
    const body = [
      line('b1'),
      'not json',
      line('b2', { loan: 7 }),
      '',
      line('b1'),
      line('b1', { record: { amount: '99', date: '2026-01-02' } }),
      `{"loan":"x","loan":"y"}`,
      line('b3', { note: 'unknown member' }),
      line('b4', { occurredAt: '2026-02-30' }),
      `${'['.repeat(2000)}${']'.repeat(2000)}`,
      line('b5', { title: 'x'.repeat(5000) }),
      line('b6', { references: [{ rel: 'corrects', eventId: 'nowhere' }] }),
      line('b7', { kind: 'erased' }),
      line('last'),
    ].join('\n');
    const response = await send(body);
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.contain('application/x-ndjson');
    const lines = await results(response);
    expect(lines.map(({ line }) => line)).to.deep.equal([
      1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    ]);
    expect(lines.map(({ ok, duplicate, error }) => (ok ? duplicate : error.code))).to.deep.equal([
      false,
      'JSON_INVALID',
      'REQUEST_INVALID',
      true,
      'EVENT_CONFLICT',
      'JSON_INVALID',
      'REQUEST_INVALID',
      'DEPOSIT_INVALID',
      'JSON_TOO_DEEP',
      'LINE_TOO_LONG',
      'REFERENCE_UNKNOWN',
      'KIND_RESERVED',
      false,
    ]);
    expect(lines[3].leafIndex).to.equal(lines[0].leafIndex);
  });

  it('keeps the order of lines within a loan, also where a line refers to the one before', async () => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      line(`o${i}`, {
        loan: `ordered-${i % 2}`,
        ...(i < 2 ? {} : { references: [{ rel: 'refers-to', eventId: `o${i - 2}` }] }),
      }),
    );
    const answers = await results(await send(lines.join('\n')));
    expect(answers.map(({ seq }) => seq)).to.deep.equal(lines.map((_, i) => Math.floor(i / 2)));
  });

  it('gives a promise for every new entry: its holder can rebuild each receipt', async () => {
    const record = { amount: '12.00', date: '2026-01-02', currency: 'CNY' };
    const sent = Array.from({ length: 40 }, (_, i) => ({
      ...repayment(`p${i}`, { loan: `promised-${i % 3}`, record }),
      ...(i < 3 ? {} : { references: [{ rel: 'corrects', eventId: `p${i - 3}` }] }),
    }));
    const answer = await linesOf(
      await send(sent.map((deposit) => JSON.stringify(deposit)).join('\n')),
    );
    const entries = answer.filter((line) => line.ok);
    expect(entries).to.have.length(40);
    let group: typeof entries = [];
    for (const line of answer) {
      if (!('note' in line)) {
        group.push(line);
        continue;
      }
      const leaves = group.map(({ leafHash: leaf }) => fromHex(leaf));
      const first = group[0].leafIndex;
      for (const one of group) {
        const parts = rebuilt(sent[one.line - 1]?.source.eventId ?? '', record, one);
        const receipt = encodeGroupReceipt(parts, { first, leaves, noteText: line.note });
        const context = { policy: policyNaming(api.evidence.vkey), now: new Date() };
        expect(verifyReceipt(receipt, undefined, context).verdict).to.equal('passed');
        expect(parseReceipt(receipt).leafIndex).to.equal(one.leafIndex);
      }
      group = [];
    }
    expect(group, 'entries behind the last note').to.deep.equal([]);
  });

  it('tells of a known event by its receipt', async () => {
    await send(line('known'));
    const [again, ...more] = await linesOf(await send(line('known')));
    expect(again).to.include({ ok: true, duplicate: true });
    expect(parseReceipt(again.receipt).leafIndex).to.equal(again.leafIndex);
    expect(more).to.deep.equal([]);
  });

  it('lets lines of different loans share commits', async () => {
    const lines = Array.from({ length: 160 }, (_, i) => line(`s${i}`, { loan: `shared-${i}` }));
    const before = api.commits.length;
    const received = await results(await send(lines.join('\n')));
    expect(new Set(received.map(({ leafIndex }) => leafIndex)).size).to.equal(160);
    expect(api.commits.length - before).to.be.at.most(30);
  });

  it('takes files inside lines up to the limit', async () => {
    const file = (bytes: Uint8Array) => ({
      record: undefined,
      kind: 'contract',
      file: {
        name: 'a.pdf',
        mediaType: 'application/pdf',
        base64: Buffer.from(bytes).toString('base64'),
      },
    });
    const good = new Uint8Array(1500).fill(9);
    const body = [
      line('i1', file(good)),
      line('i2', file(new Uint8Array(1600))),
      line('i3', { kind: 'contract', record: undefined, file: { name: 'a', mediaType: 'a/b' } }),
      line('i4', {
        kind: 'contract',
        record: undefined,
        file: { name: 'a', mediaType: 'a/b', base64: 'no base 64' },
      }),
      line('i5', { file: file(good).file }),
    ].join('\n');
    const [one, two, three, four, five] = await results(await send(body));
    expect(await api.evidence.content(one.evidenceNo, one.seq)).to.deep.equal(Buffer.from(good));
    expect(two.error.code).to.equal('BODY_TOO_LARGE');
    for (const bad of [three, four, five]) expect(bad.error.code).to.equal('REQUEST_INVALID');
  });

  it('answers a line while later ones are still to come', async () => {
    let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        feed = controller;
        controller.enqueue(Buffer.from(`${line('t1')}\n`));
      },
    });
    const response = await send(body);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const readLine = async () => {
      const { value } = await reader.read();
      return JSON.parse(
        Buffer.from(value ?? [])
          .toString()
          .split('\n')[0] ?? '',
      ).line;
    };
    expect(await readLine()).to.equal(1);
    feed?.enqueue(Buffer.from(line('t2')));
    feed?.close();
    expect(await readLine()).to.equal(2);
    expect((await reader.read()).done).to.equal(true);
  });

  it('works on a bounded number of lines at a time, and all get done', async () => {
    const accept = api.evidence.acceptDeposits.bind(api.evidence);
    let [running, most] = [0, 0];
    api.evidence.acceptDeposits = async (commands) => {
      running += commands.length;
      most = Math.max(most, running);
      return accept(commands).finally(() => {
        running -= commands.length;
      });
    };
    const lines = Array.from({ length: 300 }, (_, i) => line(`n${i}`, { loan: `many-${i}` }));
    const answers = await results(await send(lines.join('\r\n')));
    api.evidence.acceptDeposits = accept;
    expect(answers.filter(({ ok }) => ok)).to.have.length(300);
    expect(most).to.be.within(2, LINES_IN_FLIGHT);
  });

  it('reports an endless line by its number and keeps none of it', async () => {
    const chunk = new Uint8Array(1 << 20).fill(0x61);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent <= 40) return controller.enqueue(chunk);
        controller.enqueue(Buffer.from(`\n${line('after')}`));
        controller.close();
      },
    });
    const before = process.memoryUsage().rss;
    const [long, after] = await results(await send(body));
    expect(long.error.code).to.equal('LINE_TOO_LONG');
    expect(after).to.include({ line: 2, ok: true });
    expect(process.memoryUsage().rss - before).to.be.below(60 << 20);
  });

  it('refuses what cannot be checked or read as a batch', async () => {
    expect((await send('', { 'content-type': 'application/json' })).status).to.equal(415);
    expect((await send('', { 'content-digest': 'sha-256=:AAAA:' })).status).to.equal(400);
    expect(await results(await send(''))).to.deep.equal([]);
  });
});
