import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PDFDocument, PDFName, PDFString } from 'pdf-lib';
import { SigningError } from '../../../src/adapters/signing/signing-error.ts';
import { verifyPdfSignatures } from '../../../src/verify/pdf-signature.ts';
import { installed, makeAuthority, pem, run, SIGNED_AT } from './test-authority.ts';

const authorities = { rsa: makeAuthority('rsa'), p256: makeAuthority('p256') };
const options = { reason: '提交法院立案', signedAt: SIGNED_AT };
const policy = (root: Uint8Array) => ({ trustedRoots: [root], at: SIGNED_AT });

async function makePdf(useObjectStreams: boolean, withForm = false): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage();
  document.addPage();
  document.setTitle('证据目录');
  const stamp = new Date('2025-01-01T00:00:00Z');
  document.setCreationDate(stamp);
  document.setModificationDate(stamp);
  if (withForm) {
    const { context } = document;
    const note = context.obj({ Type: 'Annot', Subtype: 'Text', Rect: [10, 10, 20, 20] });
    note.set(PDFName.of('Contents'), PDFString.of('(note) \\ 1'));
    page.node.set(PDFName.of('Annots'), context.register(context.obj([context.register(note)])));
    const field = document.getForm().createTextField('Signature1');
    field.addToPage(document.getPage(1), { x: 50, y: 50 });
    // The form as an object of its own, which the update must then replace under its number.
    const form = document.catalog.getOrCreateAcroForm().dict;
    document.catalog.set(PDFName.of('AcroForm'), context.register(form));
  }
  return document.save({ useObjectStreams });
}

function codeOf(pdf: Uint8Array): string {
  try {
    authorities.p256.signer.signPdf(pdf, options);
    return 'nothing was thrown';
  } catch (error) {
    if (error instanceof SigningError) return error.code;
    throw error;
  }
}

