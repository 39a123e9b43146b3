import type { PDFContext, PDFRef } from 'pdf-lib';
import { ByteStream } from './byte-stream.ts';
import { exifOrientation } from './exif-orientation.ts';
import { CannotMerge } from './slip-reason.ts';

/** An image as the bundle's document holds it, and how its pixels are to be turned. */
export interface EmbeddedImage {
  xObject: PDFRef;
  /** Pixels as stored. */
  width: number;
  height: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
}

interface JpegHeader {
  width: number;
  height: number;
  components: number;
  orientation: number;
  /** Adobe's marker: four-component data is stored inverted. */
  adobe: boolean;
}

/** Baseline, extended and progressive Huffman: what the DCTDecode filter of every reader takes. */
const SUPPORTED_FRAMES = new Set([0xc0, 0xc1, 0xc2]);
const COLOUR_SPACES: Record<number, string> = { 1: 'DeviceGray', 3: 'DeviceRGB', 4: 'DeviceCMYK' };

/**
 * Embeds a JPEG as it is, without decoding it.
 * @throws CannotMerge image-damaged (cut off, no frame), image-variant (12 bit, lossless, …)
 */
export function embedJpeg(bytes: Uint8Array, context: PDFContext): EmbeddedImage {
  const header = readHeader(bytes);
  const colourSpace = COLOUR_SPACES[header.components];
  if (!colourSpace) throw new CannotMerge('image-variant');
  const inverted = header.components === 4 && header.adobe;
  const dict = context.obj({
    Type: 'XObject',
    Subtype: 'Image',
    Width: header.width,
    Height: header.height,
    BitsPerComponent: 8,
    ColorSpace: colourSpace,
    Filter: 'DCTDecode',
    ...(inverted ? { Decode: [1, 0, 1, 0, 1, 0, 1, 0] } : {}),
  });
  const xObject = context.register(new ByteStream(dict, bytes));
  return { xObject, width: header.width, height: header.height, orientation: header.orientation };
}

function readHeader(bytes: Uint8Array): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) throw new CannotMerge('image-damaged');
  const header = { width: 0, height: 0, components: 0, orientation: 1, adobe: false };
  try {
    const scanAt = readSegments(view, bytes, header);
    if (header.width === 0 || header.height === 0 || !endsAfter(bytes, scanAt)) {
      throw new CannotMerge('image-damaged');
    }
  } catch (cause) {
    throw cause instanceof CannotMerge ? cause : new CannotMerge('image-damaged', { cause });
  }
  return header;
}

/** Reads up to the start of the first scan and returns where that is. */
function readSegments(view: DataView, bytes: Uint8Array, header: JpegHeader): number {
  let at = 2;
  while (true) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at += 1;
    if (view.getUint8(at) !== 0xff) throw new CannotMerge('image-damaged');
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return at;
    const length = view.getUint16(at + 2);
    readSegment(marker, view, bytes.subarray(at + 4, at + 2 + length), at + 4, header);
    at += 2 + length;
  }
}

function readSegment(
  marker: number,
  view: DataView,
  body: Uint8Array,
  at: number,
  header: JpegHeader,
): void {
  const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
  if (isFrame) {
    if (!SUPPORTED_FRAMES.has(marker) || view.getUint8(at) !== 8) {
      throw new CannotMerge('image-variant');
    }
    header.height = view.getUint16(at + 1);
    header.width = view.getUint16(at + 3);
    header.components = view.getUint8(at + 5);
  }
  if (marker === 0xe1) header.orientation = exifOrientation(body) ?? header.orientation;
  if (marker === 0xee && Buffer.from(body.subarray(0, 5)).toString('latin1') === 'Adobe') {
    header.adobe = true;
  }
}

/** A file that was cut off has no end marker; a reader would show it grey from there on. */
function endsAfter(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.length - 2; at > from; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}
