import { join } from 'node:path';
import { expect } from 'chai';
import { PDFDocument } from 'pdf-lib';
import { createSignedPdfThread } from '../../../src/adapters/signing/signed-pdf-thread.ts';
import { parseRecord, type SignatureCheckRecord } from '../../../src/claim/records.ts';
import { SignatureChecks } from '../../../src/evidence/index.ts';
import type { DepositCommand } from '../../../src/evidence/ports.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import { parseJson } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';
import { checkSignedPdf } from '../../../src/verify/check-signed-pdf.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  scratchFolder,
  steppingClock,
} from '../../support/evidence-rig.ts';
import { makeAuthority, SIGNED_AT } from '../signing/test-authority.ts';

const { signer, root } = makeAuthority('p256');

async function page(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.addPage();
  return document.save({ useObjectStreams: false });
}

const sign = (pdf: Uint8Array) => signer.signPdf(pdf, { reason: '签订', signedAt: SIGNED_AT });

const pdf = (eventId: string, bytes: Uint8Array, kind: Kind = 'contract'): DepositCommand => ({
  loan: 'L-1',
  kind,
  occurredAt: '2026-03-01',
  source: { system: 'sign', eventId },
  content: { form: 'file', name: 'a.pdf', mediaType: 'application/pdf', bytes },
});

const judged = (bytes: Uint8Array, trustedRoots: Uint8Array[] = [root]) =>
  checkSignedPdf(bytes, { documentSha256: sha256Hex(bytes), receivedAt: SIGNED_AT, trustedRoots });

describe('what the signatures of a deposited PDF are worth', () => {
  it('is told with certificate, claimed time and whether its root is named', async () => {
    const { result, signatures } = judged(sign(await page()));
    expect(result).to.equal('valid');
    const [one] = signatures;
    expect(one).to.include({ result: 'valid', coversWholeFile: true, rootNamed: true });
    expect(one?.certificate?.subject).to.include('CN=');
    expect(one?.certificate?.issuer).to.include('CN=');
    expect(one?.certificate?.certificateSerial).to.match(/^[0-9a-f]+$/);
    expect(one?.claimedTime).to.match(/^D:20\d{12}/);
    const unnamed = judged(sign(await page()), []);
    expect(unnamed.result).to.equal('valid');
    expect(unnamed.signatures[0]).to.include({ rootNamed: false, reason: 'SIGNER_NOT_NAMED' });
  });

  it('is invalid when a byte was changed, undecided when bytes were added behind', async () => {
    const signed = sign(await page());
    const changed = Uint8Array.from(signed);
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(judged(changed)).to.include({ result: 'invalid', reason: 'CONTENT_CHANGED' });
    const longer = judged(Buffer.concat([signed, Buffer.from('\n%more')]));
    expect(longer).to.include({ result: 'undecided', reason: 'NOT_WHOLE_FILE' });
  });

  it('is said of files that are no signed PDF at all', async () => {
    expect(judged(await page()).result).to.equal('unsigned');
    const nothing = judged(new Uint8Array(5000));
    expect(nothing).to.include({ result: 'unreadable', reason: 'NOT_A_PDF' });
    expect(judged(new Uint8Array(0)).result).to.equal('unreadable');
  });
});

describe('the thread that checks signed PDFs', () => {
  it('ends a check that takes too long, and goes on with the next', async () => {
    const slow = createSignedPdfThread([root], 1);
    const signed = sign(await page());
    const about = { documentSha256: sha256Hex(signed), receivedAt: SIGNED_AT };
    expect(await slow.check(signed, about)).to.include({
      result: 'unreadable',
      reason: 'CHECK_TOO_SLOW',
    });
    await slow.close();
    const thread = createSignedPdfThread([root]);
    const both = await Promise.all([thread.check(signed, about), thread.check(signed, about)]);
    expect(both.map(({ result }) => result)).to.deep.equal(['valid', 'valid']);
    await thread.close();
  }).timeout(10_000);
});

describe('signature checks after the deposit', () => {
  let folder: ReturnType<typeof scratchFolder>;
  let rig: EvidenceRig;
  let below = 0;
  const errors: unknown[] = [];
  const start = () => {
    const checks = new SignatureChecks({
      evidence: rig.evidence,
      check: async (bytes, about) => checkSignedPdf(bytes, { ...about, trustedRoots: [root] }),
      cursor: {
        read: async () => below,
        write: async (index) => {
          below = index;
        },
      },
      clock: steppingClock(),
      onError: (error) => errors.push(error),
    });
    rig.evidence.onPdf = (place) => checks.notice(place);
    return checks;
  };
  const found = async () => {
    const { evidenceNo } = (await rig.evidence.findLoan('L-1')) ?? { evidenceNo: '' };
    const history = await rig.evidence.history(evidenceNo);
    const own = history.filter(({ statement }) => statement.kind === 'signature-check');
    return Promise.all(
      own.map(async ({ statement }) => {
        const json = parseJson(await rig.evidence.content(evidenceNo, statement.seq));
        const record: SignatureCheckRecord = parseRecord('signature-check', json);
        return { of: statement.references, result: record.result };
      }),
    );
  };
  const of = (seq: number) => [{ rel: 'checks', seq }];

  beforeEach(() => {
    folder = scratchFolder();
    rig = openEvidenceRig(join(folder.path, 'rig'));
    below = 0;
    errors.length = 0;
  });
  afterEach(() => {
    rig.close();
    folder.remove();
  });

  it('are deposited with a reference to the file, whose bytes stay as they came', async () => {
    const checks = start();
    const signed = sign(await page());
    const { evidenceNo } = await rig.evidence.acceptDeposit(pdf('a', signed));
    await rig.evidence.acceptDeposit(pdf('b', await page(), 'demand'));
    const { seq } = await rig.evidence.acceptDeposit(pdf('c', await page()));
    await checks.finish();
    const all = [
      { of: of(0), result: 'valid' },
      { of: of(seq), result: 'unsigned' },
    ];
    expect(await found()).to.deep.equal(all);
    expect(Buffer.from(await rig.evidence.content(evidenceNo, 0)).equals(signed)).to.equal(true);
    expect(errors).to.deep.equal([]);
  });

  it('are caught up after a crash, and never made twice', async () => {
    await rig.evidence.acceptDeposit(pdf('a', sign(await page())));
    await start().finish();
    expect(await found()).to.have.lengthOf(1);
    expect(below).to.equal(1);
    // The cursor is lost, as by a crash before it was written.
    below = 0;
    await rig.evidence.acceptDeposit(pdf('b', sign(await page())));
    await Promise.all([start().finish(), start().finish()]);
    below = 999;
    await start().finish();
    expect((await found()).map((it) => it.of)).to.deep.equal([of(0), of(2)]);
  });

  it('are put off by a full disk, and made when there is room again', async () => {
    await rig.evidence.acceptDeposit(pdf('a', sign(await page())));
    const accept = rig.evidence.depositOwn.bind(rig.evidence);
    rig.evidence.depositOwn = () => Promise.reject(new Error('no room'));
    const checks = start();
    await checks.finish();
    expect([errors.length, below]).to.deep.equal([1, 0]);
    rig.evidence.depositOwn = accept;
    await checks.finish();
    expect(await found()).to.have.lengthOf(1);
    await checks.close();
    expect(below).to.equal(await rig.evidence.treeSize());
  });
});
