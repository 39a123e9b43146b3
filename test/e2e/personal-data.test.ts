import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCourtKeys } from '../../src/compose-court.ts';
import { openKeys } from '../../src/compose-service.ts';
import { generatePortfolio } from '../../src/demo/portfolio/generate-portfolio.ts';
import type { DemoDeposit } from '../../src/demo/portfolio/journal.ts';
import { createLoanFile } from '../../src/demo/portfolio/loan-file.ts';
import { createStudio } from '../../src/demo/portfolio/studio.ts';
import { cunzheng, PROJECT, type Serving, serve } from '../support/command-line.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { findIn, findInFolder, needlesOf } from '../support/marked-values.ts';

const SEED = 'marked';
const AS_OF = '2026-10-31';
/** The second loan of the plan is in default, and has nothing that keeps it from being filed. */
const ORDINAL = 1;
const REFERENCE = '借据-司徒墨白-LR7731905546';
const EVENT = '事件-EV4410927735';

const { person } = createLoanFile(SEED, ORDINAL, AS_OF);
const MARKED = {
  'loan reference': REFERENCE,
  'part of the loan reference': 'LR7731905546',
  'event id': EVENT,
  'part of the event id': 'EV4410927735',
  name: person.name,
  'identity number': person.identityNumber,
  'telephone number': person.phone,
  'registered address': person.registeredAddress,
  'current address': person.currentAddress,
  'mail address': person.email,
  'card number': person.card,
};
const NEEDLES = needlesOf(MARKED);
/** Everything at once, as a client that mixes up its columns would send it. */
const ALL = Object.values(MARKED).join(' ');
/** What is meant to hold personal data, and is gone with the loan. */
const inPackages = (path: string) => path.startsWith('packages/');

