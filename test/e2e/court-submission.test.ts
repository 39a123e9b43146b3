import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { createHttpCourtGateway } from '../../src/adapters/court/http-court-gateway.ts';
import { createSqliteFilingLedger } from '../../src/adapters/sqlite/filing-ledger.ts';
import { recordDefects } from '../../src/claim/records.ts';
import { sha256Hex } from '../../src/formats/digest.ts';
import { parseJson } from '../../src/formats/jcs.ts';
import { SubmissionError } from '../../src/litigation/submission/errors.ts';
import type { FilingLedger } from '../../src/litigation/submission/ports.ts';
import { type SubmitAllPorts, submitAll } from '../../src/litigation/submission/submit-all.ts';
import { type CaseToSubmit, submitCase } from '../../src/litigation/submission/submit-case.ts';
import {
  COURT_NAME,
  get,
  put,
  type RunningCourt,
  type RunningLender,
  runCourt,
  runLender,
} from '../support/running-court.ts';
import {
  buildSamplePackage,
  depositSampleLoan,
  type SamplePackage,
  sealAgain,
} from '../support/sample-package.ts';

describe('submission to a court', () => {
  let lender: RunningLender;
  let court: RunningCourt;
  let ledger: FilingLedger;
  const waits: number[] = [];

  before(async () => {
    lender = await runLender();
    const { installation, folder, rpc } = lender;
    for (const loan of ['L-1', 'L-2', 'L-3', 'L-4', 'L-5']) {
      await depositSampleLoan(installation, loan);
    }
    await installation.publishAndAnchor();
    court = await runCourt(join(folder, 'court'), installation.policy, { rpcUrls: [rpc.url] });
    ledger = createSqliteFilingLedger(installation.db, installation.vault.derive('filing row mac'));
  });

  after(async () => {
    await court?.close();
    await lender?.stop();
  });

  const toSubmit = (sample: SamplePackage): CaseToSubmit => ({
    caseId: sample.caseId,
    revision: sample.revision,
    evidenceNo: sample.evidenceNo,
    packagePath: `packages/${sample.caseId}.zip`,
    sha256: sample.sha256,
    size: sample.bytes.length,
    read: async () => sample.bytes,
  });

  const gatewayTo = (url: string, thumbprint = court.signer.thumbprint) =>
    createHttpCourtGateway({ name: COURT_NAME, url, thumbprint, apiKey: court.key });

  const ports = (changes: Partial<SubmitAllPorts> = {}): SubmitAllPorts => ({
    ledger,
    gateway: gatewayTo(court.url),
    evidence: lender.installation.evidence,
    clock: { now: () => new Date() },
    wait: async (milliseconds) => {
      waits.push(milliseconds);
    },
    ...changes,
  });

  const states = async ({ caseId, revision }: SamplePackage) =>
    (await ledger.events(caseId, revision)).map(({ state }) => state);

  const custody = async ({ evidenceNo }: SamplePackage) =>
    (await lender.installation.evidence.history(evidenceNo))
      .map(({ statement }) => statement)
      .filter(({ kind }) => kind === 'submitted' || kind === 'court-receipt');

  async function codeOf(action: Promise<unknown>): Promise<string> {
    try {
      await action;
      return 'none';
    } catch (error) {
      if (error instanceof SubmissionError) return error.code;
      throw error;
    }
  }

  it('deposits the hand-in and the receipt as evidence of the loan, once', async () => {
    const sample = await buildSamplePackage(lender.installation, 'L-1');
    const first = await submitCase(toSubmit(sample), ports());
    expect(first).to.include({ repeated: false, caseId: sample.caseId });
    expect(first.receipt.decision).to.equal('received');
    expect(await states(sample)).to.deep.equal(['prepared', 'sending', 'answered']);
    const [handedIn, receipt] = await custody(sample);
    expect([handedIn?.kind, receipt?.kind]).to.deep.equal(['submitted', 'court-receipt']);
    expect(receipt?.source).to.include({ system: COURT_NAME, eventId: first.receipt.receiptNo });
    expect(receipt?.references).to.deep.equal([{ rel: 'answers', seq: handedIn?.seq }]);
    const content = await lender.installation.evidence.content(
      sample.evidenceNo,
      receipt?.seq ?? 0,
    );
    const record = parseJson(content);
    expect(recordDefects('court-receipt', record)).to.deep.equal([]);
    expect(record).to.include({ signature: first.jws, keyId: court.signer.thumbprint });

    const again = await submitCase(toSubmit(sample), ports());
    expect(again).to.include({ repeated: true, jws: first.jws });
    expect(await custody(sample)).to.have.length(2);
    expect(await states(sample)).to.have.length(3);
  });

  it('files a case once although the lender died before it wrote the answer down', async () => {
    const sample = await buildSamplePackage(lender.installation, 'L-2');
    const { evidence } = lender.installation;
    let calls = 0;
    const dying = {
      loanByEvidenceNo: (evidenceNo: string) => evidence.loanByEvidenceNo(evidenceNo),
      acceptDeposit: (...command: Parameters<typeof evidence.acceptDeposit>) => {
        calls++;
        if (calls === 2) throw new Error('power cut');
        return evidence.acceptDeposit(...command);
      },
    };
    const cut = submitCase(toSubmit(sample), ports({ evidence: dying })).catch((e) => e.message);
    expect(await cut).to.equal('power cut');
    expect(await states(sample)).to.deep.equal(['prepared', 'sending']);
    const done = await submitCase(toSubmit(sample), ports());
    expect(await states(sample)).to.deep.equal(['prepared', 'sending', 'sending', 'answered']);
    expect(await custody(sample)).to.have.length(2);
    const { body } = await get(court, `/v1/filings/${sample.sha256}`);
    expect(body.receipt).to.equal(done.jws);
  });

  it('never sends a second package of a case that may be at the court', async () => {
    const sample = await buildSamplePackage(lender.installation, 'L-3');
    const silent = ports({ gateway: gatewayTo('http://127.0.0.1:9') });
    expect(await codeOf(submitCase(toSubmit(sample), silent))).to.equal('COURT_UNREACHABLE');
    const other = await sealAgain(
      lender.installation,
      sample.files.map((file) =>
        file.path === 'VERIFY.txt' ? { ...file, bytes: Buffer.from('other') } : file,
      ),
    );
    const second = { ...sample, bytes: other, sha256: sha256Hex(other) };
    expect(await codeOf(submitCase(toSubmit(second), ports()))).to.equal('CASE_SENT_OTHERWISE');
    const row = (await ledger.events(sample.caseId, 1)).find(({ state }) => state === 'sending');
    const { id: _, ...event } = row ?? { id: 0 };
    const forced = ledger.append({ ...event, packageSha256: second.sha256 } as never);
    expect(await forced.catch((error) => error.message)).to.match(/another package/);
    await submitCase(toSubmit(sample), ports());
    expect(await states(sample)).to.include('failed');
    expect((await states(sample)).at(-1)).to.equal('answered');
  });

  it('takes no receipt of another key, and no bytes that are not the package', async () => {
    const sample = await buildSamplePackage(lender.installation, 'L-4', { revision: 9 });
    const { thumbprint } = court.signer;
    const wrong = `${thumbprint.slice(1)}${thumbprint[0]}`;
    const strict = ports({ gateway: gatewayTo(court.url, wrong) });
    expect(await codeOf(submitCase(toSubmit(sample), strict))).to.equal('RECEIPT_INVALID');
    expect(await custody(sample)).to.have.length(0);
    const changed = { ...toSubmit(sample), read: async () => sample.bytes.subarray(1) };
    expect(await codeOf(submitCase(changed, ports()))).to.equal('PACKAGE_CHANGED');
  });

  it('submits a batch in which one bad case stops nothing else', async () => {
    const good = await buildSamplePackage(lender.installation, 'L-4');
    const more = await buildSamplePackage(lender.installation, 'L-5');
    const held = { ...good, caseId: more.caseId, revision: 3, sha256: '0'.repeat(64) };
    const seen: number[] = [];
    const results = await submitAll([good, held, more].map(toSubmit), ports(), {
      concurrency: 2,
      onProgress: (_result, done) => seen.push(done),
    });
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(['answered', 'failed', 'answered']);
    expect(results[1]).to.include({ code: 'PACKAGE_CHANGED' });
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('waits as long as the court asks, then goes on', async () => {
    const sample = await buildSamplePackage(lender.installation, 'L-5', { revision: 2 });
    let refusals = 2;
    const gate = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (refusals-- > 0) {
        response.writeHead(429, { 'retry-after': '7', 'content-type': 'application/problem+json' });
        response.end(JSON.stringify({ code: 'COURT_BUSY', detail: 'full' }));
        return;
      }
      const answer = await put(court, sample.sha256, Buffer.concat(chunks));
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    try {
      waits.length = 0;
      const { port } = gate.address() as AddressInfo;
      const slow = ports({ gateway: gatewayTo(`http://127.0.0.1:${port}`) });
      const [result] = await submitAll([toSubmit(sample)], slow, { concurrency: 1 });
      expect(result?.outcome).to.equal('answered');
      expect(waits.length).to.be.greaterThanOrEqual(2);
      expect(Math.max(...waits)).to.be.within(6_000, 7_000);
      expect(await states(sample)).to.deep.equal([
        'prepared',
        ...['sending', 'failed', 'sending', 'failed', 'sending', 'answered'],
      ]);
    } finally {
      gate.closeAllConnections();
      gate.close();
    }
  });

  it('leaves the rest of a batch for later when the court is down or knows us no more', async () => {
    const sample = await buildSamplePackage(lender.installation, 'L-1', { revision: 4 });
    const many = Array.from({ length: 8 }, (_, at) => ({ ...toSubmit(sample), revision: 40 + at }));
    const down = ports({ gateway: gatewayTo('http://127.0.0.1:9') });
    const options = { concurrency: 2, giveUpAfter: 3, pauseMs: 1 };
    const results = await submitAll(many, down, options);
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(many.map(() => 'failed'));
    const touched = (await ledger.latest()).filter(({ revision }) => revision >= 40);
    expect(touched.length).to.be.lessThan(5);
    const stranger = createHttpCourtGateway({
      name: COURT_NAME,
      url: court.url,
      thumbprint: court.signer.thumbprint,
      apiKey: 'czk_revoked',
    });
    const denied = await submitAll(many.slice(5), ports({ gateway: stranger }), options);
    for (const result of denied) expect(result).to.include({ code: 'COURT_DENIED' });
  });

  it('names every changed or missing row of the ledger', async () => {
    expect(await ledger.checkIntegrity()).to.deep.equal([]);
    const { db } = lender.installation;
    expect(() => db.exec('DELETE FROM filing_events WHERE id = 2')).to.throw(/insert-only/);
    db.exec('DROP TRIGGER filing_events_no_update; DROP TRIGGER filing_events_no_delete');
    db.exec("UPDATE filing_events SET court = 'another' WHERE id = 1");
    db.exec('DELETE FROM filing_events WHERE id = 2');
    expect(await ledger.checkIntegrity()).to.deep.equal([
      'evidence.db: table filing_events: row 1 was changed',
      'evidence.db: table filing_events: row 2 is gone',
    ]);
  });
});
