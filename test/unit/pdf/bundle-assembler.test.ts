import { createCanvas } from '@napi-rs/canvas';
import { expect } from 'chai';
import {
  degrees,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  PDFRef,
  rgb,
} from 'pdf-lib';
import { createBundleAssembler } from '../../../src/adapters/pdf/bundle-assembler.ts';
import type { BundleInput } from '../../../src/litigation/ports.ts';
import {
  extractText,
  hasProgram,
  ink,
  makePart,
  makePng,
  qpdfCheck,
  rasterise,
  TEMPLATES,
  withOrientation,
} from './sample-inputs.ts';

const assembler = createBundleAssembler({ templatesFolder: TEMPLATES });
const CAPTION = '重庆渝江消费金融股份有限公司诉赵喆金融借款合同纠纷';
const openBundle = (parts: BundleInput['parts']) =>
  assembler.open({ jurisdiction: 'cn', caption: CAPTION, date: '2025-09-03', parts });
const bundle = async (parts: BundleInput['parts']) => (await openBundle(parts)).write();
const open = (bytes: Uint8Array) => PDFDocument.load(bytes, { updateMetadata: false });

/** A page with a black square in the visible top left corner, however it is turned and cropped. */
async function turnedPdf(rotation: number, crop: boolean): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  const page = pdf.addPage([500, 700]);
  const [left, bottom, right, top] = crop ? [60, 80, 460, 640] : [0, 0, 500, 700];
  if (crop) page.setCropBox(left, bottom, right - left, top - bottom);
  page.setRotation(degrees(rotation));
  const corner = {
    0: [left, top - 90],
    90: [left, bottom],
    180: [right - 90, bottom],
    270: [right - 90, top - 90],
  }[rotation] ?? [0, 0];
  page.drawRectangle({ x: corner[0] ?? 0, y: corner[1] ?? 0, width: 90, height: 90 });
  // Outside the crop box: must stay invisible.
  if (crop) page.drawRectangle({ x: 0, y: 0, width: 500, height: 70, color: rgb(0, 0, 0) });
  return pdf.save();
}

async function textPdf(pages: number): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  for (let page = 1; page <= pages; page++)
    pdf.addPage([595, 842]).drawText(`Page ${page}`, { x: 250, y: 420 });
  return pdf.save();
}

/** Red, green, blue and white quarters: which way an image lies is seen by their place. */
function quarters(): Buffer {
  const canvas = createCanvas(400, 200);
  const brush = canvas.getContext('2d');
  brush.fillStyle = 'white';
  brush.fillRect(0, 0, 400, 200);
  brush.fillStyle = 'black';
  brush.fillRect(0, 0, 200, 100);
  return canvas.toBuffer('image/jpeg', 95);
}

