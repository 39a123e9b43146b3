import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command-line.ts';

/** A page as grey values, 0 black to 255 white, row by row. */
export interface Page {
  width: number;
  height: number;
  grey: Uint8Array;
}

export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** First page of a PDF, drawn by pdftoppm: what a reader sees, whatever text extraction says. */
export async function rasterise(pdf: string, folder: string, name: string): Promise<Page> {
  const root = join(folder, name);
  const args = ['-r', '100', '-gray', '-f', '1', '-l', '1', '-singlefile', pdf, root];
  const { code, stderr } = await run('pdftoppm', args);
  if (code !== 0) throw new Error(`pdftoppm: ${stderr}`);
  const bytes = readFileSync(`${root}.pgm`);
  const header = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.subarray(0, 40).toString('latin1'));
  if (header === null) throw new Error('pdftoppm gave no grey map');
  const [width, height] = [Number(header[1]), Number(header[2])];
  return { width, height, grey: bytes.subarray(header[0].length) };
}

/** The same PDF with its embedded fonts cut off, as when a producer forgot to embed them. */
export async function withoutFonts(pdf: string, folder: string): Promise<string> {
  const plain = join(folder, 'plain.pdf');
  const args = ['--qdf', '--object-streams=disable', pdf, plain];
  const { code, stderr } = await run('qpdf', args);
  if (code !== 0) throw new Error(`qpdf: ${stderr}`);
  const text = readFileSync(plain).toString('latin1');
  const cut = text.replaceAll('/FontFile', '/FontGone');
  if (cut === text) throw new Error(`${pdf} embeds no font`);
  writeFileSync(plain, Buffer.from(cut, 'latin1'));
  return plain;
}

/** Share of dark points in a region, 0 to 1. */
export function inkOf(page: Page, region: Region): number {
  const cells = pointsOf(page, region);
  return cells.filter(Boolean).length / cells.length;
}

/** Cuts a line into cells of equal width and counts those that look like no other one. */
export function differingCells(page: Page, line: Region, count: number): number {
  const width = Math.floor((line.right - line.left) / count);
  const cells = Array.from({ length: count }, (_, at) => {
    const left = line.left + at * width;
    return pointsOf(page, { ...line, left, right: left + width });
  });
  const alike = (a: boolean[], b: boolean[]) =>
    a.filter((dark, at) => dark !== b[at]).length / a.length < 0.05;
  return cells.filter((cell, at) => !cells.some((other, to) => to !== at && alike(cell, other)))
    .length;
}

function pointsOf({ width, grey }: Page, { left, top, right, bottom }: Region): boolean[] {
  const points: boolean[] = [];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) points.push((grey[y * width + x] ?? 255) < 128);
  }
  return points;
}
