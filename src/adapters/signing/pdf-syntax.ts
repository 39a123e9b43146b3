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

export function decodeStream(stream: PDFRawStream): Uint8Array {
  try {
    return decodePDFRawStream(stream).decode();
  } catch (cause) {
    throw unreadablePdf('a stream cannot be decompressed', cause);
  }
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