describe('the bundle', function () {
  this.timeout(30_000);

  it('places every part, counts every page and labels them as they are printed', async () => {
    const { bytes, placements, pageCount } = await bundle([
      { ...makePart('民事起诉状', 'application/pdf', await textPdf(3)), mark: '' },
      makePart('合同', 'application/pdf', await textPdf(2), '证据1'),
      makePart('放款记录', 'application/json', Buffer.from('{"amount":"80000.00"}'), '证据2'),
    ]);
    expect(placements.map(({ firstPage, pageCount }) => [firstPage, pageCount])).to.deep.equal([
      [2, 3],
      [5, 2],
      [7, 1],
    ]);
    const pdf = await open(bytes);
    expect(pageCount).to.equal(7).and.equal(pdf.getPageCount());
    const labels = pdf.catalog.lookup(PDFName.of('PageLabels'), PDFDict);
    expect(labels.toString().replace(/\s+/g, ' ')).to.include('/Nums [ 0 << /S /D /St 1 >> ]');
    expect(pdf.getTitle()).to.equal(CAPTION);
    expect(pdf.getCreationDate()?.toISOString()).to.equal('2025-09-03T00:00:00.000Z');
  });

  it('links every line of the contents and bookmarks every part to its first page', async () => {
    const { bytes, placements } = await bundle([
      makePart('合同', 'application/pdf', await textPdf(2), '证据1'),
      makePart('损坏文件', 'application/pdf', Buffer.from('<html></html>'), '证据2'),
      makePart('录音', 'audio/mpeg', Buffer.from('ID3'), '证据3'),
    ]);
    const pdf = await open(bytes);
    const pages = pdf.getPages();
    const expected = placements.map(({ firstPage }) => pages[firstPage - 1]?.ref);
    const links = pages[0]?.node.lookup(PDFName.of('Annots'), PDFArray);
    expect(links?.asArray().map((link) => destinationOf(pdf, link))).to.deep.equal(expected);
    const bookmarks = readOutline(pdf);
    expect(bookmarks.map(({ page }) => page)).to.deep.equal([pages[0]?.ref, ...expected]);
    expect(bookmarks.map(({ title }) => title)).to.deep.equal([
      '卷宗目录（第1页）',
      '证据1 合同（第2页）',
      '证据2 损坏文件（第4页）',
      '证据3 录音（第5页）',
    ]);
  });

  it('gives the same bytes for the same input', async () => {
    const parts = [makePart('合同', 'application/pdf', await textPdf(2))];
    const [first, second] = [await bundle(parts), await bundle(parts)];
    expect(Buffer.compare(first.bytes, second.bytes)).to.equal(0);
  });

  it('numbers rightly when the contents need several pages', async () => {
    const pdf = await textPdf(1);
    const parts = Array.from({ length: 70 }, (_, index) =>
      makePart(`还款凭证 ${index + 1}`, 'application/pdf', pdf, `证据${index + 1}`),
    );
    const { bytes, placements, pageCount } = await bundle(parts);
    const contents = (placements[0]?.firstPage ?? 0) - 1;
    expect(contents).to.be.above(1);
    expect(pageCount).to.equal(contents + 70);
    const opened = await open(bytes);
    const links = opened
      .getPages()
      .slice(0, contents)
      .map((page) => page.node.lookup(PDFName.of('Annots'), PDFArray).size());
    expect(links.reduce((sum, count) => sum + count, 0)).to.equal(70);
  });

  for (const rotation of [0, 90, 180, 270]) {
    it(`shows a page turned by ${rotation} upright, cropped as its author did, stamped in sight`, async function () {
      if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
      for (const crop of [false, true]) {
        const { bytes } = await bundle([
          makePart('扫描件', 'application/pdf', await turnedPdf(rotation, crop)),
        ]);
        const [page] = rasterise(bytes, 36, 2, 2);
        if (!page) throw new Error('no page');
        const sideways = rotation % 180 !== 0;
        expect(page.width > page.height).to.equal(sideways);
        const stamps = {
          mark: ink(page, [0.7, 0, 1, 0.045]),
          number: ink(page, [0.7, 0.955, 1, 1]),
        };
        expect(stamps.mark).to.be.above(0.01);
        expect(stamps.number).to.be.above(0.01);
        const content = contentBox(page);
        expect(content.left + content.right, 'square at the left').to.be.below(1);
        expect(content.top + content.bottom, 'square at the top').to.be.below(1);
      }
    });
  }

  it('keeps stamps and content apart on a page that is black to its edges', async function () {
    if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
    const pdf = await PDFDocument.create({ updateMetadata: false });
    pdf.addPage([595, 842]).drawRectangle({ x: 0, y: 0, width: 595, height: 842 });
    const { bytes } = await bundle([makePart('黑页', 'application/pdf', await pdf.save())]);
    const [page] = rasterise(bytes, 72, 2, 2);
    if (!page) throw new Error('no page');
    expect(ink(page, [0.06, 0.06, 0.94, 0.94])).to.be.above(0.99);
    expect(ink(page, [0, 0, 1, 0.035])).to.be.within(0.005, 0.2);
    expect(ink(page, [0, 0.967, 1, 1])).to.be.within(0.002, 0.2);
  });

  for (let orientation = 1; orientation <= 8; orientation++) {
    it(`honours EXIF orientation ${orientation}`, async function () {
      if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
      const jpeg = withOrientation(quarters(), orientation);
      const { bytes } = await bundle([makePart('照片', 'image/jpeg', jpeg)]);
      const [page] = rasterise(bytes, 72, 2, 2);
      if (!page) throw new Error('no page');
      const box = contentBox(page);
      const horizontal = box.left + box.right < 1 ? 'left' : 'right';
      const vertical = box.top + box.bottom < 1 ? 'top' : 'bottom';
      // Where the stored top left corner must appear, by Exif 2.32.
      const corners = [
        '',
        'top left',
        'top right',
        'bottom right',
        'bottom left',
        'top left',
        'top right',
        'bottom right',
        'bottom left',
      ];
      expect(`${vertical} ${horizontal}`).to.equal(corners[orientation]);
      expect(page.width > page.height, 'lies when it is wide').to.equal(orientation < 5);
    });
  }

  it('shows PNGs of every colour type', async function () {
    if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
    const black = (samples: number, alpha: boolean) => () =>
      Array.from({ length: 40 * samples }, (_, at) =>
        alpha && at % samples === samples - 1 ? 255 : 0,
      );
    const parts = [
      makePart('灰度', 'image/png', makePng(40, 40, 0, 8, black(1, false))),
      makePart('彩色', 'image/png', makePng(40, 40, 2, 8, black(3, false))),
      makePart('灰度透明', 'image/png', makePng(40, 40, 4, 8, black(2, true))),
      makePart('彩色透明', 'image/png', makePng(40, 40, 6, 8, black(4, true))),
      makePart(
        '单色',
        'image/png',
        makePng(40, 40, 0, 1, () => [0, 0, 0, 0, 0]),
      ),
      makePart(
        '全透明',
        'image/png',
        makePng(40, 40, 6, 8, () => Array.from({ length: 160 }, () => 0)),
      ),
    ];
    const { bytes, placements } = await bundle(parts);
    expect(placements.every(({ slipReason }) => slipReason === undefined)).to.equal(true);
    const inks = rasterise(bytes, 36, 2).map((page) => ink(page, [0.49, 0.49, 0.51, 0.51]));
    expect(
      inks.slice(0, 5).every((value) => value > 0.95),
      String(inks),
    ).to.equal(true);
    expect(inks[5]).to.equal(0);
  });

  it('draws what form fields show and keeps no form, link, action or second copy of a page', async function () {
    const pdf = await PDFDocument.create({ updateMetadata: false });
    const page = pdf.addPage([595, 842]);
    const other = pdf.addPage([595, 842]);
    const field = pdf.getForm().createTextField('amount');
    field.setText('80000.00');
    field.addToPage(page, { x: 200, y: 400, width: 200, height: 30 });
    const link = pdf.context.register(
      pdf.context.obj({
        Type: 'Annot',
        Subtype: 'Link',
        Rect: [0, 0, 99, 99],
        Dest: [other.ref, 'Fit'],
      }),
    );
    page.node.addAnnot(link);
    const { bytes } = await bundle([makePart('表格', 'application/pdf', await pdf.save())]);
    const opened = await open(bytes);
    const dicts = opened.context.enumerateIndirectObjects().map(([, object]) => object);
    const ofType = (type: string) =>
      dicts.filter(
        (object) =>
          object instanceof PDFDict && object.get(PDFName.of('Type')) === PDFName.of(type),
      );
    expect(ofType('Page')).to.have.length(3);
    expect(ofType('Catalog')).to.have.length(1);
    expect(opened.catalog.has(PDFName.of('AcroForm'))).to.equal(false);
    expect(opened.getPage(1).node.has(PDFName.of('Annots'))).to.equal(false);
    if (!hasProgram('pdftotext')) this.skip(); // needs poppler-utils
    expect(extractText(bytes)).to.include('80000.00');
  });

  it('leaves a layer hidden that its author hid', async function () {
    if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
    const { bytes } = await bundle([makePart('图层', 'application/pdf', await layeredPdf())]);
    const [page] = rasterise(bytes, 36, 2, 2);
    expect(page && ink(page, [0.2, 0.2, 0.8, 0.8])).to.equal(0);
  });

  const unmergeable: [string, string, () => Promise<Uint8Array> | Uint8Array, RegExp][] = [
    ['a web page named PDF', 'application/pdf', () => Buffer.from('<html></html>'), /损坏/],
    ['an empty file', 'application/pdf', () => new Uint8Array(), /损坏/],
    ['an encrypted PDF', 'application/pdf', encryptedPdf, /加密/],
    [
      'a PDF cut off in the middle',
      'application/pdf',
      async () => (await textPdf(4)).slice(0, 600),
      /损坏/,
    ],
    ['a filled field without appearance', 'application/pdf', bareFieldPdf, /表单域/],
    ['damaged page content', 'application/pdf', damagedContentPdf, /损坏/],
    ['a JPEG cut off', 'image/jpeg', () => quarters().subarray(0, 900), /图像文件损坏/],
    ['a PNG with damaged pixels', 'image/png', damagedPng, /图像文件损坏/],
    ['text named PNG', 'image/png', () => Buffer.from('hello'), /图像文件损坏/],
    ['a sound', 'audio/mpeg', () => Buffer.from('ID3'), /不能转换/],
    ['a record that is no JSON', 'application/json', () => Buffer.from('{'), /JSON/],
    [
      'a record nested too deep',
      'application/json',
      () => Buffer.from(`${'['.repeat(90)}1${']'.repeat(90)}`),
      /嵌套过深/,
    ],
  ];
  for (const [what, mediaType, make, reason] of unmergeable) {
    it(`gives a slip sheet for ${what}, with the reason and the hash`, async function () {
      const part = makePart('附件', mediaType, await make());
      const { bytes, placements, pageCount } = await bundle([part]);
      expect(placements[0]?.slipReason).to.match(reason);
      expect(pageCount).to.equal(2);
      if (!hasProgram('pdftotext')) this.skip(); // needs poppler-utils
      expect(extractText(bytes).replace(/\s/g, ''))
        .to.include(part.sha256)
        .and.include('证据/附件');
    });
  }

  it('prints a record with the digits that the file has, and signs that no font can show by number', async function () {
    if (!hasProgram('pdftotext')) this.skip(); // needs poppler-utils
    const record =
      '{"amount":80000.00,"serial":20230620103649118207,"note":"成功😀","list":[true,null],"empty":{}}';
    const { bytes } = await bundle([
      makePart('放款😀记录', 'application/json', Buffer.from(record)),
    ]);
    const text = extractText(bytes);
    for (const shown of [
      '80000.00',
      '成功[U+1F600]',
      'list[0] true',
      'list[1] null',
      'empty {}',
      '放款[U+1F600]记录',
    ]) {
      expect(text).to.include(shown);
    }
    expect(text.replace(/\u200b/g, '')).to.include('20230620103649118207');
  });

  it('passes qpdf --check with everything in it', async function () {
    if (!hasProgram('qpdf')) this.skip(); // needs qpdf
    const { bytes } = await bundle([
      makePart('合同', 'application/pdf', await turnedPdf(90, true)),
      makePart('照片', 'image/jpeg', withOrientation(quarters(), 6)),
      makePart(
        '截图',
        'image/png',
        makePng(9, 9, 6, 8, () => Array.from({ length: 36 }, (_, at) => at)),
      ),
      makePart('记录', 'application/json', Buffer.from('{"a":1}')),
      makePart('录音', 'audio/mpeg', Buffer.from('ID3')),
      makePart('图层', 'application/pdf', await layeredPdf()),
    ]);
    const { status, output } = qpdfCheck(bytes);
    expect(status, output).to.equal(0);
  });
});

