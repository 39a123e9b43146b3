import { createPublicKey, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { sha256Hex } from '../../src/formats/digest.ts';
import { verifierKey } from '../../src/formats/note.ts';
import { verifyCourtReceipt } from '../../src/verify/court-receipt.ts';
import {
  type Answer,
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
  rewriteContainer,
  type SamplePackage,
  sealAgain,
} from '../support/sample-package.ts';

const ZIP_VECTORS = join(import.meta.dirname, '../../../shared/data/vectors/zip');

describe('court intake', () => {
  let lender: RunningLender;
  let court: RunningCourt;
  let sample: SamplePackage;

  before(async () => {
    lender = await runLender();
    const { installation } = lender;
    await depositSampleLoan(installation, 'L-1');
    await installation.publishAndAnchor();
    sample = await buildSamplePackage(installation, 'L-1');
    court = await runCourt(join(lender.folder, 'court'), installation.policy, {
      rpcUrls: [lender.rpc.url],
      maxPackageBytes: 4 << 20,
    });
  });

  after(async () => {
    await court?.close();
    await lender?.stop();
  });

  /** Hands in bytes and judges the receipt by the court's key. */
  async function handIn(at: RunningCourt, bytes: Uint8Array) {
    const sha256 = sha256Hex(bytes);
    const answer = await put(at, sha256, bytes);
    expect(answer.status, JSON.stringify(answer.body)).to.be.oneOf([200, 201]);
    const courts = [{ name: COURT_NAME, thumbprint: at.signer.thumbprint }];
    const report = verifyCourtReceipt(answer.body.receipt, { courts, packageSha256: sha256 });
    expect(report.verdict, JSON.stringify(report.checks)).to.equal('passed');
    if (report.payload === undefined) throw new Error('a receipt that passed has a payload');
    return { answer, receipt: report.payload };
  }

  const named = (findings: { check: string; reason: string }[]) =>
    findings.map(({ check, reason }) => `${check} ${reason}`);

  it('receives a sound package after its own look at the chain', async () => {
    const { answer, receipt } = await handIn(court, sample.bytes);
    expect(answer.status).to.equal(201);
    expect(receipt).to.include({
      decision: 'received',
      verdict: 'passed',
      caseId: sample.caseId,
      revision: 1,
      evidenceNo: sample.evidenceNo,
      packageSize: sample.bytes.length,
      chainProblem: null,
    });
    expect(receipt.defects).to.deep.equal([]);
    const { embedded } = lender.installation;
    expect(receipt.chain?.address).to.equal(embedded.identity.registry);
    expect(receipt.checkpoint?.size).to.equal(sample.caseFile.checkpointSize);
  });

  it('signs so that another implementation accepts it, and only unchanged', async () => {
    const { answer } = await handIn(court, sample.bytes);
    const [head = '', body = '', tail = ''] = (answer.body.receipt as string).split('.');
    const { jwk } = JSON.parse(Buffer.from(head, 'base64url').toString());
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signature = Buffer.from(tail, 'base64url');
    const holds = (text: string) =>
      verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, signature);
    expect(holds(`${head}.${body}`)).to.equal(true);
    expect(holds(`${head}.${body.replace(/^./, 'f')}`)).to.equal(false);
  });

  it('gives the same receipt for the same package, byte for byte', async () => {
    const first = await put(court, sample.sha256, sample.bytes);
    const answers = await Promise.all([1, 2, 3].map(() => put(court, sample.sha256, sample.bytes)));
    const read = await get(court, `/v1/filings/${sample.sha256}`);
    for (const { status, body } of [...answers, read]) {
      expect(status).to.equal(200);
      expect(body).to.deep.equal(first.body);
    }
  });

  it('hands out the full report that the receipt binds', async () => {
    const { receipt } = await handIn(court, sample.bytes);
    const response = await fetch(`${court.url}/v1/filings/${sample.sha256}/report`, {
      headers: { authorization: `Bearer ${court.key}` },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(sha256Hex(bytes)).to.equal(receipt.reportSha256);
    expect(JSON.parse(Buffer.from(bytes).toString()).checks.length).to.be.greaterThan(15);
  });

  it('returns a package with a flipped byte and names the file', async () => {
    const bytes = sample.bytes.slice();
    const at = Buffer.from(bytes).indexOf('"principal":"50000.00"');
    bytes[at + 13] = '9'.charCodeAt(0);
    const { receipt } = await handIn(court, bytes);
    expect(receipt).to.include({ decision: 'returned', verdict: 'failed', caseId: null });
    expect(named(receipt.defects)).to.deep.equal(['container.form CONTAINER_REFUSED']);
    expect(receipt.defects[0]?.detail).to.match(/contract-terms_0001\.json.*CRC-32/);
    expect(receipt.defects[0]?.zh).to.match(/案件包/);
  });

  it('returns a forged package with every defect at once', async () => {
    const bytes = await rewriteContainer(sample.bytes, (path, content) =>
      /contract-terms|calculation\.json$/.test(path)
        ? Buffer.from(content.map((byte) => (byte === 0x35 ? 0x39 : byte)))
        : undefined,
    );
    const { receipt } = await handIn(court, bytes);
    expect(receipt.decision).to.equal('returned');
    expect(named(receipt.defects)).to.deep.equal([
      'container.manifest DIGEST_DIFFERS',
      'container.sums DIGEST_DIFFERS',
      'exhibit.proof FILE_CHANGED',
      'claim.calculation CALCULATION_DIFFERS',
    ]);
    const [manifest, , exhibit] = receipt.defects;
    expect(manifest?.count).to.equal(2);
    expect(manifest?.subjects).to.include('proof/calculation.json');
    expect(exhibit?.subjects[0]).to.match(/contract-terms_0001\.json$/);
  });

  it('returns what the lender signed itself but held back a repayment in', async () => {
    const changed = sample.files.map(({ path, bytes }) => {
      if (path !== 'proof/case.json') return { path, bytes };
      const file = JSON.parse(Buffer.from(bytes).toString());
      file.revision = 7;
      for (const exhibit of file.exhibits) {
        exhibit.files = exhibit.files.filter(({ seq }: { seq: number }) => seq !== 4);
      }
      return { path, bytes: Buffer.from(JSON.stringify(file)) };
    });
    const { receipt } = await handIn(court, await sealAgain(lender.installation, changed));
    expect(named(receipt.defects)).to.include('claim.events EVENTS_OMITTED');
  });

  it('refuses another package of a case that it has, and never a damaged copy for that', async () => {
    await handIn(court, sample.bytes);
    const other = sample.files.map(({ path, bytes }) =>
      path === 'VERIFY.txt' ? { path, bytes: Buffer.from('Another text.\n') } : { path, bytes },
    );
    const bytes = await sealAgain(lender.installation, other);
    for (const attempt of [1, 2]) {
      const answer = await put(court, sha256Hex(bytes), bytes);
      expect(answer.status, `attempt ${attempt}`).to.equal(409);
      expect(answer.body.code).to.equal('CASE_CONFLICT');
    }
    const state = await get(court, `/v1/filings/${sha256Hex(bytes)}`);
    expect(state.body).to.include({ state: 'refused', receipt: null });
    const revised = await buildSamplePackage(lender.installation, 'L-1', { revision: 2 });
    expect((await handIn(court, revised.bytes)).receipt.decision).to.equal('received');
  });

  it('returns a package whose checkpoint the chain does not hold', async () => {
    const { installation } = lender;
    await depositSampleLoan(installation, 'L-unanchored');
    await installation.evidence.publishCheckpoint();
    const { bytes } = await buildSamplePackage(installation, 'L-unanchored');
    const { receipt } = await handIn(court, bytes);
    expect(receipt).to.include({ decision: 'returned', verdict: 'failed', chain: null });
    expect(named(receipt.defects)).to.deep.equal(['checkpoint.anchor ANCHOR_MISSING']);
  });

  it('turns away what is no package: 422 with the reason, never 500', async function () {
    const plain = [Buffer.from('hello'), Buffer.from('PK\x03\x04'), Buffer.alloc(5000, 0x50)];
    const hostile = existsSync(ZIP_VECTORS)
      ? readdirSync(ZIP_VECTORS, { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.zip'))
          .map((name) => readFileSync(join(ZIP_VECTORS, name)))
      : [];
    for (const bytes of [...plain, ...hostile]) {
      const { status, body } = await put(court, sha256Hex(bytes), bytes);
      expect(status).to.equal(422);
      expect(body).to.include({ code: 'NOT_A_PACKAGE', status: 422 });
      expect(body.detail).to.match(/^the body /);
    }
    if (hostile.length === 0) this.skip();
  });

  it('returns what was cut off with a receipt that says so', async () => {
    const sizes = [69, 200, 5_000, sample.bytes.length - 1];
    for (const size of sizes) {
      const { receipt } = await handIn(court, sample.bytes.subarray(0, size));
      expect(named(receipt.defects)).to.deep.equal(['container.form CONTAINER_REFUSED']);
    }
  });

  it('refuses a body that is too large before reading it, and one that is not announced', async () => {
    const large = new Uint8Array((4 << 20) + 1);
    const answer = await put(court, sha256Hex(large), large);
    expect([answer.status, answer.body.code]).to.deep.equal([413, 'PACKAGE_TOO_LARGE']);
    const digest = { 'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` };
    const other = await rewriteContainer(sample.bytes, (path) =>
      path === 'VERIFY.txt' ? Buffer.from('x') : undefined,
    );
    const wrong = await put(court, sha256Hex(other), other, digest);
    expect([wrong.status, wrong.body.code]).to.deep.equal([400, 'DIGEST_MISMATCH']);
    const announced = await put(court, sha256Hex(Buffer.from('something else')), sample.bytes);
    expect([announced.status, announced.body.code]).to.deep.equal([400, 'PACKAGE_DIFFERS']);
    const key = await put(court, sha256Hex(other), other, { 'idempotency-key': 'other' });
    expect([key.status, key.body.code]).to.deep.equal([400, 'REQUEST_INVALID']);
  });

  it('knows its senders, and shows each its own filings only', async () => {
    const stranger = await put({ ...court, key: 'czk_unknown' }, sample.sha256, sample.bytes);
    expect(stranger.status).to.equal(401);
    const clerk = { ...court, key: court.senders.createApiKey('desk', ['clerk']) };
    expect((await put(clerk, sample.sha256, sample.bytes)).status).to.equal(403);
    const rival = { ...court, key: court.senders.createApiKey('rival', ['depositor']) };
    expect((await get(rival, `/v1/filings/${sample.sha256}`)).status).to.equal(404);
    expect((await get(rival, '/v1/filings?sender=lender')).status).to.equal(403);
    expect((await get(rival, '/v1/filings')).body).to.deep.equal({ filings: [], next: null });
    const queue: Answer = await get(clerk, '/v1/filings?limit=2');
    expect(queue.body.filings).to.have.length(2);
    const rest = await get(clerk, `/v1/filings?below=${queue.body.next}`);
    const states = [...queue.body.filings, ...rest.body.filings].map(({ state }) => state);
    expect(states).to.include.members(['received', 'returned', 'refused']);
    const one = await get(clerk, `/v1/filings/${sample.sha256}?sender=lender`);
    expect(one.body.receipt).to.be.a('string');
  });

  it('says who it is to anybody', async () => {
    const { body } = await get(court, '/v1/court');
    expect(body).to.deep.equal({
      name: COURT_NAME,
      jwk: court.signer.jwk,
      thumbprint: court.signer.thumbprint,
    });
    expect((await get(court, '/healthz')).body).to.deep.equal({ status: 'ok' });
    expect((await get(court, '/nowhere')).body.code).to.equal('ROUTE_UNKNOWN');
  });

  describe('with other settings', () => {
    const courts: RunningCourt[] = [];
    const open = async (
      name: string,
      ...rest: Parameters<typeof runCourt> extends [string, ...infer R] ? R : never
    ) => {
      const opened = await runCourt(join(lender.folder, name), ...rest);
      courts.push(opened);
      return opened;
    };
    afterEach(async () => {
      for (const opened of courts.splice(0)) await opened.close();
    });
    const SILENT = 'http://127.0.0.1:9';

    it('returns a lender that its policy does not name', async () => {
      const { policy } = lender.installation;
      const { vkey } = verifierKey('another.example/log', new Uint8Array(32).fill(7));
      const stranger = { ...policy, logs: [vkey], signingRoots: [] };
      const strict = await open('strict', stranger, { rpcUrls: [lender.rpc.url] });
      const { receipt } = await handIn(strict, sample.bytes);
      expect(receipt).to.include({ decision: 'returned', verdict: 'indeterminate', chain: null });
      expect(named(receipt.defects)).to.include.members([
        'container.signature SIGNER_NOT_NAMED',
        'bundle.signature SIGNER_NOT_NAMED',
        'checkpoint.signature KEY_NOT_NAMED',
      ]);
      expect(receipt.defects.map(({ verdict }) => verdict)).to.not.include('failed');
    });

    it('does not hold its own silent chain connection against the lender', async () => {
      const { policy } = lender.installation;
      const silent = await open('silent', policy, { rpcUrls: [SILENT] });
      const { receipt } = await handIn(silent, sample.bytes);
      expect(receipt).to.include({ decision: 'returned', verdict: 'indeterminate' });
      expect(receipt.chainProblem).to.equal('embedded: CHAIN_UNREACHABLE');
      expect(named(receipt.defects)).to.deep.equal(['checkpoint.anchor NOT_ANCHORED']);
      const lenient = await open('lenient', policy, {
        rpcUrls: [SILENT],
        indeterminate: 'receive',
      });
      const received = (await handIn(lenient, sample.bytes)).receipt;
      expect(received).to.include({ decision: 'received', verdict: 'indeterminate' });
      expect(named(received.reservations)).to.deep.equal(['checkpoint.anchor NOT_ANCHORED']);
    });

    it('can wait for the chain instead of deciding without it', async () => {
      const { policy } = lender.installation;
      const waiting = await open('waiting', policy, { rpcUrls: [SILENT], indeterminate: 'wait' });
      const answer = await put(waiting, sample.sha256, sample.bytes);
      expect([answer.status, answer.body.code]).to.deep.equal([503, 'CHAIN_SILENT']);
      expect(answer.headers.get('retry-after')).to.equal('30');
      const state = await get(waiting, `/v1/filings/${sample.sha256}`);
      expect(state.body).to.include({ state: 'undecided', receipt: null });
      await waiting.close();
      courts.pop();
      const back = await open('waiting', policy, {
        rpcUrls: [lender.rpc.url],
        indeterminate: 'wait',
      });
      const decided = await get(back, `/v1/filings/${sample.sha256}`);
      expect(decided.body.state).to.equal('received');
    });

    it('takes nothing in before it has been told whom to trust', async () => {
      const fresh = await open('fresh', undefined, { rpcUrls: [lender.rpc.url] });
      const answer = await put(fresh, sample.sha256, sample.bytes);
      expect([answer.status, answer.body.code]).to.deep.equal([503, 'POLICY_MISSING']);
    });
  });
});
