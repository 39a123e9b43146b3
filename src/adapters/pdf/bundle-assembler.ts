import { PDFDocument, type PDFPage } from 'pdf-lib';
import type {
  BundleAssembler,
  BundleInput,
  BundleOutput,
  BundlePart,
  BundlePlacement,
  OpenBundle,
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
import { discardObjects, type ReadPart, readPart } from './read-part.ts';
import { stampsFor, writePage } from './stamp-page.ts';
import { createTypstEngine, type TypstEngine } from './typst-engine.ts';
import { visibleText } from './visible-text.ts';

export interface BundleAssemblerOptions {
  templatesFolder: string;
  /** Shared with the document renderer, so that fonts are loaded once a thread. */
  engine?: TypstEngine;
}

/** What has been read and paginated so far. */
interface Work {
  input: BundleInput;
  document: PDFDocument;
  engine: TypstEngine;
  typesetter: SheetTypesetter;
  read: ReadPart[];
  sheetPages: Map<Sheet, BundlePage[]>;
}

interface Layout {
  contents: ContentsSheets;
  parts: LaidOutPart[];
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
  return {
    async open(input) {
      const work = await readAll(input, engine);
      return openBundle(work, layOut(work));
    },
  };
}

function openBundle(work: Work, layout: Layout): OpenBundle {
  return {
    ...placementsOf(layout),
    async replace(changed) {
      const next = await replaceParts(work, changed);
      return openBundle(next, layOut(next, layout));
    },
    write: () => write(work, layout),
  };
}

async function readAll(input: BundleInput, engine: TypstEngine): Promise<Work> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const typesetter = createSheetTypesetter(engine, input.jurisdiction, input.date);
  const read: ReadPart[] = [];
  for (const part of input.parts) read.push(await readPart(part, document, input.jurisdiction));
  const work = { input, document, engine, typesetter, read, sheetPages: new Map() };
  await typesetSheets(work, read);
  return work;
}

async function write(work: Work, { contents, parts }: Layout): Promise<BundleOutput> {
  const contentsPages = await sheetsOf(contents.bytes, work);
  const pages = await writePages(work, contentsPages, parts);
  writeNavigation(work, contents, parts, pages);
  writeMetadata(work.document, work.input, allLayers(work.read));
  const bytes = await work.document.save({
    useObjectStreams: false,
    addDefaultPage: false,
    updateFieldAppearances: false,
    objectsPerTick: Number.POSITIVE_INFINITY,
  });
  return { bytes, ...placementsOf({ contents, parts }) };
}

/** Reads the new parts into the same document and takes what they replace out of it. */
async function replaceParts(work: Work, changed: ReadonlyMap<number, BundlePart>): Promise<Work> {
  const { input, document } = work;
  const read = [...work.read];
  const parts = [...input.parts];
  for (const [index, part] of changed) {
    const old = read[index];
    if (old === undefined) throw new RangeError(`the bundle has no part ${index}`);
    discardObjects(document, old.objects);
    parts[index] = part;
    read[index] = await readPart(part, document, input.jurisdiction);
  }
  const next = { ...work, input: { ...input, parts }, read };
  await typesetSheets(
    next,
    read.filter((item) => !work.read.includes(item)),
  );
  return next;
}

function placementsOf({ contents, parts }: Layout) {
  const placements = parts.map(({ placement }) => placement);
  const last = placements.at(-1);
  const pageCount = last ? last.firstPage + last.pageCount - 1 : contents.pageCount;
  return { placements, pageCount };
}

function allLayers(read: ReadPart[]): Layers {
  return {
    groups: read.flatMap(({ layers }) => layers.groups),
    hidden: read.flatMap(({ layers }) => layers.hidden),
  };
}

/** All sheets of these parts in one run of the typesetter, then parted again. */
async function typesetSheets(work: Work, read: ReadPart[]): Promise<void> {
  const sheets = read.flatMap(({ content }) => ('sheets' in content ? content.sheets : []));
  if (sheets.length === 0) return;
  const { bytes, pageCounts } = work.typesetter.sheets(sheets);
  const pages = await sheetsOf(bytes, work);
  let at = 0;
  for (const [index, sheet] of sheets.entries()) {
    const count = pageCounts[index] ?? 1;
    work.sheetPages.set(sheet, pages.slice(at, at + count));
    at += count;
  }
}

/** Pages of our own typesetting: they have no layers. */
async function sheetsOf(bytes: Uint8Array, { document }: Work): Promise<BundlePage[]> {
  const pages = await mergePdf(bytes, document, { groups: [], hidden: [] });
  return pages.map((page) => ({ ...page, sheet: true }));
}

/**
 * The contents' own length shifts every page number: it is set once more if the guess was wrong.
 * @param known an earlier layout, whose contents page stays when it says the same
 */
function layOut(work: Work, known?: Layout): Layout {
  let contentsLength = known?.contents.pageCount ?? 1;
  while (true) {
    const parts = placeParts(work, contentsLength);
    const rows = parts.map(contentsRow);
    const same = known && JSON.stringify(known.parts.map(contentsRow)) === JSON.stringify(rows);
    const contents = same ? known.contents : work.typesetter.contents(work.input.caption, rows);
    if (contents.pageCount === contentsLength) return { contents, parts };
    contentsLength = contents.pageCount;
  }
}

function placeParts(work: Work, contentsLength: number): LaidOutPart[] {
  let next = contentsLength + 1;
  return work.input.parts.map((part, index) => {
    const { pages, slipReason } = pagesOf(work, index);
    const placement: BundlePlacement = {
      title: part.title,
      firstPage: next,
      pageCount: pages.length,
      ...(slipReason === undefined ? {} : { slipReason }),
    };
    next += pages.length;
    return { placement, mark: part.mark ?? '', pages };
  });
}

function pagesOf(work: Work, index: number): { pages: BundlePage[]; slipReason?: string } {
  const content = work.read[index]?.content ?? { pages: [] };
  if ('pages' in content) return content;
  const pages = content.sheets.flatMap((sheet) => work.sheetPages.get(sheet) ?? []);
  const slip = content.sheets.find((sheet) => sheet.kind === 'slip');
  return slip?.kind === 'slip' ? { pages, slipReason: slip.reason } : { pages };
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
  contents: ContentsSheets,
  parts: LaidOutPart[],
  pages: PDFPage[],
): void {
  const words = BUNDLE_WORDS[work.input.jurisdiction];
  const contentsPages = pages.slice(0, contents.pageCount);
  const firstPages = parts.flatMap(({ placement }) => pages[placement.firstPage - 1]?.ref ?? []);
  writeContentsLinks(work.document, contentsPages, contents.positions, firstPages);
  const bookmarks = parts.map(({ placement, mark }) => {
    const label = visibleText(`${mark} ${placement.title}`.trim(), work.engine.coverage);
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