/** The box of dark pixels between the bands, in fractions of the page. */
function contentBox(page: { width: number; height: number; pixels: Uint8Array }) {
  const { width, height, pixels } = page;
  const box = { left: 1, top: 1, right: 0, bottom: 0 };
  for (let y = Math.ceil(height * 0.06); y < height * 0.94; y++) {
    for (let x = 0; x < width; x++) {
      if ((pixels[y * width + x] ?? 255) > 128) continue;
      box.left = Math.min(box.left, x / width);
      box.right = Math.max(box.right, x / width);
      box.top = Math.min(box.top, y / height);
      box.bottom = Math.max(box.bottom, y / height);
    }
  }
  return box;
}

function destinationOf(pdf: PDFDocument, link: unknown): unknown {
  const dict = link instanceof PDFRef ? pdf.context.lookup(link, PDFDict) : undefined;
  return dict?.lookup(PDFName.of('Dest'), PDFArray).get(0);
}

function readOutline(pdf: PDFDocument): { title: string; page: unknown }[] {
  const root = pdf.catalog.lookup(PDFName.of('Outlines'), PDFDict);
  const found: { title: string; page: unknown }[] = [];
  let item = root.lookupMaybe(PDFName.of('First'), PDFDict);
  while (item) {
    const title = item.lookup(PDFName.of('Title'), PDFHexString).decodeText();
    found.push({ title, page: item.lookup(PDFName.of('Dest'), PDFArray).get(0) });
    item = item.lookupMaybe(PDFName.of('Next'), PDFDict);
  }
  expect(root.lookup(PDFName.of('Count'), PDFNumber).asNumber()).to.equal(found.length);
  return found;
}

