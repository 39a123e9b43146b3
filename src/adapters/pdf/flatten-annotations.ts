import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRef,
  PDFStream,
} from 'pdf-lib';
import type { Drawing } from './bundle-page.ts';
import { compose, IDENTITY, type Matrix, scaling, transformBox, translation } from './matrix.ts';
import type { CopyObject } from './object-copier.ts';
import { readBox } from './page-geometry.ts';
import { CannotMerge } from './slip-reason.ts';

const HIDDEN = 2;
const NO_VIEW = 32;
/** Drawn by no reader as part of the page, or only as a clickable area. */
const WITHOUT_APPEARANCE = new Set(['Link', 'Popup', 'Movie', 'Screen', 'Sound', 'TrapNet']);

/** Marks that a reader draws by itself when their appearance is missing. */
const DRAWN_MARKS = new Set(
  'Highlight Underline StrikeOut Squiggly Line Square Circle Polygon PolyLine Ink Stamp'.split(' '),
);

/**
 * What the page's annotations and form fields show, as drawings in the page's own space; their
 * links, actions and scripts are left behind.
 * @throws CannotMerge fields-not-shown: a field or a mark has no appearance of its own
 */
export function flattenAnnotations(page: PDFDict, copy: CopyObject, target: PDFContext): Drawing[] {
  const list = page.lookup(PDFName.of('Annots'));
  if (!(list instanceof PDFArray)) return [];
  const drawings: Drawing[] = [];
  for (let index = 0; index < list.size(); index++) {
    const annotation = list.lookup(index);
    if (!(annotation instanceof PDFDict) || !isShown(annotation)) continue;
    const drawing = drawAppearance(annotation, copy, target);
    if (drawing) drawings.push(drawing);
    else if (saysSomething(annotation)) throw new CannotMerge('fields-not-shown');
  }
  return drawings;
}

function isShown(annotation: PDFDict): boolean {
  if (WITHOUT_APPEARANCE.has(nameOf(annotation.lookup(PDFName.of('Subtype'))))) return false;
  const flags = annotation.lookup(PDFName.of('F'));
  return !(flags instanceof PDFNumber && (flags.asNumber() & (HIDDEN | NO_VIEW)) !== 0);
}

/** The algorithm of ISO 32000-1, 12.5.5: the appearance's box, transformed, is fitted to Rect. */
function drawAppearance(
  annotation: PDFDict,
  copy: CopyObject,
  target: PDFContext,
): Drawing | undefined {
  const found = appearanceOf(annotation);
  const rect = readBox(annotation.lookup(PDFName.of('Rect')));
  if (!found || !rect) return undefined;
  const box = readBox(found.stream.dict.lookup(PDFName.of('BBox')));
  if (!box) return undefined;
  const shown = transformBox(box, readMatrix(found.stream.dict));
  const [width, height] = [shown[2] - shown[0], shown[3] - shown[1]];
  if (!(width > 0 && height > 0)) return undefined;
  const fit = scaling((rect[2] - rect[0]) / width, (rect[3] - rect[1]) / height);
  const matrix = compose(
    compose(translation(-shown[0], -shown[1]), fit),
    translation(rect[0], rect[1]),
  );
  const xObject = copy(found.ref);
  const copied = target.lookup(xObject);
  if (!(xObject instanceof PDFRef && copied instanceof PDFStream)) return undefined;
  // Readers draw an appearance without its Subtype, but no form without it.
  copied.dict.set(PDFName.of('Subtype'), PDFName.of('Form'));
  return { xObject, matrix };
}

/** The normal appearance, or the one of the current state (a ticked box). */
function appearanceOf(annotation: PDFDict): { ref: PDFRef; stream: PDFStream } | undefined {
  const appearances = annotation.lookup(PDFName.of('AP'));
  if (!(appearances instanceof PDFDict)) return undefined;
  let entry = appearances.get(PDFName.of('N'));
  const states = annotation.context.lookup(entry);
  if (states instanceof PDFDict) {
    const state = annotation.lookup(PDFName.of('AS'));
    entry = state instanceof PDFName ? states.get(state) : undefined;
  }
  const stream = annotation.context.lookup(entry);
  return entry instanceof PDFRef && stream instanceof PDFStream
    ? { ref: entry, stream }
    : undefined;
}

function readMatrix(dict: PDFDict): Matrix {
  const list = dict.lookup(PDFName.of('Matrix'));
  if (!(list instanceof PDFArray) || list.size() !== 6) return IDENTITY;
  const at = (index: number): number => {
    const item = list.lookup(index);
    return item instanceof PDFNumber ? item.asNumber() : 0;
  };
  return [at(0), at(1), at(2), at(3), at(4), at(5)];
}

/** A mark, a text note or a filled field whose look only its dictionary describes. */
function saysSomething(annotation: PDFDict): boolean {
  const subtype = nameOf(annotation.lookup(PDFName.of('Subtype')));
  if (DRAWN_MARKS.has(subtype)) return true;
  if (subtype === 'FreeText') return hasText(annotation.lookup(PDFName.of('Contents')));
  if (subtype !== 'Widget') return false;
  const type = nameOf(fieldAttribute(annotation, 'FT'));
  return (type === 'Tx' || type === 'Ch') && hasText(fieldAttribute(annotation, 'V'));
}

function fieldAttribute(widget: PDFDict, key: string): PDFObject | undefined {
  let field: PDFObject | undefined = widget;
  for (let depth = 0; field instanceof PDFDict && depth < 32; depth++) {
    const value: PDFObject | undefined = field.lookup(PDFName.of(key));
    if (value) return value;
    field = field.lookup(PDFName.of('Parent'));
  }
  return undefined;
}

function hasText(value: PDFObject | undefined): boolean {
  return value !== undefined && !/^(\(\)|<>|\[\s*\]|null)$/.test(value.toString());
}

function nameOf(object: PDFObject | undefined): string {
  return object instanceof PDFName ? object.decodeText() : '';
}
