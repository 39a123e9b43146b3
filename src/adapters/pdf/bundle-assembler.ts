import { PDFDocument, type PDFPage } from 'pdf-lib';
import type {
  BundleAssembler,
  BundleInput,
  BundleOutput,
  BundlePlacement,
} from '../../litigation/ports.ts';
import { writeMetadata } from './bundle-metadata.ts';
import type { BundlePage, LaidOutPart } from './bundle-page.ts';
import {
  type ContentsRow,
  type ContentsSheets,
  createSheetTypesetter,
  type Sheet,
  type SheetTypesetter,
} from './bundle-sheets.ts';
import { BUNDLE_WORDS } from './bundle-words.ts';
import { writeContentsLinks } from './contents-links.ts';
import { mergePdf } from './merge-pdf.ts';
import type { Layers } from './optional-content.ts';
import { writeOutline } from './outline.ts';
import { type ReadPart, readPart } from './read-part.ts';
import { stampsFor, writePage } from './stamp-page.ts';
import { createTypstEngine, type TypstEngine } from './typst-engine.ts';
import { visibleText } from './visible-text.ts';

export interface BundleAssemblerOptions {
  templatesFolder: string;
  /** Shared with the document renderer, so that fonts are loaded once a thread. */
  engine?: TypstEngine;
}

interface Work {
  input: BundleInput;
  document: PDFDocument;
  layers: Layers;
  typesetter: SheetTypesetter;
}

/**
 * The paginated bundle: contents with links, one bookmark a part, every page stamped with the
 * exhibit and the page number that its label also says. Parts are never altered but for their
 * scale; what cannot be shown faithfully is represented by a slip sheet. Hostile bytes in a part
 * do not throw. The same input gives the same bytes.
 * @throws RenderError TEMPLATE_FAILED when a bundle template is broken
 */
export function createBundleAssembler(options: BundleAssemblerOptions): BundleAssembler {
  const engine = options.engine ?? createTypstEngine(options.templatesFolder);
  return { assemble: (input) => assemble(input, engine) };
}

async function assemble(input: BundleInput, engine: TypstEngine): Promise<BundleOutput> {
  const work: Work = {
    input,
    document: await PDFDocument.create({ updateMetadata: false }),
    layers: { groups: [], hidden: [] },
    typesetter: createSheetTypesetter(engine, input.jurisdiction, input.date),
  };
  const read: ReadPart[] = [];
  for (const part of input.parts) {
    read.push(await readPart(part, work.document, work.layers, input.jurisdiction));
  }
  const sheetPages = await typesetSheets(work, read);
  const { contents, parts } = layOut(work, read, sheetPages);
  const contentsPages = await sheetsOf(contents.bytes, work);
  const pages = await writePages(work, contentsPages, parts);
  writeNavigation(work, engine, contents, parts, pages);
  writeMetadata(work.document, input, work.layers);
  const bytes = await work.document.save({
    useObjectStreams: false,
    addDefaultPage: false,
    updateFieldAppearances: false,
    objectsPerTick: Number.POSITIVE_INFINITY,
  });
  const placements = parts.map(({ placement }) => placement);
  return { bytes, placements, pageCount: pages.length };
}

/** All records and slip sheets in one run of the typesetter, then parted again. */
async function typesetSheets(work: Work, read: ReadPart[]): Promise<Map<Sheet, BundlePage[]>> {
  const sheets = read.flatMap((item) => ('sheet' in item ? [item.sheet] : []));
  const result = new Map<Sheet, BundlePage[]>();
  if (sheets.length === 0) return result;
  const { bytes, pageCounts } = work.typesetter.sheets(sheets);
  const pages = await sheetsOf(bytes, work);
  let at = 0;
  for (const [index, sheet] of sheets.entries()) {
    const count = pageCounts[index] ?? 1;
    result.set(sheet, pages.slice(at, at + count));
    at += count;
  }
  return result;
}

async function sheetsOf(bytes: Uint8Array, work: Work): Promise<BundlePage[]> {
  const pages = await mergePdf(bytes, work.document, work.layers);
  return pages.map((page) => ({ ...page, sheet: true }));
}

/** The contents' own length shifts every page number: it is set once more if the guess was wrong. */
function layOut(work: Work, read: ReadPart[], sheetPages: Map<Sheet, BundlePage[]>) {
  let contentsLength = 1;
  while (true) {
    const parts = placeParts(work.input, read, sheetPages, contentsLength);
    const contents = work.typesetter.contents(work.input.caption, parts.map(contentsRow));
    if (contents.pageCount === contentsLength) return { contents, parts };
    contentsLength = contents.pageCount;
  }
}

function placeParts(
  input: BundleInput,
  read: ReadPart[],
  sheetPages: Map<Sheet, BundlePage[]>,
  contentsLength: number,
): LaidOutPart[] {
  let next = contentsLength + 1;
  return input.parts.map((part, index) => {
    const item = read[index];
    const sheet = item && 'sheet' in item ? item.sheet : undefined;
    const pages = item && 'pages' in item ? item.pages : ((sheet && sheetPages.get(sheet)) ?? []);
    const placement: BundlePlacement = {
      title: part.title,
      firstPage: next,
      pageCount: pages.length,
      ...(sheet?.kind === 'slip' ? { slipReason: sheet.reason } : {}),
    };
    next += pages.length;
    return { placement, mark: part.mark ?? '', pages };
  });
}

function contentsRow({ placement, mark }: LaidOutPart): ContentsRow {
  return {
    mark,
    title: placement.title,
    first: String(placement.firstPage),
    pages: String(placement.pageCount),
    note: placement.slipReason ?? '',
  };
}

async function writePages(
  work: Work,
  contentsPages: BundlePage[],
  parts: LaidOutPart[],
): Promise<PDFPage[]> {
  const stamps = stampsFor(work.input, contentsPages, parts);
  const overlays = await sheetsOf(work.typesetter.stamps(stamps), work);
  const pages = [...contentsPages, ...parts.flatMap((part) => part.pages)];
  return pages.map((page, index) => writePage(work.document, page, overlays[index]));
}

function writeNavigation(
  work: Work,
  engine: TypstEngine,
  contents: ContentsSheets,
  parts: LaidOutPart[],
  pages: PDFPage[],
): void {
  const words = BUNDLE_WORDS[work.input.jurisdiction];
  const contentsPages = pages.slice(0, contents.pageCount);
  const firstPages = parts.flatMap(({ placement }) => pages[placement.firstPage - 1]?.ref ?? []);
  writeContentsLinks(work.document, contentsPages, contents.positions, firstPages);
  const bookmarks = parts.map(({ placement, mark }) => {
    const label = visibleText(`${mark} ${placement.title}`.trim(), engine.coverage);
    return { label, page: placement.firstPage };
  });
  writeOutline(
    work.document,
    [{ label: words.contents, page: 1 }, ...bookmarks].flatMap(({ label, page }) => {
      const ref = pages[page - 1]?.ref;
      return ref ? [{ title: words.bookmark(label, page), page: ref }] : [];
    }),
  );
}
