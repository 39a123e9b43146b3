import { expect } from 'chai';
import { PDFDocument } from 'pdf-lib';
import { createBundleAssembler } from '../../../src/adapters/pdf/bundle-assembler.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import type { BundleInput, BundleRecords } from '../../../src/litigation/ports.ts';
import { extractText, hasProgram, makePart, qpdfCheck, TEMPLATES } from './sample-inputs.ts';

const assembler = createBundleAssembler({ templatesFolder: TEMPLATES });
const openBundle = (parts: BundleInput['parts'], jurisdiction: 'cn' | 'en' = 'cn') =>
  assembler.open({ jurisdiction, caption: 'CASE-1', date: '2025-09-03', parts });

async function textPdf(lines: string[]) {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  for (const line of lines) pdf.addPage([595, 842]).drawText(line, { x: 150, y: 420 });
  return makePart('document', 'application/pdf', await pdf.save(), '');
}

function recordGroup(texts: string[]): BundleRecords {
  const records = texts.map((text, index) => {
    const bytes = Buffer.from(text);
    const seq = 30 + index;
    return { seq, path: `04_exhibits/05_repayment_00${seq}.json`, bytes, sha256: sha256Hex(bytes) };
  });
  return { mark: 'Exhibit 5', title: 'Repayment', records };
}

const repayments = Array.from({ length: 40 }, (_, at) =>
  JSON.stringify({
    amount: `${100 + at}.50`,
    currency: 'CZK',
    date: '1994-01-12',
    serial: 7000 + at,
  }),
);

describe('records of one kind in the bundle', function () {
  this.timeout(30_000);
  before(function () {
    if (!hasProgram('pdftotext')) this.skip();
  });

  it('are one part: a table with every value, path and digest, its heading on each page', async () => {
    const group = recordGroup(repayments);
    const { bytes, placements } = await (await openBundle([group], 'en')).write();
    expect(placements).to.have.length(1);
    expect(placements[0]?.pageCount).to.be.within(2, 3);
    const text = extractText(bytes);
    const joined = text.replaceAll(' ', '');
    for (const [at, { path, sha256, seq }] of group.records.entries()) {
      expect(joined).to.contain(path).and.to.contain(sha256);
      expect(text).to.contain(` ${seq} 1994-01-12 ${100 + at}.50 ${7000 + at} `);
    }
    expect(text.match(/Date Amount Serial no\./g)?.length).to.equal(placements[0]?.pageCount);
    expect(text)
      .to.contain('from 40 electronic originals')
      .and.to.match(/Currency currency: CZK/);
  });

  it('are sheets one after the other, with a slip for one that is no JSON', async () => {
    const group = recordGroup(['{"amount":"1.00"}', '{"amount":', '{"amount":"3.00"}']);
    const { bytes, placements } = await (await openBundle([group])).write();
    expect(placements.map(({ pageCount }) => pageCount)).to.deep.equal([3]);
    expect(placements[0]?.slipReason).to.contain('JSON');
    const text = extractText(bytes);
    expect(text).to.contain('1.00').and.to.contain('3.00').and.to.contain('Repayment 2/3');
  });
});

describe('a bundle that is open', function () {
  this.timeout(30_000);
  before(function () {
    if (!hasProgram('pdftotext') || !hasProgram('qpdf')) this.skip();
  });

  it('takes another document, forgets the old one, and moves no page', async () => {
    const scan = await textPdf(['scan one', 'scan two']);
    const open = await openBundle([await textPdf(['pages unknown']), scan]);
    const next = await open.replace(new Map([[0, await textPdf(['pages 3 to 4'])]]));
    expect(next.placements).to.deep.equal(open.placements);
    const { bytes, placements, pageCount } = await next.write();
    expect(placements).to.deep.equal(open.placements);
    expect(pageCount).to.equal(4);
    const text = extractText(bytes);
    expect(text).to.contain('pages 3 to 4').and.not.to.contain('pages unknown');
    expect(qpdfCheck(bytes).status).to.equal(0);
    // Nothing of the old document is shipped unseen.
    const fresh = await (await openBundle([await textPdf(['pages 3 to 4']), scan])).write();
    const objects = async (pdf: Uint8Array) =>
      (await PDFDocument.load(pdf)).context.enumerateIndirectObjects().length;
    expect(await objects(bytes)).to.equal(await objects(fresh.bytes));
  });

  it('moves the pages that follow when the new document is longer, and says so', async () => {
    const open = await openBundle([await textPdf(['one']), await textPdf(['exhibit'])]);
    const next = await open.replace(new Map([[0, await textPdf(['one', 'two', 'three'])]]));
    expect(next.placements.map(({ firstPage }) => firstPage)).to.deep.equal([2, 5]);
    const { bytes, pageCount } = await next.write();
    expect(pageCount).to.equal(5);
    expect((await PDFDocument.load(bytes)).getPageCount()).to.equal(5);
  });

  it('gives the same bytes for the same replacement', async () => {
    const make = async () => {
      const open = await openBundle([await textPdf(['one']), recordGroup(repayments)]);
      return (await open.replace(new Map([[0, await textPdf(['two'])]]))).write();
    };
    expect(sha256Hex((await make()).bytes)).to.equal(sha256Hex((await make()).bytes));
  });
});
