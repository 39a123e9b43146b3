import {
  decodePDFRawStream,
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFObjectParser,
  type PDFRawStream,
} from 'pdf-lib';
import { SigningError } from './signing-error.ts';

/** Parses `N G obj …` at a byte offset; the number there must be the one that was looked for. */
export function objectAt(
  pdf: Uint8Array,
  offset: number,
  expected: number | undefined,
  context: PDFContext,
): PDFObject {
  const head = Buffer.from(pdf.subarray(offset, offset + 40)).toString('latin1');
  const match = /^\s*(\d{1,10})\s+\d{1,5}\s+obj/.exec(head);
  if (match === null || (expected !== undefined && Number(match[1]) !== expected)) {
    throw unreadablePdf(`object ${expected ?? ''} is not at byte ${offset}`);
  }
  return parseObject(pdf.subarray(offset + match[0].length), context);
}

/** Parses the object that `bytes` begin with; what follows does not matter. */
export function parseObject(bytes: Uint8Array, context: PDFContext): PDFObject {
  try {
    return PDFObjectParser.forBytes(bytes, context).parseObject();
  } catch (cause) {
    throw unreadablePdf('one of its objects cannot be parsed', cause);
  }
}

/** Decompresses a stream and undoes the PNG prediction that cross-reference streams often have. */
export function decodeStream(stream: PDFRawStream): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = decodePDFRawStream(stream).decode();
  } catch (cause) {
    throw unreadablePdf('a stream cannot be decompressed', cause);
  }
  const listed = stream.dict.get(PDFName.of('DecodeParms'));
  const parameters = dictOf(arrayOf(listed)?.get(0) ?? listed);
  const predictor = (parameters && numberIn(parameters, 'Predictor')) ?? 1;
  if (parameters === undefined || predictor === 1) return bytes;
  if (predictor < 10) throw unreadablePdf(`a stream uses predictor ${predictor}`);
  return withoutPrediction(bytes, numberIn(parameters, 'Columns') ?? 1);
}

/** PNG filters on rows of one-byte samples (ISO 32000-1 §7.4.4.4, RFC 2083 §6). */
function withoutPrediction(bytes: Uint8Array, columns: number): Uint8Array {
  const rows = Math.floor(bytes.length / (columns + 1));
  const plain = new Uint8Array(rows * columns);
  for (let at = 0; at < plain.length; at += 1) {
    const row = Math.floor(at / columns);
    const first = at % columns === 0;
    const left = first ? 0 : (plain[at - 1] ?? 0);
    const above = plain[at - columns] ?? 0;
    const corner = first ? 0 : (plain[at - columns - 1] ?? 0);
    const filter = bytes[row * (columns + 1)] ?? 0;
    plain[at] = (bytes[at + row + 1] ?? 0) + predicted(filter, left, above, corner);
  }
  return plain;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4:
      return nearest(left, above, corner);
    default:
      throw unreadablePdf(`a stream uses row filter ${filter}`);
  }
}

/** Paeth's choice: the neighbour nearest to left + above − corner, in this order of preference. */
function nearest(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const distances = [left, above, corner].map((value) => Math.abs(estimate - value));
  const [toLeft = 0, toAbove = 0, toCorner = 0] = distances;
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

export function numberIn(dict: PDFDict, key: string): number | undefined {
  const value = dict.get(PDFName.of(key));
  return value instanceof PDFNumber ? value.asNumber() : undefined;
}

export const dictOf = (value: PDFObject | undefined): PDFDict | undefined =>
  value instanceof PDFDict ? value : undefined;

export const arrayOf = (value: PDFObject | undefined): PDFArray | undefined =>
  value instanceof PDFArray ? value : undefined;

export function unreadablePdf(why: string, cause?: unknown): SigningError {
  const remedy = 'Save the document again with another program, then sign that file.';
  return new SigningError('PDF_UNREADABLE', `The PDF cannot be signed: ${why}.`, remedy, { cause });
}

export const encryptedPdf = (): SigningError =>
  new SigningError(
    'PDF_ENCRYPTED',
    'The PDF is encrypted; a signature would not survive its decryption.',
    'Remove the password protection first.',
  );
