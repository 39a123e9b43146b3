import { inflateSync } from 'node:zlib';
import {
  decodePDFRawStream,
  PDFArray,
  type PDFContext,
  type PDFDict,
  PDFName,
  type PDFObject,
  PDFRawStream,
} from 'pdf-lib';
import { ByteStream } from './byte-stream.ts';
import { CannotMerge } from './slip-reason.ts';

/** A page description larger than this is an attack on memory, not a page. */
const MAX_CONTENT_BYTES = 200_000_000;

/**
 * The page's content as one stream, ready to become a form: a single intact stream keeps its
 * compressed bytes, several are joined. Every stream is decoded once, because a damaged one would
 * show as a page that is silently blank.
 * @throws CannotMerge damaged
 */
export function readPageContent(page: PDFDict, target: PDFContext): ByteStream {
  const streams = contentStreams(page);
  const decoded = streams.map(decodeStream);
  const [only] = streams;
  if (only && streams.length === 1 && isPlainFlate(only)) {
    return new ByteStream(target.obj({ Filter: 'FlateDecode' }), only.contents);
  }
  const joined = Buffer.concat(decoded.flatMap((bytes) => [bytes, Buffer.from('\n')]));
  return new ByteStream(target.obj({}), joined);
}

function contentStreams(page: PDFDict): PDFRawStream[] {
  const entry = page.get(PDFName.of('Contents'));
  if (!entry) return [];
  const value = page.context.lookup(entry);
  const items: (PDFObject | undefined)[] =
    value instanceof PDFArray ? value.asArray().map((item) => page.context.lookup(item)) : [value];
  return items.map((item) => {
    if (item instanceof PDFRawStream) return item;
    throw new CannotMerge('damaged', { cause: new Error('page content is missing') });
  });
}

function isPlainFlate(stream: PDFRawStream): boolean {
  const name = soleFilter(stream);
  return name === 'FlateDecode' && !stream.dict.lookup(PDFName.of('DecodeParms'));
}

/** The one filter of a stream; empty for none, undefined for a chain of several. */
function soleFilter(stream: PDFRawStream): string | undefined {
  const filter = stream.dict.lookup(PDFName.of('Filter'));
  if (!filter) return '';
  if (filter instanceof PDFName) return filter.decodeText();
  if (!(filter instanceof PDFArray)) return undefined;
  if (filter.size() === 0) return '';
  const first = filter.lookup(0);
  return filter.size() === 1 && first instanceof PDFName ? first.decodeText() : undefined;
}

function decodeStream(stream: PDFRawStream): Uint8Array {
  if (soleFilter(stream) === '') return stream.contents;
  try {
    return isPlainFlate(stream)
      ? inflateSync(stream.contents, { maxOutputLength: MAX_CONTENT_BYTES })
      : decodePDFRawStream(stream).decode();
  } catch (cause) {
    throw new CannotMerge('damaged', { cause });
  }
}