describe('personal data', function () {
  this.timeout(500_000);
  const scratch = scratchFolder();
  const at = (...names: string[]) => join(scratch.path, ...names);
  const data = at('data');
  const settings = { CUNZHENG_DATA: data, CUNZHENG_RETENTION_DAYS: '0' };
  let service: Serving;
  let court: ChildProcess | undefined;
  let keys: Record<'depositor' | 'legal' | 'auditor', string>;
  let evidenceNo = '';

  before(async () => {
    service = await serve(data, { ...settings, CUNZHENG_CHECKPOINT_SECONDS: '1' });
    const { createApiKey } = openKeys(data);
    const make = (role: 'depositor' | 'legal' | 'auditor') => createApiKey(role, [role]);
    keys = { depositor: make('depositor'), legal: make('legal'), auditor: make('auditor') };
  });
  after(() => {
    service?.child.kill('SIGKILL');
    court?.kill('SIGKILL');
    scratch.remove();
  });

  const call = async (
    path: string,
    role: keyof typeof keys,
    init: { body?: string | Uint8Array; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; text: string }> => {
    const { body, headers = {} } = init;
    const answer = await fetch(service.url + path, {
      headers: { authorization: `Bearer ${keys[role]}`, ...headers },
      ...(body === undefined ? {} : { method: 'POST', body: body as string }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const post = (value: unknown, type = 'application/json') =>
    call('/v1/deposits', 'depositor', {
      body: typeof value === 'string' ? value : JSON.stringify(value),
      headers: { 'content-type': type },
    });
  const bulk = (lines: unknown[]) =>
    call('/v1/deposits:batch', 'depositor', {
      body: lines
        .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
        .join('\n'),
      headers: { 'content-type': 'application/x-ndjson' },
    });

  it('goes in by single and bulk deposits', async () => {
    const [, loan] = [...generatePortfolio({ seed: SEED, loans: 2, asOf: AS_OF }, createStudio())];
    const deposits = (loan?.deposits ?? []).map((one) => marked(one, loan?.loan ?? ''));
    expect(JSON.stringify(deposits)).to.include(person.identityNumber).and.include(person.name);
    for (const one of deposits.slice(0, 6)) {
      const { status, text } = one.body === undefined ? await post(one.line) : await postFile(one);
      expect(status, text).to.equal(201);
      ({ evidenceNo } = JSON.parse(text));
    }
    const { text } = await bulk(deposits.map((one) => one.line));
    const results = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.filter(({ ok }) => ok === false)).to.deep.equal([]);
    expect(results.filter(({ ok }) => ok)).to.have.length(deposits.length);
    const large = `${ALL}\n`.repeat(500);
    const note = { ...marked(repayment('large'), ''), body: Buffer.from(large) };
    const header = { ...note.line, kind: 'other', name: `${person.name}.txt` };
    const { status } = await postFile({ ...note, line: header, type: 'text/plain' });
    expect(status).to.equal(201);
  });

  const postFile = ({ line, body, type }: MarkedDeposit) => {
    const { record: _, file, ...header } = line;
    const named = file === undefined ? header : { ...header, name: file.name };
    return call('/v1/deposits', 'depositor', {
      body: body ?? '',
      headers: {
        'content-type': type,
        'cunzheng-deposit': Buffer.from(JSON.stringify(named)).toString('base64url'),
      },
    });
  };

  it('is in no refusal, whatever was wrong with the request', async () => {
    const good = marked(repayment('once'), '').line;
    expect((await post(good)).status).to.equal(201);
    const bad: unknown[] = [
      `{"loan": "${ALL}", ${ALL}`,
      `{"${ALL}": 1, "${ALL}": 2}`,
      `"${ALL}"`,
      ALL,
      { ...good, kind: ALL },
      { ...good, occurredAt: ALL },
      { ...good, [ALL]: 1 },
      { ...good, [person.name]: 1 },
      { ...good, loan: `${ALL}\u202e` },
      { ...good, loan: { [ALL]: ALL } },
      { ...good, record: { ...good.record, amount: ALL } },
      { ...good, record: { [person.name]: ALL } },
      { ...good, record: { ...good.record, amount: '13.00' } },
      { ...good, loan: `${REFERENCE} 2` },
      { ...good, source: { system: 'core', eventId: 'x', [person.name]: 1 } },
      { ...good, source: { system: 'core', eventId: 'x' }, references: [ref(EVENT, 'repays')] },
      { ...good, source: { system: 'core', eventId: 'x' }, references: [ref('x', person.name)] },
      { ...good, kind: 'submitted', title: ALL },
    ];
    const found: string[] = [];
    for (const [at, body] of bad.entries()) {
      const { status, text } = await post(body);
      expect(status, `body ${at}`).to.be.within(400, 499);
      found.push(...findIn(`refusal of body ${at}: ${text}`, text, NEEDLES));
    }
    const { text } = await bulk([...bad.filter((body) => body !== ALL), ALL.repeat(2)]);
    expect(
      text
        .trim()
        .split('\n')
        .every((line) => !JSON.parse(line).ok),
    ).to.equal(true);
    found.push(...findIn('refusals in bulk', text, NEEDLES));
    const word = encodeURIComponent(ALL);
    for (const [path, role] of [
      [`/v1/loans?reference=${word}2`, 'legal'],
      [`/v1/loans?${word}=1`, 'legal'],
      [`/v1/loans?reference=${encodeURIComponent(REFERENCE)}`, 'nobody'],
      [`/v1/loans/${word}`, 'legal'],
      [`/v1/loans/${word}/entries/${word}/content`, 'legal'],
      [`/v1/loans/${evidenceNo}/entries/0/proof?size=${word}`, 'legal'],
      [`/v1/loans/${evidenceNo}/completeness?at=${word}`, 'legal'],
      [`/${word}`, 'legal'],
      [`/log/tile/0/${word}`, 'legal'],
    ] as const) {
      const answer = await call(path, role as 'legal');
      expect(answer.status, path).to.be.within(400, 499);
      found.push(...findIn(`refusal of ${path.slice(0, 40)}`, answer.text, NEEDLES));
    }
    const odd = { 'content-type': 'text/plain', 'cunzheng-deposit': 'e30' };
    const file = await call('/v1/deposits', 'depositor', { body: ALL, headers: odd });
    found.push(...findIn('refusal of a file', file.text, NEEDLES));
    expect(found).to.deep.equal([]);
  });

  it('is in no answer to an auditor of the public log, and in no file while the service runs', async () => {
    await published();
    for (const path of ['', '/entries/0/content', '/entries/0/proof', '/entries/0/receipt']) {
      expect((await call(`/v1/loans/${evidenceNo}${path}`, 'legal')).status, path).to.equal(200);
    }
    writeFileSync(at('auditor.key'), keys.auditor);
    const audit = await cunzheng(
      ['log', 'audit', `${service.url}/log`, '--policy', join(data, 'policy.json')].concat([
        ...['--api-key-file', at('auditor.key'), '--state', at('audit.json'), '--json'],
      ]),
      data,
    );
    expect(audit.code, audit.stdout + audit.stderr).to.be.oneOf([0, 3]);
    expect(findIn('audit', audit.stdout + audit.stderr, NEEDLES)).to.deep.equal([]);
    expect(findInFolder(scratch.path, NEEDLES)).to.deep.equal([]);
  });

  it('is in nothing that the service said, and in no file after it has ended', async () => {
    const said = await service.stop();
    expect(said.code, said.stderr).to.equal(0);
    expect(said.stderr).to.include('deposit.accepted').and.include('batch.finished');
    expect(findIn('log of the service', said.stdout + said.stderr, NEEDLES)).to.deep.equal([]);
    expect(findInFolder(scratch.path, NEEDLES)).to.deep.equal([]);
  });

  it('is in packages alone when a case was made and handed in to a court', async () => {
    const batch = ['--as-of', AS_OF, '--filing', 'demo-cn', '--json'];
    const made = await cunzheng(['package', ...batch], data, settings);
    expect(made.code, made.stdout + made.stderr).to.equal(0);
    expect(JSON.parse(made.stdout)).to.include({ prepared: 1, failed: 0 });
    const rpcPort = await freePort();
    const entry = await startCourt(rpcPort);
    const rpc = { ...settings, CUNZHENG_RPC_PORT: String(rpcPort) };
    const sent = await cunzheng(['submit', '--court', entry.file], data, rpc);
    expect(sent.code, sent.stdout + sent.stderr).to.equal(0);
    const again = await cunzheng(['package', ...batch], data, settings);
    expect(JSON.parse(again.stdout)).to.include({ prepared: 0, failed: 0 });
    const said = [made.stderr, again.stderr, sent.stdout, sent.stderr, await entry.stop()];
    expect(findIn('output', said.join('\n'), NEEDLES)).to.deep.equal([]);
    expect(findInFolder(data, NEEDLES, inPackages)).to.deep.equal([]);
    // The search would find it: it is in the table of the parties.
    const there = findInFolder(data, NEEDLES).join('\n');
    expect(there)
      .to.match(/parties-.*identity number \(UTF-8\)/)
      .and.match(/loan reference \(UTF-8\)/);
    const history = await cunzheng(['loan', 'history', evidenceNo, '--json'], data, settings);
    const kinds = history.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind);
    expect(kinds.filter((kind) => kind === 'exported')).to.have.length(1);
    expect(kinds).to.include.members(['disclosed', 'submitted', 'court-receipt']);
  });

  it('is nowhere when the loan was erased, nor where copies of it lay', async () => {
    expect(readdirSync(join(data, 'packages')).length).to.be.above(1);
    const erase = ['loan', 'erase', evidenceNo, '--ground', 'Art. 47', '--by', 'office', '--yes'];
    const { code, stdout, stderr } = await cunzheng(erase, data, settings);
    expect(code, stdout + stderr).to.equal(0);
    expect(findIn('output', stdout + stderr, NEEDLES)).to.deep.equal([]);
    expect(findInFolder(data, NEEDLES)).to.deep.equal([]);
    const check = await cunzheng(['log', 'check'], data, settings);
    expect(check.code, check.stdout).to.equal(0);
  });

  /** Until everything deposited so far is in a checkpoint. */
  async function published(): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      const { size, head } = JSON.parse((await call('/v1/status', 'legal')).text);
      if (head?.size === size) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('nothing was published');
  }

  /** A court as a process of its own, on a folder outside of the lender's. */
  async function startCourt(rpcPort: number): Promise<{ file: string; stop(): Promise<string> }> {
    const folder = at('court');
    mkdirSync(folder);
    const apiKey = openCourtKeys(folder).createApiKey('lender', ['depositor']);
    const script = join(PROJECT, 'bin', 'cunzheng.mjs');
    const rpc = `http://127.0.0.1:${rpcPort}`;
    const policy = join(data, 'policy.json');
    const args = ['court', 'serve', '--port', '0', '--rpc', rpc, '--policy', policy];
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...process.env, CUNZHENG_COURT_DATA: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    court = child;
    let said = '';
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const [name, url, thumbprint] = await new Promise<string[]>((resolve, reject) => {
      const hear = (part: Buffer) => {
        said += part.toString();
        const found = /^court +(.+)\nintake +(\S+)\nthumbprint +(\S+)\n/.exec(said);
        if (found) resolve(found.slice(1));
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('close', (code) => reject(new Error(`the court ended with ${code}: ${said}`)));
    });
    const file = at('court.json');
    writeFileSync(file, JSON.stringify({ v: 1, name, url, thumbprint, apiKey }), { mode: 0o600 });
    const stop = async () => {
      child.kill('SIGTERM');
      await ended;
      return said;
    };
    return { file, stop };
  }
});

interface MarkedDeposit {
  /** As a line of a batch. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of requests, also wrong ones
  line: any;
  /** Bytes of a file. */
  body?: Uint8Array;
  type: string;
}

/** A deposit under the marked reference, its events named with the marked id. */
function marked({ content, ...rest }: DemoDeposit, loan: string): MarkedDeposit {
  const idOf = (eventId: string) => `${EVENT}/${loan === '' ? eventId : eventId.replace(loan, '')}`;
  const line = {
    ...rest,
    loan: REFERENCE,
    source: { ...rest.source, eventId: idOf(rest.source.eventId) },
    references: (rest.references ?? []).map((one) => ({ ...one, eventId: idOf(one.eventId) })),
  };
  if (content.form === 'record') {
    return { line: { ...line, record: content.record }, type: 'application/json' };
  }
  const { name, mediaType, bytes } = content;
  const file = { name, mediaType, base64: Buffer.from(bytes).toString('base64') };
  return { line: { ...line, file }, body: bytes, type: mediaType };
}

function repayment(eventId: string): DemoDeposit {
  return {
    loan: '',
    kind: 'account-movement',
    occurredAt: '2026-01-02',
    source: { system: 'core', eventId },
    content: {
      form: 'record',
      record: { account: 'A', amount: '12.00', date: '2026-01-02', direction: 'debit' },
    },
  };
}

const ref = (eventId: string, rel: string) => ({ rel, eventId });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
