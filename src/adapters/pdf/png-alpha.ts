import { CannotMerge } from './slip-reason.ts';

/** Decompressed rows of a PNG, each led by its filter byte (PNG specification, clause 9). */
export interface Raster {
  rows: Uint8Array;
  width: number;
  height: number;
  /** Bytes of a row without the filter byte. */
  stride: number;
  samples: number;
  /** Bytes a sample; alpha exists only with 8 or 16 bits. */
  bytes: number;
}

/** Undoes the row filters and parts the last sample of every pixel from the others. */
export function splitAlpha(raster: Raster): { colour: Uint8Array; alpha: Uint8Array } {
  const pixel = raster.samples * raster.bytes;
  const kept = pixel - raster.bytes;
  const pixels = raster.width * raster.height;
  const colour = new Uint8Array(pixels * kept);
  const alpha = new Uint8Array(pixels * raster.bytes);
  let previous = new Uint8Array(raster.stride);
  let to = 0;
  for (let row = 0; row < raster.height; row++) {
    const line = unfilter(raster, row, previous, pixel);
    for (let at = 0; at < raster.stride; at += pixel) {
      for (let index = 0; index < kept; index++) colour[to * kept + index] = line[at + index] ?? 0;
      for (let index = 0; index < raster.bytes; index++) {
        alpha[to * raster.bytes + index] = line[at + kept + index] ?? 0;
      }
      to += 1;
    }
    previous = line;
  }
  return { colour, alpha };
}

/**
 * One byte of opacity a pixel for a palette image of 1 to 8 bits.
 * @param opacities by palette index; an index beyond them is opaque
 */
export function paletteAlpha(raster: Raster, bits: number, opacities: Uint8Array): Uint8Array {
  const alpha = new Uint8Array(raster.width * raster.height);
  let previous = new Uint8Array(raster.stride);
  for (let row = 0; row < raster.height; row++) {
    const line = unfilter(raster, row, previous, 1);
    for (let column = 0; column < raster.width; column++) {
      const bit = column * bits;
      const byte = line[bit >> 3] ?? 0;
      const index = (byte >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
      alpha[row * raster.width + column] = opacities[index] ?? 255;
    }
    previous = line;
  }
  return alpha;
}

function unfilter(raster: Raster, row: number, above: Uint8Array, pixel: number) {
  const start = row * (raster.stride + 1);
  const filter = raster.rows[start] ?? 0;
  if (filter > 4) throw new CannotMerge('image-damaged');
  const line = raster.rows.slice(start + 1, start + 1 + raster.stride);
  for (let at = 0; at < line.length; at++) {
    const left = at >= pixel ? (line[at - pixel] ?? 0) : 0;
    const up = above[at] ?? 0;
    const upLeft = at >= pixel ? (above[at - pixel] ?? 0) : 0;
    line[at] = (line[at] ?? 0) + predicted(filter, left, up, upLeft);
  }
  return line;
}

function predicted(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  return paeth(left, up, upLeft);
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toUpLeft = Math.abs(estimate - upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
