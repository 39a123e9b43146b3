import { type PDFDocument, PDFName, type PDFPage, type PDFRef } from 'pdf-lib';
import { A4 } from './bundle-page.ts';
import type { RowPosition } from './bundle-sheets.ts';
import { destination } from './outline.ts';

const SIDE = 62;
const ABOVE_TEXT = 6;
const ONE_LINE = 15;

/** Lays a link over every line of the contents pages, to the first page of its part. */
export function writeContentsLinks(
  document: PDFDocument,
  contentsPages: PDFPage[],
  positions: RowPosition[],
  targets: PDFRef[],
): void {
  const links = new Map<PDFPage, PDFRef[]>();
  for (const [index, position] of positions.entries()) {
    const page = contentsPages[position.page - 1];
    const target = targets[position.row];
    if (!page || !target) continue;
    const link = linkAnnotation(document, position, positions[index + 1], target);
    links.set(page, [...(links.get(page) ?? []), link]);
  }
  for (const [page, refs] of links) {
    page.node.set(PDFName.of('Annots'), document.context.obj(refs));
  }
}

function linkAnnotation(
  document: PDFDocument,
  position: RowPosition,
  next: RowPosition | undefined,
  target: PDFRef,
): PDFRef {
  const sameSheet = next !== undefined && next.page === position.page;
  const below = sameSheet ? next.y - ABOVE_TEXT : position.y + ONE_LINE;
  return document.context.register(
    document.context.obj({
      Type: 'Annot',
      Subtype: 'Link',
      Rect: [SIDE, A4.long - below, A4.short - SIDE, A4.long - position.y + ABOVE_TEXT],
      Border: [0, 0, 0],
      F: 4,
      Dest: destination(target),
    }),
  );
}
