import { deflateSync, inflateSync } from 'node:zlib';
import { type PDFContext, PDFHexString, PDFName, type PDFObject } from 'pdf-lib';
import { ByteStream } from './byte-stream.ts';
import type { EmbeddedImage } from './jpeg-image.ts';
import { paletteAlpha, type Raster, splitAlpha } from './png-alpha.ts';
import { CannotMerge } from './slip-reason.ts';

interface Png {
  width: number;
  height: number;
  bits: number;
  colourType: number;
  interlaced: boolean;
  palette: Uint8Array | undefined;
  transparency: Uint8Array | undefined;
  data: Buffer;
}

const SIGNATURE = '89504e470d0a1a0a';
/** Samples a pixel by PNG colour type: grey, RGB, palette, grey + alpha, RGBA. */
const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** 20,000 × 10,000 pixels of RGBA; anything above is an attack on memory. */
const MAX_RASTER_BYTES = 800_000_000;

/**
 * Embeds a PNG pixel for pixel: its compressed data pass through unchanged (PDF reads PNG's own
 * row filters), only an alpha channel is split off into a soft mask.
 * @throws CannotMerge image-damaged, image-variant (interlaced)
 */
export function embedPng(bytes: Uint8Array, context: PDFContext): EmbeddedImage {
  const png = readPng(bytes);
  if (png.interlaced) throw new CannotMerge('image-variant');
  const raster = inflateRaster(png);
  const hasAlpha = png.colourType === 4 || png.colourType === 6;
  const xObject = hasAlpha
    ? embedWithAlpha(png, raster, context)
    : context.register(new ByteStream(opaqueDict(png, raster, context), png.data));
  return { xObject, width: png.width, height: png.height, orientation: 1 };
}

function readPng(bytes: Uint8Array): Png {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.subarray(0, 8).toString('hex') !== SIGNATURE) throw new CannotMerge('image-damaged');
  const chunks = readChunks(buffer);
  const header = chunks.get('IHDR')?.[0];
  const data = Buffer.concat(chunks.get('IDAT') ?? []);
  if (!header || header.length < 13 || !chunks.has('IEND')) throw new CannotMerge('image-damaged');
  return {
    width: header.readUInt32BE(0),
    height: header.readUInt32BE(4),
    bits: header.readUInt8(8),
    colourType: header.readUInt8(9),
    interlaced: header.readUInt8(12) !== 0,
    palette: chunks.get('PLTE')?.[0],
    transparency: chunks.get('tRNS')?.[0],
    data,
  };
}

function readChunks(buffer: Buffer): Map<string, Buffer[]> {
  const chunks = new Map<string, Buffer[]>();
  let at = 8;
  while (at + 12 <= buffer.length) {
    const length = buffer.readUInt32BE(at);
    const type = buffer.toString('latin1', at + 4, at + 8);
    const body = buffer.subarray(at + 8, at + 8 + length);
    chunks.set(type, [...(chunks.get(type) ?? []), body]);
    at += 12 + length;
    if (type === 'IEND') break;
  }
  return chunks;
}

/** Decompressed once even where the data pass through: damage must be found here, not in court. */
function inflateRaster(png: Png): Raster {
  const samples = SAMPLES[png.colourType];
  if (!samples) throw new CannotMerge('image-damaged');
  const stride = Math.ceil((png.width * samples * png.bits) / 8);
  const expected = (stride + 1) * png.height;
  if (expected === 0 || expected > MAX_RASTER_BYTES) throw new CannotMerge('image-variant');
  try {
    const rows = inflateSync(png.data, { maxOutputLength: expected });
    if (rows.length !== expected) throw new CannotMerge('image-damaged');
    return { rows, width: png.width, height: png.height, stride, samples, bytes: png.bits / 8 };
  } catch (cause) {
    throw new CannotMerge('image-damaged', { cause });
  }
}

function opaqueDict(png: Png, raster: Raster, context: PDFContext) {
  const colours = png.colourType === 2 ? 3 : 1;
  const dict = imageDict(png, context, colourSpace(png, context));
  dict.set(
    PDFName.of('DecodeParms'),
    context.obj({ Predictor: 15, Colors: colours, BitsPerComponent: png.bits, Columns: png.width }),
  );
  const mask = transparencyMask(png, raster, context);
  if (mask) dict.set(PDFName.of(mask.key), mask.value);
  return dict;
}

function imageDict(png: Png, context: PDFContext, space: PDFObject) {
  const dict = context.obj({
    Type: 'XObject',
    Subtype: 'Image',
    Width: png.width,
    Height: png.height,
    BitsPerComponent: png.bits,
    Filter: 'FlateDecode',
  });
  dict.set(PDFName.of('ColorSpace'), space);
  return dict;
}

function colourSpace(png: Png, context: PDFContext): PDFObject {
  if (png.colourType === 0) return PDFName.of('DeviceGray');
  if (png.colourType === 2) return PDFName.of('DeviceRGB');
  if (!png.palette || png.palette.length < 3) throw new CannotMerge('image-damaged');
  const table = PDFHexString.of(Buffer.from(png.palette).toString('hex'));
  return context.obj(['Indexed', 'DeviceRGB', Math.floor(png.palette.length / 3) - 1, table]);
}

/** tRNS: one transparent colour becomes a colour-key mask, a transparent palette a soft mask. */
function transparencyMask(
  png: Png,
  raster: Raster,
  context: PDFContext,
): { key: string; value: PDFObject } | undefined {
  if (!png.transparency) return undefined;
  if (png.colourType !== 3) {
    const key = Buffer.from(png.transparency);
    const colours = png.colourType === 2 ? 3 : 1;
    if (key.length < colours * 2) return undefined;
    const range = Array.from({ length: colours }, (_, index) => key.readUInt16BE(index * 2));
    return { key: 'Mask', value: context.obj(range.flatMap((value) => [value, value])) };
  }
  const alphas = paletteAlpha(raster, png.bits, png.transparency);
  const dict = imageDict({ ...png, bits: 8 }, context, PDFName.of('DeviceGray'));
  const mask = new ByteStream(dict, deflateSync(alphas, { level: 6 }));
  return { key: 'SMask', value: context.register(mask) };
}

function embedWithAlpha(png: Png, raster: Raster, context: PDFContext) {
  const { colour, alpha } = splitAlpha(raster);
  const space = PDFName.of(png.colourType === 6 ? 'DeviceRGB' : 'DeviceGray');
  const maskDict = imageDict(png, context, PDFName.of('DeviceGray'));
  const mask = context.register(new ByteStream(maskDict, deflateSync(alpha, { level: 6 })));
  const dict = imageDict(png, context, space);
  dict.set(PDFName.of('SMask'), mask);
  return context.register(new ByteStream(dict, deflateSync(colour, { level: 6 })));
}