async function layeredPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  const page = pdf.addPage([500, 700]);
  const layer = pdf.context.register(
    pdf.context.obj({ Type: 'OCG', Name: PDFHexString.fromText('secret') }),
  );
  const content = '/OC /L BDC 0 0 500 700 re f EMC';
  page.node.set(PDFName.of('Resources'), pdf.context.obj({ Properties: { L: layer } }));
  page.node.set(PDFName.of('Contents'), pdf.context.register(pdf.context.stream(content)));
  pdf.catalog.set(
    PDFName.of('OCProperties'),
    pdf.context.obj({ OCGs: [layer], D: { OFF: [layer] } }),
  );
  return pdf.save();
}

/** An encryption dictionary in the trailer is all that tells an encrypted file from a plain one. */
async function encryptedPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  pdf.addPage();
  pdf.context.trailerInfo.Encrypt = pdf.context.register(
    pdf.context.obj({ Filter: 'Standard', V: 1, R: 2 }),
  );
  return pdf.save({ useObjectStreams: false });
}

async function bareFieldPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  const page = pdf.addPage();
  const value = PDFHexString.fromText('80000.00');
  const widget = { Type: 'Annot', Subtype: 'Widget', FT: 'Tx', V: value, Rect: [10, 10, 99, 30] };
  page.node.addAnnot(pdf.context.register(pdf.context.obj(widget)));
  return pdf.save();
}

async function damagedContentPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  const page = pdf.addPage();
  const stream = pdf.context.stream(Buffer.from('789c0000deadbeef', 'hex'), {
    Filter: 'FlateDecode',
  });
  page.node.set(PDFName.of('Contents'), pdf.context.register(stream));
  return pdf.save();
}

function damagedPng(): Uint8Array {
  const png = Buffer.from(
    makePng(60, 60, 2, 8, (y) => Array.from({ length: 180 }, (_, x) => (x * y) % 251)),
  );
  png.fill(0x5a, 60, 120);
  return png;
}
