import { PDFArray, PDFDict, PDFName, PDFNumber, type PDFObject } from 'pdf-lib';
import { type Box, compose, type Matrix, scaling } from './matrix.ts';

export interface PageGeometry {
  /** CropBox within MediaBox, in the page's own units. */
  visible: Box;
  width: number;
  height: number;
  /** From the page's own space to the upright visible page with its origin at the lower left. */
  upright: Matrix;
}

/** US Letter: what readers assume for a page without a MediaBox. */
const DEFAULT_BOX: Box = [0, 0, 612, 792];
/** A page tree deeper than this is a cycle. */
const MAX_DEPTH = 64;

/** What a reader sees of a page: CropBox, /Rotate and /UserUnit, each inherited where it may be. */
export function readGeometry(page: PDFDict): PageGeometry {
  const media = readBox(inherited(page, 'MediaBox')) ?? DEFAULT_BOX;
  const visible = intersect(readBox(inherited(page, 'CropBox')) ?? media, media);
  const [left, bottom, right, top] = visible;
  const turn = quarterTurns(inherited(page, 'Rotate'));
  const unit = positive(page.lookup(PDFName.of('UserUnit')));
  const [width, height] =
    turn % 2 === 0 ? [right - left, top - bottom] : [top - bottom, right - left];
  return {
    visible,
    width: width * unit,
    height: height * unit,
    upright: compose(uprightMatrix(turn, visible), scaling(unit, unit)),
  };
}

/** An attribute of the page or of the nearest ancestor that has it. */
export function inherited(page: PDFDict, key: string): PDFObject | undefined {
  let node: PDFDict | undefined = page;
  for (let depth = 0; node && depth < MAX_DEPTH; depth++) {
    const value = node.lookup(PDFName.of(key));
    if (value) return value;
    const parent: PDFObject | undefined = node.lookup(PDFName.of('Parent'));
    node = parent instanceof PDFDict ? parent : undefined;
  }
  return undefined;
}

/** Four numbers in any order of corners; undefined for anything else or an empty box. */
export function readBox(object: PDFObject | undefined): Box | undefined {
  if (!(object instanceof PDFArray) || object.size() !== 4) return undefined;
  const numbers = [0, 1, 2, 3].map((index) => object.lookup(index));
  const [a, b, c, d] = numbers.map((item) =>
    item instanceof PDFNumber ? item.asNumber() : Number.NaN,
  );
  const box: Box = [
    Math.min(a ?? NaN, c ?? NaN),
    Math.min(b ?? NaN, d ?? NaN),
    Math.max(a ?? NaN, c ?? NaN),
    Math.max(b ?? NaN, d ?? NaN),
  ];
  return box[2] - box[0] > 0 && box[3] - box[1] > 0 ? box : undefined;
}

function intersect(crop: Box, media: Box): Box {
  const box: Box = [
    Math.max(crop[0], media[0]),
    Math.max(crop[1], media[1]),
    Math.min(crop[2], media[2]),
    Math.min(crop[3], media[3]),
  ];
  return box[2] > box[0] && box[3] > box[1] ? box : media;
}

function quarterTurns(object: PDFObject | undefined): number {
  const degrees = object instanceof PDFNumber ? object.asNumber() : 0;
  return (((Math.round(degrees / 90) % 4) + 4) % 4) as number;
}

function positive(object: PDFObject | undefined): number {
  const value = object instanceof PDFNumber ? object.asNumber() : 1;
  return value > 0 && value < 1000 ? value : 1;
}

function uprightMatrix(turns: number, [left, bottom, right, top]: Box): Matrix {
  if (turns === 1) return [0, -1, 1, 0, -bottom, right];
  if (turns === 2) return [-1, 0, 0, -1, right, top];
  if (turns === 3) return [0, 1, -1, 0, top, -left];
  return [1, 0, 0, 1, -left, -bottom];
}
