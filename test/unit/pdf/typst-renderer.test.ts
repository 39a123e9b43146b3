import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { PDFDocument } from 'pdf-lib';
import { qrMatrix } from '../../../src/adapters/pdf/qr-matrix.ts';
import { RenderError } from '../../../src/adapters/pdf/render-error.ts';
import { createTypstEngine, LIBERTINUS_RANGES } from '../../../src/adapters/pdf/typst-engine.ts';
import { createTypstRenderer } from '../../../src/adapters/pdf/typst-renderer.ts';
import type { Json } from '../../../src/formats/jcs.ts';
import type {
  CalculationData,
  CertificateData,
  CnComplaintData,
  EnComplaintData,
  EvidenceListData,
  ServiceAddressData,
} from '../../../src/litigation/package/document-data.ts';
import type {
  AdmissibilityData,
  PowerOfAttorneyData,
  PreservationData,
  RepresentativeCertificateData,
} from '../../../src/litigation/package/filing-paper-data.ts';
import type { Jurisdiction } from '../../../src/litigation/ports.ts';
import {
  extractText,
  hasProgram,
  ink,
  qpdfCheck,
  rasterise,
  sampleData,
  TEMPLATES,
} from './sample-inputs.ts';

const DATE = '2025-09-03';
const DOCUMENTS: [Jurisdiction, string][] = [
  ['cn', 'complaint'],
  ['cn', 'evidence-list'],
  ['cn', 'calculation'],
  ['cn', 'certificate'],
  ['cn', 'service-address'],
  ['cn', 'admissibility'],
  ['cn', 'representative-certificate'],
  ['cn', 'power-of-attorney'],
  ['cn', 'preservation'],
  ['en', 'complaint'],
  ['en', 'evidence-list'],
  ['en', 'calculation'],
  ['en', 'certificate'],
  ['en', 'admissibility'],
];
/** Compiles only while every template's data type is plain JSON. */
type AllJson = [
  CnComplaintData | EnComplaintData | EvidenceListData,
  CalculationData | CertificateData | ServiceAddressData,
  AdmissibilityData | RepresentativeCertificateData | PowerOfAttorneyData | PreservationData,
];
const typesAreJson = (data: AllJson[number]): Json => data;

function codeOf(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof RenderError) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'NO_ERROR', message: '' };
}

