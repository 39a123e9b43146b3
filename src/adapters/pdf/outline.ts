import { type PDFDocument, PDFHexString, PDFName, PDFNumber, type PDFRef } from 'pdf-lib';

export interface Bookmark {
  title: string;
  page: PDFRef;
}

/** Replaces the document's outline by one flat list of bookmarks (ISO 32000-1, 12.3.3). */
export function writeOutline(document: PDFDocument, bookmarks: Bookmark[]): void {
  const { context, catalog } = document;
  const root = context.nextRef();
  const refs = bookmarks.map(() => context.nextRef());
  for (const [index, { title, page }] of bookmarks.entries()) {
    const ref = refs[index];
    if (!ref) continue;
    const item = context.obj({ Parent: root, Dest: destination(page) });
    item.set(PDFName.of('Title'), PDFHexString.fromText(title));
    const previous = refs[index - 1];
    const next = refs[index + 1];
    if (previous) item.set(PDFName.of('Prev'), previous);
    if (next) item.set(PDFName.of('Next'), next);
    context.assign(ref, item);
  }
  const dict = context.obj({ Type: 'Outlines' });
  const [first] = refs;
  const last = refs.at(-1);
  if (first && last) {
    dict.set(PDFName.of('First'), first);
    dict.set(PDFName.of('Last'), last);
    dict.set(PDFName.of('Count'), PDFNumber.of(refs.length));
  }
  context.assign(root, dict);
  catalog.set(PDFName.of('Outlines'), root);
}

/** The whole page, at whatever magnification the reader has. */
export function destination(page: PDFRef) {
  return [page, 'XYZ', null, null, null];
}
