import type { PDFDocument } from 'pdf-lib';
import type {
  BundlePart,
  BundleRecord,
  BundleRecords,
  Jurisdiction,
} from '../../litigation/ports.ts';
import type { BundlePage } from './bundle-page.ts';
import type { Sheet } from './bundle-sheets.ts';
import { imagePage } from './image-page.ts';
import { mergePdf } from './merge-pdf.ts';
import type { Layers } from './optional-content.ts';
import { readRecordFields } from './record-fields.ts';
import { recordTable } from './record-table.ts';
import { CannotMerge, slipReason } from './slip-reason.ts';

/** A part as it will appear: pages of its own, or sheets that are still to be typeset. */
export type ReadPart = {
  content: { pages: BundlePage[] } | { sheets: Sheet[] };
  layers: Layers;
  /** The part's objects in the document: numbers above `after`, up to `last`. */
  objects: { after: number; last: number };
};

/** Never throws for what is wrong with a part: it gets a slip sheet that says so. */
export async function readPart(
  part: BundlePart | BundleRecords,
  document: PDFDocument,
  jurisdiction: Jurisdiction,
): Promise<ReadPart> {
  const after = document.context.largestObjectNumber;
  const layers: Layers = { groups: [], hidden: [] };
  try {
    const content =
      'records' in part
        ? { sheets: recordSheets(part, jurisdiction) }
        : await readByType(part, document, layers);
    return { content, layers, objects: { after, last: document.context.largestObjectNumber } };
  } catch (error) {
    if (!(error instanceof CannotMerge) || 'records' in part) throw error;
    discardObjects(document, { after, last: document.context.largestObjectNumber });
    document.context.largestObjectNumber = after;
    const slip = slipSheet(part, error, jurisdiction);
    const none: Layers = { groups: [], hidden: [] };
    return { content: { sheets: [slip] }, layers: none, objects: { after, last: after } };
  }
}

async function readByType(
  part: BundlePart,
  document: PDFDocument,
  layers: Layers,
): Promise<ReadPart['content']> {
  const mediaType = (part.mediaType.split(';')[0] ?? '').trim().toLowerCase();
  if (mediaType === 'application/pdf') {
    return { pages: await mergePdf(part.bytes, document, layers) };
  }
  if (mediaType === 'image/jpeg' || mediaType === 'image/png') {
    return { pages: [imagePage(mediaType, part.bytes, document.context)] };
  }
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) {
    return { sheets: [{ kind: 'record', part, fields: readRecordFields(part.bytes) }] };
  }
  throw new CannotMerge('unsupported');
}

/** One table of all; where that is not possible, a sheet for each record. */
function recordSheets(part: BundleRecords, jurisdiction: Jurisdiction): Sheet[] {
  const sheets = part.records.map((record, index) => {
    return recordSheet(onePart(part, record, index), jurisdiction);
  });
  const fields = sheets.flatMap((sheet) => (sheet.kind === 'record' ? [sheet.fields] : []));
  const table = fields.length === sheets.length ? recordTable(fields) : undefined;
  return table ? [{ kind: 'table', part, table }] : sheets;
}

function recordSheet(part: BundlePart, jurisdiction: Jurisdiction): Sheet {
  try {
    return { kind: 'record', part, fields: readRecordFields(part.bytes) };
  } catch (error) {
    if (!(error instanceof CannotMerge)) throw error;
    return slipSheet(part, error, jurisdiction);
  }
}

function onePart(group: BundleRecords, record: BundleRecord, index: number): BundlePart {
  const { path, bytes, sha256 } = record;
  const title = `${group.title} ${index + 1}/${group.records.length}`;
  const mark = group.mark === undefined ? {} : { mark: group.mark };
  return { ...mark, title, mediaType: 'application/json', bytes, sha256, path };
}

function slipSheet(part: BundlePart, error: CannotMerge, jurisdiction: Jurisdiction): Sheet {
  return { kind: 'slip', part, reason: slipReason(error.slip, jurisdiction) };
}

/** What nothing refers to any more would stay in the file, unseen but shipped. */
export function discardObjects(document: PDFDocument, range: ReadPart['objects']): void {
  const { context } = document;
  for (const [ref] of context.enumerateIndirectObjects()) {
    if (ref.objectNumber > range.after && ref.objectNumber <= range.last) context.delete(ref);
  }
}
