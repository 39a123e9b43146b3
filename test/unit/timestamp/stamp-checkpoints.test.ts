import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  createTimestampStore,
  timestampSchema,
  timestampTables,
} from '../../../src/adapters/sqlite/timestamp-store.ts';
import {
  hasOpenssl,
  issue,
  type OpensslTsa,
  startOpensslTsa,
} from '../../../src/demo/openssl-tsa.ts';
import type { Evidence } from '../../../src/evidence/index.ts';
import type { TimestampAuthority } from '../../../src/evidence/timestamp/ports.ts';
import {
  createTimestamper,
  type Timestamper,
} from '../../../src/evidence/timestamp/stamp-checkpoints.ts';
import { fromBase64, toBase64, toHex } from '../../../src/formats/bytes.ts';
import { logId } from '../../../src/formats/checkpoint.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import { parseVerifierKey } from '../../../src/formats/note.ts';
import { encodeProofFile, parseProofFile } from '../../../src/formats/proof-file.ts';
import { stampedCheckpoint, type TimestampRecord } from '../../../src/formats/timestamp.ts';
import { parseTlogProof } from '../../../src/formats/tlog-proof.ts';
import { verifyTimestamp } from '../../../src/verify/time-stamp.ts';
import type { VerifierContext } from '../../../src/verify/trust.ts';
import { verifyCompleteness } from '../../../src/verify/verify-completeness.ts';
import { verifyFile } from '../../../src/verify/verify-file.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { clientOf, pemFile, TSA_NAMES } from '../../support/time-stamping.ts';

const DAY_MS = 86_400_000;

