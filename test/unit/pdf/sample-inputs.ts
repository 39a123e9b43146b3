import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import type { BundlePart } from '../../../src/litigation/ports.ts';

export const TEMPLATES = path.resolve(import.meta.dirname, '../../../templates');

export function sampleData(jurisdiction: string, template: string) {
  const folder = path.resolve(import.meta.dirname, '../../fixtures/documents');
  return JSON.parse(readFileSync(path.join(folder, `${jurisdiction}-${template}.json`), 'utf8'));
}

export function makePart(
  title: string,
  mediaType: string,
  bytes: Uint8Array,
  mark = '证据1',
): BundlePart {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { mark, title, mediaType, bytes, sha256, path: `证据/${title}` };
}

export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined;
}

/** Grey pixels of a page, 0 black to 255 white. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Rasterises pages with poppler: what a reader sees, not what text extraction claims. */
export function rasterise(pdf: Uint8Array, dpi: number, first = 1, last = 9999): Picture[] {
  return rasterisePages(pdf, ['-gray', '-r', String(dpi), '-f', String(first), '-l', String(last)]);
}

function rasterisePages(pdf: Uint8Array, options: string[]): Picture[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'cunzheng-pdf-'));
  try {
    const file = path.join(folder, 'in.pdf');
    writeFileSync(file, pdf);
    spawnSync('pdftoppm', ['-cropbox', ...options, file, path.join(folder, 'page')]);
    const names = readdirSync(folder).filter((name) => name.endsWith('.pgm'));
    return names.sort().map((name) => readPgm(readFileSync(path.join(folder, name))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readPgm(file: Buffer): Picture {
  const header = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(file.subarray(0, 40).toString('latin1'));
  if (!header) throw new Error('not a PGM picture');
  const pixels = file.subarray(header[0].length);
  return { width: Number(header[1]), height: Number(header[2]), pixels };
}

/** Share of black in a region given in fractions of the page, from the top left. */
export function ink(
  picture: Picture,
  [left, top, right, bottom]: [number, number, number, number] = [0, 0, 1, 1],
): number {
  const { width, height, pixels } = picture;
  const [x0, x1] = [Math.floor(left * width), Math.floor(right * width)];
  const [y0, y1] = [Math.floor(top * height), Math.floor(bottom * height)];
  let sum = 0;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) sum += 255 - (pixels[y * width + x] ?? 255);
  }
  return sum / 255 / ((x1 - x0) * (y1 - y0));
}

/** Words in reading order, spaces folded: for what was written, never for whether it shows. */
export function extractText(pdf: Uint8Array): string {
  const run = spawnSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' });
  return run.stdout.replace(/[ \n]+/g, ' ');
}

export function qpdfCheck(pdf: Uint8Array): { status: number | null; output: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'cunzheng-pdf-'));
  try {
    const file = path.join(folder, 'in.pdf');
    writeFileSync(file, pdf);
    const run = spawnSync('qpdf', ['--check', file], { encoding: 'utf8' });
    return { status: run.status, output: `${run.stdout}${run.stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A PNG from raw rows; `colourType` and `bits` as in the PNG header. */
export function makePng(
  width: number,
  height: number,
  colourType: number,
  bits: number,
  row: (y: number) => number[],
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colourType, 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_, y) => Buffer.from([0, ...row(y)]));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** Adds an Exif segment with one orientation entry behind the start marker of a JPEG. */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const marker = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]);
}
