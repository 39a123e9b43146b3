import type { PDFRef } from 'pdf-lib';
import type { BundlePlacement } from '../../litigation/ports.ts';
import { type Box, compose, type Matrix, operands, scaling, translation } from './matrix.ts';

/** Something drawn on a page of the bundle: a form or an image, with its transformation. */
export interface Drawing {
  xObject: PDFRef;
  matrix: Matrix;
}

/** One page of the bundle before it is stamped: what to draw, in a space of `width` × `height`. */
export interface BundlePage {
  /** Points, as a reader sees the page. */
  width: number;
  height: number;
  drawings: Drawing[];
  /** Typeset for the bundle: already has room for the stamps, so it is placed at full size. */
  sheet: boolean;
}

/** A part with the pages it occupies and, for a slip sheet, the reason. */
export interface LaidOutPart {
  placement: BundlePlacement;
  mark: string;
  pages: BundlePage[];
}

export const A4 = { short: 595.276, long: 841.89 };
/** Room for the stamps: nothing of an exhibit is ever drawn under or over them. */
const BAND = { top: 34, bottom: 32, side: 22 };

export interface Placement {
  width: number;
  height: number;
  /** From the page's own space to the A4 page. */
  matrix: Matrix;
  clip: Box;
}

/** Fits a page into an upright or lying A4 page between the bands; it is never enlarged. */
export function placeOnA4(page: BundlePage): Placement {
  const lying = page.width > page.height;
  const width = lying ? A4.long : A4.short;
  const height = lying ? A4.short : A4.long;
  if (page.sheet) return { width, height, matrix: scaling(1, 1), clip: [0, 0, width, height] };
  const room = { width: width - 2 * BAND.side, height: height - BAND.top - BAND.bottom };
  const scale = Math.min(1, room.width / page.width, room.height / page.height);
  const left = (width - page.width * scale) / 2;
  const bottom = BAND.bottom + (room.height - page.height * scale) / 2;
  const matrix = compose(scaling(scale, scale), translation(left, bottom));
  const clip: Box = [left, bottom, left + page.width * scale, bottom + page.height * scale];
  return { width, height, matrix, clip };
}

/** The page's content stream: everything of the source between q and Q, then the stamp. */
export function pageOperators(placement: Placement, drawings: Drawing[], names: string[]): string {
  const [left, bottom, right, top] = placement.clip;
  const lines = [
    'q',
    `${operands([left, bottom, right - left, top - bottom])} re W n`,
    `${operands(placement.matrix)} cm`,
    ...drawings.map(({ matrix }, index) => `q ${operands(matrix)} cm /${names[index]} Do Q`),
    'Q',
    'q /Stamp Do Q',
  ];
  return `${lines.join('\n')}\n`;
}
