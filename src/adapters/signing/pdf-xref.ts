import { type PDFContext, PDFDict, PDFName, PDFRawStream } from 'pdf-lib';
import {
  arrayOf,
  decodeStream,
  numberIn,
  objectAt,
  parseObject,
  unreadablePdf,
} from './pdf-syntax.ts';

/** Where one object is: in the file, or in an object stream, or nowhere any more. */
export type XrefEntry =
  | { kind: 'free' }
  | { kind: 'offset'; offset: number; generation: number }
  | { kind: 'member'; stream: number; index: number };

export interface XrefSection {
  form: 'table' | 'stream';
  entries: [objectNumber: number, XrefEntry][];
  trailer: PDFDict;
}

/** More objects than any document has; a hostile count must not cost memory. */
const MAX_ENTRIES = 4_000_000;

/**
 * Reads one cross-reference section in either form (ISO 32000-1 §7.5.4, §7.5.8).
 * @param end where the section ends at the latest: the next younger one, or the file's end
 * @throws SigningError PDF_UNREADABLE
 */
export function readXrefSection(
  pdf: Uint8Array,
  at: number,
  end: number,
  context: PDFContext,
): XrefSection {
  if (at >= pdf.length) throw unreadablePdf(`no cross-reference section is at byte ${at}`);
  const window = Buffer.from(pdf.buffer, pdf.byteOffset + at, Math.max(0, end - at));
  return /^\s*xref\s/.test(window.toString('latin1', 0, 16))
    ? readTable(window, context)
    : readStream(pdf, at, context);
}

function readTable(window: Buffer, context: PDFContext): XrefSection {
  const trailerAt = window.indexOf('trailer');
  if (trailerAt === -1) throw unreadablePdf('a cross-reference table has no trailer');
  const tokens = window.toString('latin1', 0, trailerAt).trim().split(/\s+/).slice(1);
  const entries: XrefSection['entries'] = [];
  for (let at = 0; at < tokens.length; ) {
    const first = numberToken(tokens[at]);
    const count = numberToken(tokens[at + 1]);
    at += 2;
    for (let index = 0; index < count; index += 1, at += 3) {
      entries.push([first + index, tableEntry(tokens.slice(at, at + 3))]);
    }
  }
  const body = new Uint8Array(window.subarray(trailerAt + 'trailer'.length));
  const trailer = parseDict(body, context);
  if (trailer.has(PDFName.of('XRefStm'))) throw unreadablePdf('it has two kinds of object lists');
  return { form: 'table', entries, trailer };
}

function tableEntry([offset, generation, kind]: string[]): XrefEntry {
  if (kind === 'f') return { kind: 'free' };
  if (kind !== 'n') throw unreadablePdf('an entry of the cross-reference table is broken');
  return { kind: 'offset', offset: numberToken(offset), generation: numberToken(generation) };
}

function numberToken(token: string | undefined): number {
  if (token === undefined || !/^\d{1,10}$/.test(token)) {
    throw unreadablePdf('the cross-reference table is broken');
  }
  return Number(token);
}

function parseDict(bytes: Uint8Array, context: PDFContext): PDFDict {
  const parsed = parseObject(bytes, context);
  if (!(parsed instanceof PDFDict)) throw unreadablePdf('its trailer is not a dictionary');
  return parsed;
}

function readStream(pdf: Uint8Array, at: number, context: PDFContext): XrefSection {
  const stream = objectAt(pdf, at, undefined, context);
  if (!(stream instanceof PDFRawStream)) throw unreadablePdf('no cross-reference stream');
  const { dict } = stream;
  const widths = numbersIn(dict, 'W');
  const size = numberIn(dict, 'Size') ?? 0;
  const index = dict.has(PDFName.of('Index')) ? numbersIn(dict, 'Index') : [0, size];
  if (widths.length !== 3 || widths.some((width) => width > 6)) {
    throw unreadablePdf('a cross-reference stream has odd columns');
  }
  const rows = decodeStream(stream);
  const entries: XrefSection['entries'] = [];
  let row = 0;
  for (let pair = 0; pair + 1 < index.length; pair += 2) {
    const first = index[pair] ?? 0;
    const count = index[pair + 1] ?? 0;
    if (entries.length + count > MAX_ENTRIES) throw unreadablePdf('it lists too many objects');
    for (let step = 0; step < count; step += 1, row += 1) {
      entries.push([first + step, streamEntry(rows, row, widths)]);
    }
  }
  return { form: 'stream', entries, trailer: dict };
}

function streamEntry(rows: Uint8Array, row: number, widths: number[]): XrefEntry {
  const [typeWidth = 0, secondWidth = 0, thirdWidth = 0] = widths;
  const at = row * (typeWidth + secondWidth + thirdWidth);
  if (at + typeWidth + secondWidth + thirdWidth > rows.length) {
    throw unreadablePdf('a cross-reference stream is too short');
  }
  const column = (from: number, width: number) =>
    rows.subarray(from, from + width).reduce((value, byte) => value * 256 + byte, 0);
  const type = typeWidth === 0 ? 1 : column(at, typeWidth);
  const second = column(at + typeWidth, secondWidth);
  const third = column(at + typeWidth + secondWidth, thirdWidth);
  if (type === 1) return { kind: 'offset', offset: second, generation: third };
  return type === 2 ? { kind: 'member', stream: second, index: third } : { kind: 'free' };
}

function numbersIn(dict: PDFDict, key: string): number[] {
  const list = arrayOf(dict.get(PDFName.of(key)));
  return (list?.asArray() ?? []).map((item) => {
    const value = Number(item.toString());
    if (!Number.isInteger(value) || value < 0) throw unreadablePdf(`/${key} is broken`);
    return value;
  });
}