describe('time-stamping of checkpoints', function () {
  this.timeout(20_000);
  const scratch = scratchFolder();
  let tsa: OpensslTsa;
  let roots: Uint8Array[];
  let rigs = 0;

  before(async function () {
    if (!hasOpenssl()) this.skip(); // openssl is not installed
    tsa = await startOpensslTsa({ folder: join(scratch.path, 'tsa'), port: 0, names: TSA_NAMES });
    roots = [pemFile(tsa.rootsFile)];
  });
  after(async () => {
    await tsa?.stop();
    scratch.remove();
  });

  interface Stamped {
    rig: EvidenceRig;
    timestamper: Timestamper;
    /** Moves the clock of the outbox, not that of the authority. */
    clock: { ahead: number; now(): Date };
    evidence: Evidence;
    context: VerifierContext;
    deposit(count: number): Promise<{ evidenceNo: string; size: number }>;
  }

  const honestClient = (url = tsa.url): TimestampAuthority =>
    clientOf({ url, roots, crlUrls: [tsa.crlUrl], timeoutMs: 2_000 });

  function stamping(authorities: TimestampAuthority[], plan = {}): Stamped {
    rigs += 1;
    const rig = openEvidenceRig(join(scratch.path, `rig${rigs}`));
    rig.db.exec(timestampSchema);
    const clock = { ahead: 0, now: () => new Date(Date.now() + clock.ahead) };
    const id = toHex(logId(parseVerifierKey(rig.signer.vkey)));
    const timestamper = createTimestamper({
      authorities,
      store: createTimestampStore(rig.db),
      log: {
        logId: id,
        latest: () => rig.evidence.latestCheckpoint(),
        note: (size) => rig.evidence.checkpointNote(size),
        consistencyProof: (a, b) => rig.evidence.consistencyProof(a, b),
      },
      clock,
      plan: { everySeconds: 0, renewBeforeDays: 90, ...plan },
    });
    rig.stampedBy((checkpoint) => timestamper.timestampsOf(checkpoint));
    const tsaRoots = roots.map((root) => ({ name: 'tsa', sha256: sha256Hex(root) }));
    const policy = { ...rig.context.policy, tsaRoots, timestampsRequired: 1 };
    let events = 0;
    const deposit = async (count: number) => {
      let evidenceNo = '';
      for (let n = 0; n < count; n++) {
        events += 1;
        const ack = await rig.evidence.acceptDeposit(repayment('L1', `e${events}`));
        evidenceNo = ack.evidenceNo;
      }
      const checkpoint = await rig.evidence.publishCheckpoint();
      return { evidenceNo, size: checkpoint?.size ?? 0 };
    };
    const context = { policy, now: new Date() } as VerifierContext;
    return { rig, timestamper, clock, evidence: rig.evidence, context, deposit };
  }

  it('puts tokens into proofs, which say until when the checkpoint existed', async () => {
    const { evidence, timestamper, deposit, context, rig } = stamping([honestClient()]);
    const { evidenceNo } = await deposit(3);
    const { authorities } = await timestamper.tick();
    expect(authorities[0]).to.include({ tsa: 'tsa', state: 'STAMPED', reason: null });
    for (const report of [
      verifyFile(undefined, await evidence.proof(evidenceNo, 1), context),
      verifyCompleteness(await evidence.completeness(evidenceNo), context),
    ]) {
      expect(report.verdict).to.equal('passed');
      expect(report.notChecked).to.not.include.members(['TIMESTAMPS', 'TSA_REVOCATION']);
      const [stamp] = report.facts.timestamps ?? [];
      expect(stamp).to.include({ worth: 'independent' });
      expect(stamp?.authority).to.contain(TSA_NAMES.authority);
    }
    rig.close();
  });

  it('asks once for each new checkpoint', async () => {
    const { timestamper, deposit, rig } = stamping([honestClient()]);
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('IDLE');
    await deposit(1);
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('STAMPED');
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('IDLE');
    rig.close();
  });

  it('keeps to the time between two tokens', async () => {
    const { timestamper, deposit, clock, rig } = stamping([honestClient()], { everySeconds: 60 });
    await deposit(1);
    await timestamper.tick();
    await deposit(1);
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('IDLE');
    clock.ahead = 61_000;
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('STAMPED');
    rig.close();
  });

  it('catches up after down time with one token over the newest checkpoint', async () => {
    let url = 'http://127.0.0.1:1/';
    const client: TimestampAuthority = {
      name: 'tsa',
      stamp: (bytes, signal) => honestClient(url).stamp(bytes, signal),
    };
    const { timestamper, deposit, clock, evidence, context, rig } = stamping([client]);
    const first = await deposit(2);
    const [failed] = (await timestamper.tick()).authorities;
    expect(failed).to.include({ state: 'FAILED', newest: null });
    expect(failed?.reason?.code).to.equal('TSA_UNREACHABLE');
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('WAITING');
    await deposit(3);
    const open = verifyFile(undefined, await evidence.proof(first.evidenceNo, 0), context);
    expect(open.verdict).to.equal('indeterminate');
    clock.ahead = 6_000;
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('FAILED');
    clock.ahead = 12_000;
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('WAITING');
    [url, clock.ahead] = [tsa.url, 17_000];
    expect((await timestamper.tick()).authorities[0]?.state).to.equal('STAMPED');
    const proof = await evidence.proof(first.evidenceNo, 0, first.size);
    const report = verifyFile(undefined, proof, context);
    expect(report.verdict).to.equal('passed');
    expect(report.facts.timestamps?.[0]?.laterSize).to.be.above(first.size);
    rig.close();
  });

  it('asks each authority by itself: one that hangs does not keep the others', async () => {
    const hanging: TimestampAuthority = {
      name: 'hanging',
      stamp: (_, signal) =>
        new Promise((__, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const { timestamper, deposit, evidence, rig } = stamping([hanging, honestClient()]);
    const { size } = await deposit(1);
    const stop = new AbortController();
    const tick = timestamper.tick(stop.signal).catch(() => undefined);
    const tokens = async () => evidence.timestampsOf(await evidence.checkpoint(size));
    while ((await tokens()).length === 0) await new Promise((next) => setTimeout(next, 20));
    stop.abort(new Error('stopped'));
    await tick;
    rig.close();
  });

  it('names a token that the policy requires and that was taken out', async () => {
    const { timestamper, deposit, evidence, context, rig } = stamping([honestClient()]);
    const { evidenceNo } = await deposit(1);
    await timestamper.tick();
    const proof = parseProofFile(await evidence.proof(evidenceNo, 0));
    const stripped = encodeProofFile({ ...proof, timestamps: [] });
    const report = verifyFile(undefined, stripped, context);
    expect(report.verdict).to.equal('indeterminate');
    const check = report.checks.find(({ id }) => id === 'checkpoint.timestamp');
    expect(check).to.include({ reason: 'NOT_TIMESTAMPED', detail: '0/1' });
    rig.close();
  });

  it('does not count authorities that the policy does not name', async () => {
    const { timestamper, deposit, evidence, context, rig } = stamping([honestClient()]);
    const { evidenceNo } = await deposit(1);
    await timestamper.tick();
    const proof = await evidence.proof(evidenceNo, 0);
    const { policy = rig.context.policy } = context;
    if (policy === undefined) throw new Error('no policy');
    const unnamed = { ...context, policy: { ...policy, tsaRoots: [] } };
    const report = verifyFile(undefined, proof, unnamed);
    expect(report.verdict).to.equal('indeterminate');
    expect(report.facts.timestamps?.[0]?.worth).to.equal('open');
    const content = { ...unnamed, policy: { ...unnamed.policy, timestampsRequired: 0 } };
    const contentReport = verifyFile(undefined, proof, content);
    expect(contentReport.verdict).to.equal('passed');
    expect(contentReport.notChecked).to.include('TIMESTAMPS');
    rig.close();
  });

  it('fails a token of another checkpoint, and a later one of another log', async () => {
    const { timestamper, deposit, evidence, context, rig } = stamping([honestClient()]);
    const { evidenceNo, size } = await deposit(1);
    await timestamper.tick();
    await deposit(1);
    await timestamper.tick();
    const old = parseProofFile(await evidence.proof(evidenceNo, 0, size));
    const now = parseProofFile(await evidence.proof(evidenceNo, 0));
    const swapped = encodeProofFile({ ...now, timestamps: old.timestamps });
    const report = verifyFile(undefined, swapped, context);
    expect(report.verdict).to.equal('failed');
    expect(report.checks.map(({ reason }) => reason)).to.include('TIMESTAMP_DIFFERS');
    const other = stamping([honestClient()]);
    await other.deposit(5);
    const [record] = now.timestamps;
    if (record === undefined) throw new Error('no token');
    const foreign = await other.evidence.checkpoint();
    const later = { checkpoint: foreign.note, consistency: [] };
    const lying = encodeProofFile({ ...old, timestamps: [{ ...record, later }] });
    expect(verifyFile(undefined, lying, context).verdict).to.equal('failed');
    other.rig.close();
    rig.close();
  });

  it('counts the same when a witness has added a signature to the checkpoint', async () => {
    const { timestamper, deposit, evidence, context, rig } = stamping([honestClient()]);
    const { evidenceNo } = await deposit(1);
    await timestamper.tick();
    const proof = parseProofFile(await evidence.proof(evidenceNo, 0));
    const line = `— witness.example/w ${toBase64(new Uint8Array(76).fill(5))}\n`;
    const cosigned = { ...proof, tlogProofText: `${proof.tlogProofText}${line}` };
    const report = verifyFile(undefined, encodeProofFile(cosigned), context);
    expect(report.verdict).to.equal('passed');
    rig.close();
  });

  describe('renewal', () => {
    /** A token of a certificate with ten days left; then the authority gets a longer one. */
    async function renewed(): Promise<Stamped & { evidenceNo: string; shortEnd: Date }> {
      const folder = join(scratch.path, `short${rigs}`);
      const short = await startOpensslTsa({ folder, port: 0, names: TSA_NAMES, days: 10 });
      const root = pemFile(short.rootsFile);
      roots = [...roots, root];
      const client = clientOf({ url: short.url, roots: [root], crlUrls: [short.crlUrl] });
      const all = stamping([client], { renewBeforeDays: 30 });
      const { evidenceNo } = await all.deposit(2);
      const first = await all.timestamper.tick();
      expect(first.authorities[0]?.state).to.equal('STAMPED');
      // Nothing lasts longer yet: the token waits, and nothing is lost.
      expect(first.renewal).to.include({ renewed: 0, waiting: 1 });
      await issue(folder, ['-days', '2000']);
      await all.deposit(1);
      all.clock.ahead = 2 * 3_600_000;
      const second = await all.timestamper.tick();
      expect(second.renewal).to.deep.equal({ renewed: 1, waiting: 0, reason: null });
      await short.stop();
      return { ...all, evidenceNo, shortEnd: new Date(Date.now() + 11 * DAY_MS) };
    }

    const firstToken = async ({ evidence }: Stamped, evidenceNo: string, at: number) =>
      parseProofFile(await evidence.proof(evidenceNo, 0, at));

    it('keeps an old token provable after its certificate has ended', async () => {
      const all = await renewed();
      const [{ size } = { size: 0 }] = await all.evidence.listCheckpoints();
      const proof = await firstToken(all, all.evidenceNo, size);
      expect(proof.timestamps[0]?.renewals).to.have.length(1);
      const late = { ...all.context, now: all.shortEnd };
      expect(verifyFile(undefined, encodeProofFile(proof), late).verdict).to.equal('passed');
      const bare = proof.timestamps.map((record) => ({ ...record, renewals: [] }));
      const lapsed = verifyFile(undefined, encodeProofFile({ ...proof, timestamps: bare }), late);
      expect(lapsed.verdict).to.equal('indeterminate');
      expect(lapsed.checks.at(-1)?.detail).to.contain('TIMESTAMP_LAPSED');
      const muchLater = { ...late, now: new Date(Date.now() + 2100 * DAY_MS) };
      expect(verifyFile(undefined, encodeProofFile(proof), muchLater).verdict).to.equal(
        'indeterminate',
      );
      all.rig.close();
    });

    it('fails when anything of the renewed token was changed', async () => {
      const all = await renewed();
      const [{ size } = { size: 0 }] = await all.evidence.listCheckpoints();
      const proof = await firstToken(all, all.evidenceNo, size);
      const [record] = proof.timestamps;
      if (record === undefined) throw new Error('no token');
      const [renewal] = record.renewals;
      if (renewal === undefined) throw new Error('no renewal');
      const changes: Partial<TimestampRecord>[] = [
        { tsa: 'other' },
        { crls: [] },
        { renewals: [{ ...renewal, index: 0 }] },
        { renewals: [{ ...renewal, path: [] }] },
      ];
      for (const change of changes) {
        const changed = { ...proof, timestamps: [{ ...record, ...change }] };
        const report = verifyFile(undefined, encodeProofFile(changed), all.context);
        expect(report.verdict, JSON.stringify(change)).to.equal('failed');
      }
      all.rig.close();
    });
  });

  it('passes no token of which a byte was changed', async () => {
    const { timestamper, deposit, evidence, context, rig } = stamping([honestClient()]);
    const { evidenceNo } = await deposit(1);
    await timestamper.tick();
    const proof = parseProofFile(await evidence.proof(evidenceNo, 0));
    const [record] = proof.timestamps;
    if (record === undefined) throw new Error('no token');
    const token = fromBase64(record.token);
    const stamped = stampedCheckpoint(parseTlogProof(proof.tlogProofText).checkpointText);
    const trustedRoots = (context.policy?.tsaRoots ?? []).map(({ sha256 }) => sha256);
    const judge = (bytes: Uint8Array) =>
      verifyTimestamp({ ...record, token: toBase64(bytes) }, stamped, new Date(), { trustedRoots });
    expect(judge(token).result).to.equal('passed');
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = token.slice();
        changed[at] = (changed[at] ?? 0) ^ mask;
        return judge(changed).result !== 'passed';
      }),
      { numRuns: 400 },
    );
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(judge(changed).result, `byte ${at}`).to.not.equal('passed');
      if (at % 16 === 0) expect(judge(token.slice(0, at)).result).to.not.equal('passed');
    }
    rig.close();
  });

  it('only ever adds rows', () => {
    const { rig } = stamping([]);
    for (const table of timestampTables) {
      const sql = rig.db.prepare(`SELECT count(*) FROM sqlite_master WHERE tbl_name = ? AND
        type = 'trigger' AND sql LIKE '%insert-only%'`);
      expect(sql.pluck().get(table), table).to.equal(2);
    }
    rig.close();
  });
});
