import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import { FONT_FILES } from './fonts.ts';
import type { Random } from './random.ts';

export type Pen = SKRSContext2D;

const REGULAR = 'Cunzheng Demo Serif';
const BOLD = 'Cunzheng Demo Serif Bold';
/** Peak of the sensor noise, in grey levels. */
const NOISE = 5;

/** The CSS font of the given size; registers the two weights at the first call. */
export function scanFont(size: number, weight: 'regular' | 'bold' = 'regular'): string {
  if (!GlobalFonts.has(REGULAR)) {
    GlobalFonts.registerFromPath(FONT_FILES.regular, REGULAR);
    GlobalFonts.registerFromPath(FONT_FILES.bold, BOLD);
  }
  return `${size}px "${weight === 'bold' ? BOLD : REGULAR}"`;
}

export interface SheetOptions {
  width: number;
  height: number;
  /** Paint of the scanner's lid, seen around the skewed sheet. */
  lid: string;
  /** JPEG quality, 1 to 100. */
  quality: number;
}

/**
 * Draws a sheet as a flat-bed scanner sees it: slightly turned, softly shaded, with sensor noise.
 * @returns JPEG bytes; the same random stream gives the same bytes on the same build of the canvas
 */
export function scanSheet(
  random: Random,
  options: SheetOptions,
  draw: (pen: Pen) => void,
): Uint8Array {
  const canvas = createCanvas(options.width, options.height);
  const pen = canvas.getContext('2d');
  pen.fillStyle = options.lid;
  pen.fillRect(0, 0, options.width, options.height);
  pen.save();
  skew(pen, random, options);
  draw(pen);
  pen.restore();
  shade(pen, random, options);
  addNoise(pen, random, options);
  return jpeg(canvas, options.quality);
}

/** Writes 样本 SPECIMEN across the sheet, so that nobody takes it for a document of a person. */
export function drawWatermark(pen: Pen, width: number, height: number, size: number): void {
  pen.save();
  pen.translate(width / 2, height / 2);
  pen.rotate(-0.42);
  pen.textAlign = 'center';
  pen.fillStyle = 'rgba(190, 40, 40, 0.26)';
  pen.font = scanFont(size, 'bold');
  pen.fillText('样本 SPECIMEN', 0, size * 0.35);
  pen.restore();
}

/** Breaks Chinese text into lines no wider than `width` pixels in the pen's current font. */
export function wrapText(pen: Pen, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const character of text) {
    if (line !== '' && pen.measureText(line + character).width > width) {
      lines.push(line);
      line = '';
    }
    line += character;
  }
  return line === '' ? lines : [...lines, line];
}

function skew(pen: Pen, random: Random, options: SheetOptions): void {
  const angle = (random.fraction() - 0.5) * 0.034;
  pen.translate(options.width / 2, options.height / 2);
  pen.transform(1, 0, (random.fraction() - 0.5) * 0.012, 1, 0, 0);
  pen.rotate(angle);
  pen.translate(
    -options.width / 2 + random.integer(-5, 5),
    -options.height / 2 + random.integer(-5, 5),
  );
}

function shade(pen: Pen, random: Random, options: SheetOptions): void {
  const gradient = pen.createLinearGradient(0, 0, options.width, options.height * 0.3);
  const strong = 0.05 + random.fraction() * 0.06;
  gradient.addColorStop(0, `rgba(60, 60, 70, ${strong.toFixed(3)})`);
  gradient.addColorStop(0.35, 'rgba(60, 60, 70, 0)');
  gradient.addColorStop(1, `rgba(60, 60, 70, ${(strong * 0.7).toFixed(3)})`);
  pen.fillStyle = gradient;
  pen.fillRect(0, 0, options.width, options.height);
}

/** One draw gives four pixels' noise: the generator is the slow part of a scan. */
function addNoise(pen: Pen, random: Random, options: SheetOptions): void {
  const image = pen.getImageData(0, 0, options.width, options.height);
  const data = image.data;
  let bits = 0;
  for (let at = 0; at < data.length; at += 4) {
    if ((at & 15) === 0) bits = random.uint32();
    const grain = ((bits & 0xff) * (2 * NOISE + 1)) >> 8;
    bits >>>= 8;
    for (let channel = 0; channel < 3; channel += 1) {
      data[at + channel] = (data[at + channel] ?? 0) + grain - NOISE;
    }
  }
  pen.putImageData(image, 0, 0);
}

function jpeg(canvas: Canvas, quality: number): Uint8Array {
  return new Uint8Array(canvas.encodeSync('jpeg', quality));
}
