import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { PDFDocument } from 'pdf-lib';
import { type PdfVerdict, verifyPdfSignatures } from '../../../src/verify/pdf-signature.ts';
import { makeAuthority, SIGNED_AT } from '../signing/test-authority.ts';

const { signer, root } = makeAuthority('rsa');
const policy = { trustedRoots: [root], at: SIGNED_AT };
const options = { reason: '提交法院立案', signedAt: SIGNED_AT };
const judged = (pdf: Uint8Array): PdfVerdict => verifyPdfSignatures(pdf, policy);
const verdictOf = ({ result, reason }: PdfVerdict): string => `${result} ${reason}`;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

describe('signed PDF', () => {
  let plain = new Uint8Array();
  let signed = new Uint8Array();
  before(async () => {
    const document = await PDFDocument.create();
    document.addPage();
    plain = Uint8Array.from(await document.save({ useObjectStreams: false }));
    signed = Uint8Array.from(signer.signPdf(plain, options));
  });

  it('passes as it was signed', () => {
    expect(verdictOf(judged(signed))).to.equal('passed SIGNER_TRUSTED');
    const [, before, after, length] = judged(signed).signatures[0]?.byteRange ?? [];
    expect(latin1(signed).slice(before, (before ?? 0) + 7)).to.match(/^<3082[0-9a-f]{2}$/);
    expect((after ?? 0) + (length ?? 0)).to.equal(signed.length);
  });

  it('does not pass with any one byte changed', () => {
    const [, before = 0, after = 0] = judged(signed).signatures[0]?.byteRange ?? [];
    // Inside of the signature's own value every third digit; `cms.test.ts` tries every byte.
    for (let at = 0; at < signed.length; at += at > before && at < after ? 3 : 1) {
      const changed = signed.slice();
      changed[at] = (changed[at] ?? 0) ^ (at % 2 ? 0x20 : 0x01);
      const verdict = judged(changed);
      expect(verdict.result, `byte ${at}: ${verdict.reason}`).not.to.equal('passed');
    }
  }).timeout(20_000);

  it('fails without a signature, and is indeterminate without a named root', () => {
    expect(verdictOf(judged(plain))).to.equal('failed NO_SIGNATURE');
    const open = verifyPdfSignatures(signed, { ...policy, trustedRoots: [] });
    expect(verdictOf(open)).to.equal('indeterminate SIGNER_NOT_NAMED');
  });

  it('fails when anything is put behind the signature', async () => {
    const junk = judged(Buffer.concat([signed, Buffer.from('\n')]));
    expect(verdictOf(junk)).to.equal('failed NOT_WHOLE_FILE');
    const text = judged(Buffer.concat([signed, Buffer.from('more')]));
    expect(verdictOf(text)).to.equal('failed NOT_WHOLE_FILE');
    // A second revision by another program: the old signature stays, but not over the whole file.
    const other = makeAuthority('p256').signer.signPdf(signed, options);
    const update = latin1(other).slice(signed.length);
    const unsigned = bytesOf(latin1(signed) + update.replaceAll('/ByteRange', '/Byterange'));
    expect(verdictOf(judged(unsigned))).to.equal('failed NOT_WHOLE_FILE');
    expect(verdictOf(judged(other))).to.equal('indeterminate SIGNER_NOT_NAMED');
  });

  it('fails when the earlier of two signatures is broken', () => {
    const wrong = latin1(signed).replace(/<3082(.{20})../, '<3082$100');
    const twice = signer.signPdf(bytesOf(wrong), options);
    const verdict = judged(twice);
    expect(verdict.result).to.equal('failed');
    expect(verdict.signatures[1]?.result).to.equal('passed');
  });

  it('fails for the known tricks with /ByteRange and /Contents', () => {
    const text = latin1(signed);
    const range = /\/ByteRange \[[^\]]*\]/.exec(text)?.[0] ?? '';
    const [, before = 0, after = 0, length = 0] = (range.match(/\d+/g) ?? []).map(Number);
    const gap = text.slice(before, after);
    const same = (changed: string) => `/ByteRange [${changed}]`.padEnd(range.length);
    for (const [trick, changed] of [
      ['a gap over signed bytes', text.replace(range, same(`0 ${before - 9} ${after} ${length}`))],
      ['ranges that overlap', text.replace(range, same(`0 ${after} ${before} ${length}`))],
      ['a start after the header', text.replace(range, same(`9 ${before} ${after} ${length}`))],
      ['a range past the end', text.replace(range, same(`0 ${before} ${after} ${length + 9}`))],
      ['a negative number', text.replace(range, same(`0 ${before} -${after} ${length}`))],
      ['an empty range', text.replace(range, same(''))],
      ['no range', text.replace(range, ' '.repeat(range.length))],
      ['empty contents', text.replace(gap, `<${'0'.repeat(gap.length - 2)}>`)],
      ['contents that end early', text.replace(gap, `${gap.slice(0, 20)}>${gap.slice(21)}`)],
      ['a literal string', text.replace(gap, `(${gap.slice(1, -1)})`)],
      ['text in the padding', text.replace(/0>\n>>/, '1>\n>>')],
      [
        'upper case for one digit',
        text.replace(/<3082([0-9]*)([a-f])/, (_, a, b) => `<3082${a}${b.toUpperCase()}`),
      ],
    ] as const) {
      expect(changed, trick).not.to.equal(text);
      expect(judged(bytesOf(changed)).result, trick).to.equal('failed');
    }
  });

  it('is not disturbed by byte ranges of documents that were merged into it', async () => {
    const stale = latin1(plain).replace('%âãÏÓ', '');
    const carried = bytesOf(`${stale}`.replace('endobj', '% /ByteRange [0 100 200 300]\nendobj'));
    // The comment moves the table; a fresh save gives a file that is in order again.
    const document = await PDFDocument.load(plain);
    document.context.register(document.context.obj({ ByteRange: [0, 100, 200, 300] }));
    const merged = await document.save({ useObjectStreams: false });
    const verdict = judged(signer.signPdf(merged, options));
    expect(verdictOf(verdict)).to.equal('passed SIGNER_TRUSTED');
    expect(verdict.strayByteRanges).to.equal(1);
    expect(verdictOf(judged(carried))).to.equal('failed BYTE_RANGE_WRONG');
  });

  it('never throws on cut, spliced or random bytes', () => {
    for (let length = 0; length < signed.length; length += 11) {
      expect(judged(signed.subarray(0, length)).result).to.equal('failed');
    }
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(signed.length),
        fc.nat(60),
        (noise, at, cut) => {
          const bytes = Buffer.concat([signed.subarray(0, at), noise, signed.subarray(at + cut)]);
          const same = Buffer.compare(bytes, signed) === 0;
          expect(judged(bytes).result === 'passed').to.equal(same);
          judged(noise);
          judged(Buffer.concat([Buffer.from('/ByteRange [0 1 2 3] /Contents <'), noise]));
        },
      ),
      { numRuns: 200 },
    );
    const many = bytesOf('/ByteRange [0 1 3 4]\n'.repeat(100));
    expect(judged(many).result).to.equal('indeterminate');
  });

  it('never throws on, and never passes, the signed PDFs of the DSS test suite', function () {
    const folder = new URL('../../../../shared/data/pdfs/dss/', import.meta.url);
    const names = pdfsIn(folder);
    if (names.length === 0) this.skip(); // the files are not on this machine
    for (const name of names) {
      const file = new Uint8Array(readFileSync(new URL(name, folder)));
      expect(judged(file).result, name).not.to.equal('passed');
    }
  }).timeout(20_000);
});

function pdfsIn(folder: URL): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => name.endsWith('.pdf'));
  } catch {
    return [];
  }
}