describe('PDF signatures', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pades-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const form of ['cross-reference table', 'cross-reference stream'] as const) {
    for (const kind of ['rsa', 'p256'] as const) {
      it(`keeps both of two signatures valid: ${form}, ${kind}`, async function () {
        const { signer, root } = authorities[kind];
        const pdf = await makePdf(form === 'cross-reference stream');
        const one = signer.signPdf(pdf, options);
        const two = signer.signPdf(one, { ...options, reason: 'second' });
        expect(one.subarray(0, pdf.length)).to.deep.equal(pdf);
        expect(two.subarray(0, one.length)).to.deep.equal(one);
        const first = verifyPdfSignatures(one, policy(root));
        expect(first).to.deep.include({ result: 'passed', reason: 'SIGNER_TRUSTED' });
        expect(first.signatures[0]).to.deep.include({
          coversWholeFile: true,
          claimedTime: "D:20250601080000+00'00'",
        });
        const second = verifyPdfSignatures(two, policy(root));
        expect(second.result).to.equal('passed');
        expect(second.signatures.map((each) => [each.result, each.coversWholeFile])).to.deep.equal([
          ['passed', false],
          ['passed', true],
        ]);
        if (!installed('qpdf', '--version') || !installed('pdfsig', '-v')) this.skip(); // needs both
        const path = join(folder, `${kind}-${form.slice(-5)}.pdf`);
        for (const [file, count] of [
          [one, 1],
          [two, 2],
        ] as const) {
          writeFileSync(path, file);
          const check = run('qpdf', ['--check', path]);
          expect(check.status, check.output).to.equal(0);
          expect(check.output).not.to.match(/WARNING/);
          const { output } = run('pdfsig', ['-no-ocsp', path]);
          expect(output.match(/Signature is Valid/g), output).to.have.length(count);
          expect(output.match(/Total document signed/g)).to.have.length(1);
          expect(output).to.contain('Signer Certificate Common Name: 某某金融');
          expect(output).to.contain('ETSI.CAdES.detached');
        }
      }).timeout(15_000);
    }
  }

  for (const streams of [true, false]) {
    it(`keeps forms and notes that are there (object streams: ${streams})`, async function () {
      const { signer, root } = authorities.p256;
      const pdf = await makePdf(streams, true);
      const signed = signer.signPdf(pdf, options);
      expect(verifyPdfSignatures(signed, policy(root)).result).to.equal('passed');
      const document = await PDFDocument.load(signed);
      const names = document
        .getForm()
        .getFields()
        .map((field) => field.getName());
      expect(names).to.deep.equal(['Signature1', 'Signature2']);
      const annotations = document.getPages().map((page) => page.node.Annots()?.size());
      expect(annotations).to.deep.equal([2, 1]);
      if (!installed('qpdf', '--version')) this.skip(); // needs qpdf
      const path = join(folder, 'form.pdf');
      writeFileSync(path, signed);
      expect(run('qpdf', ['--check', path])).to.have.property('status', 0);
    });
  }

  it('gives the same bytes for the same input with RSA', async () => {
    const pdf = await makePdf(false);
    const { signer } = authorities.rsa;
    expect(signer.signPdf(pdf, options)).to.deep.equal(signer.signPdf(pdf, options));
  });

  it('signs a file without a line end after %%EOF', async () => {
    const { signer, root } = authorities.p256;
    const pdf = await makePdf(false);
    const text = Buffer.from(pdf).toString('latin1').trimEnd();
    const bare = signer.signPdf(new Uint8Array(Buffer.from(text, 'latin1')), options);
    expect(verifyPdfSignatures(bare, policy(root)).result).to.equal('passed');
  });

  it('refuses what it cannot sign, before signing', async () => {
    const pdf = await makePdf(false);
    const text = Buffer.from(pdf).toString('latin1');
    const bytes = (changed: string) => new Uint8Array(Buffer.from(changed, 'latin1'));
    expect(codeOf(bytes(text.replace('trailer\n<<', 'trailer\n<< /Encrypt 9 0 R')))).to.equal(
      'PDF_ENCRYPTED',
    );
    for (const broken of [
      '',
      '<html></html>',
      text.slice(1),
      text.slice(0, -20),
      text.replace(/startxref\s+\d+/, 'startxref\n7'),
      text.replace(/startxref\s+\d+/, 'startxref\n99999999'),
      text.replace('/Root', '/Rood'),
      text.replace('trailer\n<<', 'trailer\n<< /Prev 0'),
      text.replace('trailer\n<<', `trailer\n<< /Prev ${/startxref\s+(\d+)/.exec(text)?.[1]}`),
      text.replace(/^(\d{10}) 00000 n/gm, '0000000003 00000 n'),
    ]) {
      expect(codeOf(bytes(broken)), broken.slice(-80)).to.equal('PDF_UNREADABLE');
    }
  });

  it('refuses or signs, but never crashes on, cut and altered files', async () => {
    const pdf = await makePdf(true, true);
    for (let at = 0; at < pdf.length; at += 23) {
      const altered = pdf.slice();
      altered[at] = (altered[at] ?? 0) ^ 0x15;
      expect(codeOf(altered)).to.be.oneOf([
        'PDF_UNREADABLE',
        'PDF_ENCRYPTED',
        'nothing was thrown',
      ]);
      expect(codeOf(pdf.subarray(0, at))).to.equal('PDF_UNREADABLE');
    }
  });
});

describe('detached signatures', () => {
  for (const kind of ['rsa', 'p256'] as const) {
    it(`are CAdES to OpenSSL: ${kind}, Chinese issuer`, function () {
      if (!installed('openssl', 'version')) this.skip(); // needs openssl
      const { signer, root } = authorities[kind];
      const folder = mkdtempSync(join(tmpdir(), 'cades-'));
      const file = (name: string) => join(folder, name);
      try {
        const content = new TextEncoder().encode('<清单/>\n');
        writeFileSync(file('content'), content);
        writeFileSync(file('p7s'), signer.signDetached(content, { signedAt: SIGNED_AT }));
        writeFileSync(file('root'), pem(root));
        const { status, output } = run('openssl', [
          ...['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', file('p7s')],
          ...['-content', file('content'), '-CAfile', file('root'), '-purpose', 'any'],
          ...['-attime', String(+SIGNED_AT / 1000), '-out', file('out')],
        ]);
        expect(status, output).to.equal(0);
        expect(output).to.contain('Verification successful');
        expect(new Uint8Array(readFileSync(file('out')))).to.deep.equal(content);
        const parsed = run('openssl', ['asn1parse', '-inform', 'DER', '-in', file('p7s')]).output;
        for (const attribute of ['contentType', 'messageDigest', 'signingTime']) {
          expect(parsed).to.contain(`:${attribute}`);
        }
        expect(parsed).to.contain('id-smime-aa-signingCertificateV2');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
