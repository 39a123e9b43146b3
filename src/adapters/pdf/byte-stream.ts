import { type PDFContext, type PDFDict, PDFStream } from 'pdf-lib';

/**
 * A stream that is written as it is, in one copy. (The library's own raw stream copies byte by
 * byte, which costs more than everything else in a bundle of scans.)
 */
export class ByteStream extends PDFStream {
  readonly contents: Uint8Array;

  constructor(dict: PDFDict, contents: Uint8Array) {
    super(dict);
    this.contents = contents;
  }

  override clone(context?: PDFContext): ByteStream {
    return new ByteStream(this.dict.clone(context), this.contents);
  }

  override getContents(): Uint8Array {
    return this.contents;
  }

  override getContentsSize(): number {
    return this.contents.length;
  }

  override copyBytesInto(buffer: Uint8Array, offset: number): number {
    this.updateDict();
    let at = offset + this.dict.copyBytesInto(buffer, offset);
    at += writeAscii(buffer, at, '\nstream\n');
    buffer.set(this.contents, at);
    at += this.contents.length;
    at += writeAscii(buffer, at, '\nendstream');
    return at - offset;
  }
}

function writeAscii(buffer: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) buffer[at + index] = text.charCodeAt(index);
  return text.length;
}