describe('court documents', function () {
  this.timeout(20_000);
  const engine = createTypstEngine(TEMPLATES);
  const renderer = createTypstRenderer({ templatesFolder: TEMPLATES, engine });
  const render = (jurisdiction: Jurisdiction, template: string, data: Json) =>
    renderer.render(jurisdiction, template, data, DATE);

  for (const [jurisdiction, template] of DOCUMENTS) {
    it(`renders ${jurisdiction}/${template} as PDF/A-2u, twice to the same bytes`, () => {
      const data = typesAreJson(sampleData(jurisdiction, template));
      const pdf = render(jurisdiction, template, data);
      expect(Buffer.from(pdf).toString('latin1')).to.include('<pdfaid:conformance>U');
      expect(Buffer.compare(pdf, render(jurisdiction, template, data))).to.equal(0);
    });
  }

  it('writes the given date into the metadata and no other', async () => {
    const pdf = await PDFDocument.load(render('cn', 'complaint', sampleData('cn', 'complaint')), {
      updateMetadata: false,
    });
    expect(pdf.getCreationDate()?.toISOString()).to.equal('2025-09-03T00:00:00.000Z');
    expect(pdf.getModificationDate()?.toISOString()).to.equal('2025-09-03T00:00:00.000Z');
  });

  it('passes qpdf --check and puts ink on every page', function () {
    if (!hasProgram('qpdf') || !hasProgram('pdftoppm')) this.skip(); // needs qpdf and poppler-utils
    for (const [jurisdiction, template] of DOCUMENTS) {
      const pdf = render(jurisdiction, template, sampleData(jurisdiction, template));
      expect(qpdfCheck(pdf).status, template).to.equal(0);
      for (const page of rasterise(pdf, 30)) expect(ink(page), template).to.be.above(0.005);
    }
  });

  it('ticks exactly the boxes that the data choose', function () {
    if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
    const yes = sampleData('cn', 'complaint');
    const no = structuredClone(yes);
    no.mediation.willing = 'no';
    const last = (data: Json) => rasterise(render('cn', 'complaint', data), 100).at(-1);
    const [ticked, other] = [last(yes), last(no)];
    const changed = ticked?.pixels.filter((value, at) => value !== other?.pixels[at]).length ?? 0;
    // Two boxes of about 10 × 10 pixels differ, nothing else moves.
    expect(changed).to.be.within(20, 260);
  });

  it('prints markup characters in the data as they are', function () {
    if (!hasProgram('pdftotext')) this.skip(); // needs poppler-utils
    const hostile = ['#panic()', '*a*', '_b_', '@ref', '$x$', '\\', '<row>', '"]})', '`c`', '//x'];
    const data = sampleData('en', 'complaint');
    data.prayer = hostile;
    const text = extractText(render('en', 'complaint', data));
    for (const [index, prayer] of hostile.entries()) {
      expect(text).to.include(`(${index + 1}) ${prayer}`);
    }
  });

  it('refuses a character that no font can show, naming it and its field', () => {
    const data = sampleData('cn', 'complaint');
    data.defendants[1].name = '欧阳𠮷';
    const { code, message } = codeOf(() => render('cn', 'complaint', data));
    expect(code).to.equal('CHARACTER_MISSING');
    expect(message).to.include('U+20BB7').and.include('defendants[1].name');
  });

  for (const [what, text, codePoint] of [
    ['an emoji', '收款😀', 'U+1F600'],
    ['a bidirectional override', 'abc\u202edef', 'U+202E'],
    ['a zero-width space', 'a\u200bb', 'U+200B'],
    ['a control character', 'a\u0007b', 'U+0007'],
    ['half a surrogate pair', 'a\ud800b', 'U+D800'],
    ['a private-use character', '\ue000', 'U+E000'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { code, message } = codeOf(() => render('en', 'complaint', withName(text)));
      expect(code).to.equal('CHARACTER_MISSING');
      expect(message).to.include(codePoint);
    });
  }

  it('covers what it claims: every listed letter renders in both weights', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cunzheng-templates-'));
    mkdirSync(path.join(folder, 'en'));
    const source =
      '#let d = json(bytes(sys.inputs.data))\n' +
      '#set text(font: "Libertinus Serif", fallback: false)\n#d.join(" ") #strong(d.join(" "))';
    writeFileSync(path.join(folder, 'en/letters.typ'), source);
    const letters = LIBERTINUS_RANGES.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)),
    );
    const own = createTypstRenderer({ templatesFolder: folder });
    expect(own.render('en', 'letters', letters, DATE).length).to.be.above(10_000);
  });

  it('reports a template that names a font nobody has, instead of leaving white space', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cunzheng-templates-'));
    mkdirSync(path.join(folder, 'en'));
    const source = '#set text(font: ("No Such Serif", "Libertinus Serif"))\ntext';
    writeFileSync(path.join(folder, 'en/letter.typ'), source);
    const own = createTypstRenderer({ templatesFolder: folder });
    expect(codeOf(() => own.render('en', 'letter', {}, DATE)).code).to.equal('TEMPLATE_FAILED');
  });

  it('names a template that does not exist, and follows no path out of its folder', () => {
    for (const template of ['nothing', '../cn/complaint', '/etc/passwd', 'Complaint', '']) {
      expect(codeOf(() => render('en', template, {})).code, template).to.equal('UNKNOWN_TEMPLATE');
    }
  });

  it('fails with the template and the cause when a field is missing', () => {
    const { code, message } = codeOf(() => render('cn', 'complaint', { cause: '借款' }));
    expect(code).to.equal('TEMPLATE_FAILED');
    expect(message).to.match(/cn\/complaint\.typ: dictionary does not contain key "\w+"/);
  });

  it('fails on a date that is no date', () => {
    const run = () => renderer.render('en', 'complaint', sampleData('en', 'complaint'), '3 Sept');
    expect(codeOf(run).code).to.equal('TEMPLATE_FAILED');
  });

  it('draws the QR symbol of the payload, module for module', function () {
    if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
    const data = sampleData('cn', 'certificate');
    const [page] = rasterise(render('cn', 'certificate', data), 200, 1, 1);
    const modules = qrMatrix(data.qr.payload);
    const pitch = ((30 / 25.4) * 200) / modules.length;
    const at = (x: number, y: number) => page?.pixels[y * (page?.width ?? 0) + x] ?? 255;
    // The symbol stands at the right, under the top margin: find its top left corner.
    const corner = findCorner(at, page?.width ?? 0);
    for (const [row, line] of modules.entries()) {
      for (const [column, module] of [...line].entries()) {
        const x = Math.round(corner.x + (column + 0.5) * pitch);
        const y = Math.round(corner.y + (row + 0.5) * pitch);
        expect(at(x, y) < 128 ? '1' : '0', `module ${row},${column}`).to.equal(module);
      }
    }
  });

  function withName(name: string): Json {
    const data = sampleData('en', 'complaint');
    data.claimants[0].name = name;
    return data;
  }
});

function findCorner(at: (x: number, y: number) => number, width: number) {
  for (let y = 100; y < 500; y++) {
    for (let x = Math.round(width * 0.65); x < width; x++) if (at(x, y) < 128) return { x, y };
  }
  throw new Error('no QR symbol found');
}
