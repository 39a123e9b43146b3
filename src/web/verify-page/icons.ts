/// <reference lib="dom" />

/** Signs of a result; each has an outline of its own, so that it is told apart without colour. */
export type Sign = 'passed' | 'failed' | 'indeterminate' | 'none';

const SVG = 'http://www.w3.org/2000/svg';

const SHAPES: Record<Sign, { outline: string; mark: string }> = {
  passed: { outline: 'M24 3a21 21 0 1 0 0 42a21 21 0 1 0 0-42z', mark: 'M14 25l7 7l14-15' },
  failed: {
    outline: 'M15.5 3h17L45 15.500v17L32.500 45h-17L3 32.500v-17z',
    mark: 'M16 16l16 16M32 16L16 32',
  },
  indeterminate: {
    outline: 'M24 2l22 22l-22 22l-22-22z',
    mark: 'M18.500 19.500a5.500 5.500 0 1 1 8.500 4.600c-2 1.300-3 2.300-3 4.900M24 33.800v.4',
  },
  none: { outline: 'M5 5h38v38h-38z', mark: 'M15 24h18' },
};

/** The sign as an inline picture, silent for screen readers: the word beside it speaks. */
export function icon(sign: Sign): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 48 48');
  svg.setAttribute('class', `icon ${sign}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('focusable', 'false');
  const { outline, mark } = SHAPES[sign];
  svg.append(path('outline', outline), path('mark', mark));
  return svg;
}

function path(name: string, d: string): SVGPathElement {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('class', name);
  element.setAttribute('d', d);
  return element;
}
