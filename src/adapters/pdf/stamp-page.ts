import { type PDFDocument, PDFName, type PDFPage } from 'pdf-lib';
import type { BundleInput } from '../../litigation/ports.ts';
import { type BundlePage, type LaidOutPart, pageOperators, placeOnA4 } from './bundle-page.ts';
import type { Stamp } from './bundle-sheets.ts';
import { BUNDLE_WORDS } from './bundle-words.ts';
import { ByteStream } from './byte-stream.ts';

/** What is stamped on each page of the bundle, in order. */
export function stampsFor(
  input: BundleInput,
  contentsPages: BundlePage[],
  parts: LaidOutPart[],
): Stamp[] {
  const words = BUNDLE_WORDS[input.jurisdiction];
  const marked = [
    ...contentsPages.map((page) => ({ page, mark: '' })),
    ...parts.flatMap(({ mark, pages }) =>
      pages.map((page, index) => ({
        page,
        mark: mark === '' ? '' : words.partPage(mark, index + 1, pages.length),
      })),
    ),
  ];
  return marked.map(({ page, mark }, index) => {
    const { width, height } = placeOnA4(page);
    const number = words.pageOf(index + 1, marked.length);
    return { width, height, caption: input.caption, mark, number };
  });
}

/** Adds a page that draws its content between the bands and the stamp over it. */
export function writePage(
  document: PDFDocument,
  page: BundlePage,
  overlay: BundlePage | undefined,
): PDFPage {
  const { context } = document;
  const placement = placeOnA4(page);
  const names = page.drawings.map((_, index) => `Part${index}`);
  const resources = context.obj({});
  for (const [index, { xObject }] of page.drawings.entries()) {
    resources.set(PDFName.of(names[index] ?? ''), xObject);
  }
  const stamp = overlay?.drawings[0];
  if (stamp) resources.set(PDFName.of('Stamp'), stamp.xObject);
  const operators = Buffer.from(pageOperators(placement, page.drawings, names), 'latin1');
  const added = document.addPage([placement.width, placement.height]);
  added.node.set(PDFName.of('Resources'), context.obj({ XObject: resources }));
  const content = context.register(new ByteStream(context.obj({}), operators));
  added.node.set(PDFName.of('Contents'), content);
  return added;
}
