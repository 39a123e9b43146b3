import { PDFContext, type PDFDict, PDFName, type PDFObject, PDFRawStream, PDFRef } from 'pdf-lib';
import {
  decodeStream,
  encryptedPdf,
  numberIn,
  objectAt,
  parseObject,
  unreadablePdf,
} from './pdf-syntax.ts';
import { readXrefSection, type XrefEntry } from './pdf-xref.ts';

/** What an incremental update needs to know of the file that it continues. */
export interface PdfRevision {
  /** The form of the last cross-reference section; an update must use the same (ISO 32000 §7.5.8). */
  form: 'table' | 'stream';
  startXref: number;
  /** First object number that no section uses. */
  size: number;
  trailer: PDFDict;
  root: PDFRef;
  context: PDFContext;
  /** The object itself, with references followed; undefined when there is none. */
  resolve(value: PDFObject | undefined): PDFObject | undefined;
}

/** Update sections that one file may have, and references that may be followed in a row. */
const MAX_SECTIONS = 512;
const MAX_HOPS = 16;

/**
 * Reads the cross-reference sections of a PDF, newest first, and finds objects through them. The
 * whole document is not parsed: signing a large bundle costs little more than hashing it.
 * @throws SigningError PDF_UNREADABLE, PDF_ENCRYPTED
 */
export function readPdfRevision(pdf: Uint8Array): PdfRevision {
  const context = PDFContext.create();
  const startXref = findStartXref(pdf);
  const entries = new Map<number, XrefEntry>();
  const first = readXrefSection(pdf, startXref, pdf.length, context);
  const seen = new Set<number>();
  for (let section = first, at = startXref; ; ) {
    seen.add(at);
    for (const [number, entry] of section.entries) {
      if (!entries.has(number)) entries.set(number, entry);
    }
    const previous = numberIn(section.trailer, 'Prev');
    if (previous === undefined) break;
    if (seen.has(previous) || seen.size > MAX_SECTIONS) throw unreadablePdf('its history loops');
    section = readXrefSection(pdf, previous, previous < at ? at : pdf.length, context);
    at = previous;
  }
  if (first.trailer.has(PDFName.of('Encrypt'))) throw encryptedPdf();
  const root = first.trailer.get(PDFName.of('Root'));
  if (!(root instanceof PDFRef)) throw unreadablePdf('it has no catalog');
  let size = numberIn(first.trailer, 'Size') ?? 0;
  for (const number of entries.keys()) size = Math.max(size, number + 1);
  const resolve = createResolver(pdf, entries, context);
  return { form: first.form, startXref, size, trailer: first.trailer, root, context, resolve };
}

function findStartXref(pdf: Uint8Array): number {
  const tail = Buffer.from(pdf.subarray(Math.max(0, pdf.length - 1024))).toString('latin1');
  const head = Buffer.from(pdf.subarray(0, 5)).toString('latin1');
  const match = /startxref\s+(\d{1,10})\s+%%EOF\s*$/.exec(tail);
  if (head !== '%PDF-' || match === null) {
    throw unreadablePdf('it does not begin with %PDF- or does not end with startxref and %%EOF');
  }
  return Number(match[1]);
}

function createResolver(
  pdf: Uint8Array,
  entries: Map<number, XrefEntry>,
  context: PDFContext,
): PdfRevision['resolve'] {
  const streams = new Map<number, PDFObject[]>();
  const find = (number: number): PDFObject | undefined => {
    const entry = entries.get(number);
    if (entry === undefined || entry.kind === 'free') return undefined;
    if (entry.kind === 'offset') return objectAt(pdf, entry.offset, number, context);
    const known = streams.get(entry.stream);
    const members = known ?? objectStream(find(entry.stream), context);
    if (known === undefined) streams.set(entry.stream, members);
    return members[entry.index];
  };
  return (value) => {
    let current = value;
    for (let hops = 0; current instanceof PDFRef; hops += 1) {
      if (hops > MAX_HOPS) throw unreadablePdf('its references loop');
      current = find(current.objectNumber);
    }
    return current;
  };
}

/** The objects of an object stream in order (ISO 32000 §7.5.7). */
function objectStream(stream: PDFObject | undefined, context: PDFContext): PDFObject[] {
  if (!(stream instanceof PDFRawStream)) throw unreadablePdf('an object stream is missing');
  const count = numberIn(stream.dict, 'N') ?? 0;
  const start = numberIn(stream.dict, 'First') ?? 0;
  const bytes = decodeStream(stream);
  const header = Buffer.from(bytes.subarray(0, start)).toString('latin1');
  const numbers = header.trim().split(/\s+/).map(Number);
  return Array.from({ length: Math.min(count, numbers.length / 2) }, (_, index) => {
    const body = bytes.subarray(start + (numbers[index * 2 + 1] ?? 0));
    return parseObject(body, context);
  });
}
