import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { createBundleAssembler } from '../../../src/adapters/pdf/bundle-assembler.ts';
import type { BundleOutput, BundlePart } from '../../../src/litigation/ports.ts';
import {
  hasProgram,
  ink,
  makePart,
  type Picture,
  qpdfCheck,
  rasterise,
  TEMPLATES,
} from './sample-inputs.ts';

/** Real files that nobody of this project made; not part of the repository. */
const DATA = path.resolve(import.meta.dirname, '../../../../shared/data');
const MAX_BYTES = 200_000;
const CONTENT: [number, number, number, number] = [0, 0.05, 1, 0.95];

interface CorpusRow {
  path: string;
  size: string;
  encrypted: string;
  qpdf_rc: string;
  pages: string;
  rotations: string;
  form: string;
}

/** The awkward ones first: encrypted, reported broken, turned, with forms; then any, up to `count`. */
function pickPdfs(count: number): CorpusRow[] {
  const table = readFileSync(path.join(DATA, 'pdfs/classification_dev.csv'), 'utf8');
  const rows: CorpusRow[] = parse(table, { columns: true });
  const usable = rows.filter(
    (row) => Number(row.size) < MAX_BYTES && Number(row.pages || 1) < 20 && existsSync(file(row)),
  );
  const awkward = (row: CorpusRow) =>
    Number(row.encrypted === 'yes') * 4 +
    Number(row.qpdf_rc !== '0') * 3 +
    Number(!['', '0'].includes(row.rotations)) * 2 +
    Number(row.form !== 'none');
  return usable.sort((a, b) => awkward(b) - awkward(a)).slice(0, count);
}

const file = (row: CorpusRow) => path.join(DATA, 'pdfs', row.path);

function pickImages(): BundlePart[] {
  const types: Record<string, string> = { '.png': 'image/png', '.jpg': 'image/jpeg' };
  const folders = [
    'docs/scans_made',
    'docs/images/dss',
    'docs/images/pdfbox',
    'docs/images/python',
  ];
  return folders.flatMap((folder) =>
    readdirSync(path.join(DATA, folder)).flatMap((name) => {
      const full = path.join(DATA, folder, name);
      const type = types[path.extname(name)] ?? 'image/tiff';
      const taken = statSync(full).isFile() && statSync(full).size < MAX_BYTES;
      return taken && /\.(png|jpg|tif)$/.test(name)
        ? [makePart(name, type, readFileSync(full))]
        : [];
    }),
  );
}

describe('a bundle of real files', function () {
  this.timeout(60_000);
  const assembler = createBundleAssembler({ templatesFolder: TEMPLATES });
  let rows: CorpusRow[] = [];
  let parts: BundlePart[] = [];
  let output: BundleOutput | undefined;

  before(async function () {
    if (!existsSync(DATA)) this.skip(); // the corpus ../shared/data is not on this machine
    rows = pickPdfs(70);
    const pdfs = rows.map((row) => makePart(row.path, 'application/pdf', readFileSync(file(row))));
    parts = [...pdfs, ...pickImages()];
    const input = { jurisdiction: 'en', caption: 'Corpus', date: '2025-09-03', parts } as const;
    output = await (await assembler.open(input)).write();
  });

  it('takes every file in, with its own pages or with a slip sheet', () => {
    expect(output?.placements).to.have.length(parts.length);
    let next = output?.placements[0]?.firstPage ?? 0;
    for (const { firstPage, pageCount } of output?.placements ?? []) {
      expect(firstPage).to.equal(next);
      expect(pageCount).to.be.above(0);
      next += pageCount;
    }
    expect(output?.pageCount).to.equal(next - 1);
  });

  it('shows as many pages as other programs count, and never those of an encrypted file', () => {
    const shown = rows.map((row, index) => ({ row, placement: output?.placements[index] }));
    for (const { row, placement } of shown) {
      if (row.encrypted === 'yes') expect(placement?.slipReason, row.path).to.match(/encrypted/);
      else if (placement?.slipReason === undefined && row.pages !== '') {
        expect(placement?.pageCount, row.path).to.equal(Number(row.pages));
      }
    }
    const merged = shown.filter(({ placement }) => placement?.slipReason === undefined);
    expect(merged.length).to.be.above(rows.length / 3);
  });

  it('passes qpdf --check', function () {
    if (!hasProgram('qpdf')) this.skip(); // needs qpdf
    const { status, output: report } = qpdfCheck(output?.bytes ?? new Uint8Array());
    expect(status, report).to.equal(0);
  });

  it('leaves no page blank that is not blank in its source', function () {
    if (!hasProgram('pdftoppm')) this.skip(); // needs poppler-utils
    const pictures = rasterise(output?.bytes ?? new Uint8Array(), 18);
    expect(pictures).to.have.length(output?.pageCount ?? 0);
    for (const [index, part] of parts.entries()) {
      const placement = output?.placements[index];
      const page = pictures[(placement?.firstPage ?? 1) - 1];
      if (page && ink(page, CONTENT) === 0) expect(inkOfSource(part), part.path).to.be.below(0.002);
    }
  });
});

function inkOfSource(part: BundlePart): number {
  const [first]: Picture[] = rasterise(part.bytes, 18, 1, 1);
  return first ? ink(first) : 0;
}
