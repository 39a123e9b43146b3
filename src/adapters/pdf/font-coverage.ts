import { closeSync, openSync, readSync } from 'node:fs';

/** The code points that every one of a set of fonts can draw. */
export interface FontCoverage {
  has(codePoint: number): boolean;
}

const CODE_POINTS = 0x110000;

/**
 * Reads the character maps (OpenType `cmap`, formats 4 and 12) of TrueType files and keeps what
 * all of them cover: a text that is set once in regular and once in bold must exist in both.
 */
export function readFontCoverage(files: string[]): FontCoverage {
  const counts = new Uint8Array(CODE_POINTS);
  for (const file of files) addFont(counts, readCmap(file));
  const wanted = files.length;
  return { has: (codePoint) => counts[codePoint] === wanted };
}

/** A coverage widened by another font's ranges of code points, both ends included. */
export function addRanges(
  coverage: FontCoverage,
  ranges: readonly (readonly [number, number])[],
): FontCoverage {
  const within = (codePoint: number) =>
    ranges.some(([first, last]) => codePoint >= first && codePoint <= last);
  return { has: (codePoint) => coverage.has(codePoint) || within(codePoint) };
}

function addFont(counts: Uint8Array, cmap: DataView): void {
  const seen = new Uint8Array(CODE_POINTS);
  for (const offset of subtableOffsets(cmap)) {
    const format = cmap.getUint16(offset);
    if (format === 4) markFormat4(seen, cmap, offset);
    if (format === 12) markFormat12(seen, cmap, offset);
  }
  for (let codePoint = 0; codePoint < CODE_POINTS; codePoint++) {
    counts[codePoint] = (counts[codePoint] ?? 0) + (seen[codePoint] ?? 0);
  }
}

/** Only the `cmap` table is read: a CJK font is about 15 MB, its map 200 KB. */
function readCmap(file: string): DataView {
  const fd = openSync(file, 'r');
  try {
    const head = readAt(fd, 0, 12);
    const tables = readAt(fd, 12, head.getUint16(4) * 16);
    for (let at = 0; at < tables.byteLength; at += 16) {
      if (tables.getUint32(at) === 0x636d6170) {
        return readAt(fd, tables.getUint32(at + 8), tables.getUint32(at + 12));
      }
    }
    throw new Error(`font file ${file} has no character map`);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, position: number, length: number): DataView {
  const buffer = Buffer.alloc(length);
  readSync(fd, buffer, 0, length, position);
  return new DataView(buffer.buffer, buffer.byteOffset, length);
}

/** Unicode subtables only: platform 0, and platform 3 with encoding 1 (BMP) or 10 (full). */
function subtableOffsets(cmap: DataView): number[] {
  const offsets: number[] = [];
  for (let index = 0; index < cmap.getUint16(2); index++) {
    const at = 4 + index * 8;
    const platform = cmap.getUint16(at);
    const encoding = cmap.getUint16(at + 2);
    if (platform === 0 || (platform === 3 && (encoding === 1 || encoding === 10))) {
      offsets.push(cmap.getUint32(at + 4));
    }
  }
  return offsets;
}

function markFormat12(seen: Uint8Array, cmap: DataView, offset: number): void {
  const groups = cmap.getUint32(offset + 12);
  for (let index = 0; index < groups; index++) {
    const at = offset + 16 + index * 12;
    const start = cmap.getUint32(at);
    const glyph = cmap.getUint32(at + 8);
    const from = glyph === 0 ? start + 1 : start;
    seen.fill(1, from, cmap.getUint32(at + 4) + 1);
  }
}

function markFormat4(seen: Uint8Array, cmap: DataView, offset: number): void {
  const segments = cmap.getUint16(offset + 6) / 2;
  const ends = offset + 14;
  const starts = ends + segments * 2 + 2;
  for (let index = 0; index < segments; index++) {
    const start = cmap.getUint16(starts + index * 2);
    const end = cmap.getUint16(ends + index * 2);
    const delta = cmap.getUint16(starts + (segments + index) * 2);
    const rangeAt = starts + (segments * 2 + index) * 2;
    const range = cmap.getUint16(rangeAt);
    for (let code = start; code <= end && code !== 0xffff; code++) {
      if (format4Glyph(cmap, rangeAt, range, delta, code - start, code) !== 0) seen[code] = 1;
    }
  }
}

function format4Glyph(
  cmap: DataView,
  rangeAt: number,
  range: number,
  delta: number,
  index: number,
  code: number,
): number {
  if (range === 0) return (code + delta) & 0xffff;
  const glyph = cmap.getUint16(rangeAt + range + index * 2);
  return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
}
