import type { PDFDocument } from 'pdf-lib';
import type { BundlePart, Jurisdiction } from '../../litigation/ports.ts';
import type { BundlePage } from './bundle-page.ts';
import type { Sheet } from './bundle-sheets.ts';
import { imagePage } from './image-page.ts';
import { mergePdf } from './merge-pdf.ts';
import type { Layers } from './optional-content.ts';
import { readRecordFields } from './record-fields.ts';
import { CannotMerge, slipReason } from './slip-reason.ts';

/** A part as it will appear: pages of its own, or a sheet that is still to be typeset. */
export type ReadPart = { pages: BundlePage[] } | { sheet: Sheet };

/** Never throws for what is wrong with a part: it gets a slip sheet that says so. */
export async function readPart(
  part: BundlePart,
  document: PDFDocument,
  layers: Layers,
  jurisdiction: Jurisdiction,
): Promise<ReadPart> {
  const before = document.context.largestObjectNumber;
  const layersBefore = { groups: layers.groups.length, hidden: layers.hidden.length };
  try {
    return await readByType(part, document, layers);
  } catch (error) {
    if (!(error instanceof CannotMerge)) throw error;
    discardSince(document, before);
    layers.groups.length = layersBefore.groups;
    layers.hidden.length = layersBefore.hidden;
    return { sheet: { kind: 'slip', part, reason: slipReason(error.slip, jurisdiction) } };
  }
}

async function readByType(
  part: BundlePart,
  document: PDFDocument,
  layers: Layers,
): Promise<ReadPart> {
  const mediaType = (part.mediaType.split(';')[0] ?? '').trim().toLowerCase();
  if (mediaType === 'application/pdf') {
    return { pages: await mergePdf(part.bytes, document, layers) };
  }
  if (mediaType === 'image/jpeg' || mediaType === 'image/png') {
    return { pages: [imagePage(mediaType, part.bytes, document.context)] };
  }
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) {
    return { sheet: { kind: 'record', part, fields: readRecordFields(part.bytes) } };
  }
  throw new CannotMerge('unsupported');
}

/** What a failed part had already copied would stay in the file, unseen but shipped. */
function discardSince(document: PDFDocument, before: number): void {
  const { context } = document;
  for (const [ref] of context.enumerateIndirectObjects()) {
    if (ref.objectNumber > before) context.delete(ref);
  }
  context.largestObjectNumber = before;
}
