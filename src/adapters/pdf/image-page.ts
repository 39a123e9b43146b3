import type { PDFContext } from 'pdf-lib';
import type { BundlePage } from './bundle-page.ts';
import { type EmbeddedImage, embedJpeg } from './jpeg-image.ts';
import { compose, type Matrix, scaling } from './matrix.ts';
import { embedPng } from './png-image.ts';

/** A pixel of an image that is too small to fill the page: 96 a inch, as screens show it. */
const POINTS_PER_PIXEL = 0.75;

/** How the unit square of an image is turned for each EXIF orientation (Exif 2.32, 4.6.4 A). */
const TURNS: Record<number, Matrix> = {
  1: [1, 0, 0, 1, 0, 0],
  2: [-1, 0, 0, 1, 1, 0],
  3: [-1, 0, 0, -1, 1, 1],
  4: [1, 0, 0, -1, 0, 1],
  5: [0, -1, -1, 0, 1, 1],
  6: [0, -1, 1, 0, 0, 1],
  7: [0, 1, 1, 0, 0, 0],
  8: [0, 1, -1, 0, 1, 0],
};

/** A page that shows one image the way its camera held it. */
export function imagePage(mediaType: string, bytes: Uint8Array, context: PDFContext): BundlePage {
  const image = mediaType === 'image/png' ? embedPng(bytes, context) : embedJpeg(bytes, context);
  const { width, height } = shownSize(image);
  const turn = TURNS[image.orientation] ?? scaling(1, 1);
  const matrix = compose(turn, scaling(width, height));
  return { width, height, drawings: [{ xObject: image.xObject, matrix }], sheet: false };
}

function shownSize({ width, height, orientation }: EmbeddedImage) {
  const sideways = orientation >= 5;
  return {
    width: (sideways ? height : width) * POINTS_PER_PIXEL,
    height: (sideways ? width : height) * POINTS_PER_PIXEL,
  };
}
