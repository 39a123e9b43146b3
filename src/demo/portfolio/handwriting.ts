import type { Random } from './random.ts';
import type { Pen } from './scan-canvas.ts';

type Point = [number, number];

/** Stroke skeletons in a unit box, in writing order: enough for the air of a running hand. */
const STROKES: readonly (readonly Point[])[] = [
  [
    [0.08, 0.3],
    [0.45, 0.22],
    [0.92, 0.2],
  ],
  [
    [0.5, 0.02],
    [0.52, 0.45],
    [0.46, 0.98],
  ],
  [
    [0.56, 0.2],
    [0.4, 0.6],
    [0.02, 0.95],
  ],
  [
    [0.42, 0.42],
    [0.64, 0.7],
    [1, 0.92],
  ],
  [
    [0.16, 0.16],
    [0.14, 0.5],
    [0.3, 0.66],
    [0.66, 0.5],
    [0.8, 0.2],
  ],
  [
    [0.2, 0.62],
    [0.82, 0.52],
    [0.86, 0.7],
    [0.3, 0.92],
  ],
  [
    [0.7, 0.1],
    [0.9, 0.3],
    [0.72, 0.42],
    [0.6, 0.3],
    [0.86, 0.12],
  ],
  [
    [0.12, 0.48],
    [0.5, 0.44],
    [0.72, 0.4],
    [0.6, 0.8],
    [0.42, 0.78],
  ],
];

/**
 * Writes a signature in ink: each character a few curved strokes joined by hairlines. It belongs
 * to the stream, so the same stream signs alike on every paper.
 * @param count characters of the name
 * @param size height of a character in pixels
 */
export function drawSignature(
  pen: Pen,
  random: Random,
  at: { x: number; y: number; size: number },
  count: number,
): void {
  pen.save();
  pen.strokeStyle = 'rgba(22, 28, 66, 0.9)';
  pen.lineCap = 'round';
  for (let character = 0; character < count; character += 1) {
    const left = at.x + character * at.size * 0.86 + random.integer(-3, 3);
    const top = at.y - character * at.size * 0.06 + random.integer(-4, 4);
    drawCharacter(pen, random, [left, top], at.size);
  }
  pen.restore();
}

function drawCharacter(pen: Pen, random: Random, [left, top]: Point, size: number): void {
  const amount = random.integer(4, 6);
  let last: Point | undefined;
  for (let stroke = 0; stroke < amount; stroke += 1) {
    const path = random
      .pick(STROKES)
      .map(
        ([x, y]): Point => [
          left + (x + (random.fraction() - 0.5) * 0.14 + (0.5 - y) * 0.16) * size,
          top + (y + (random.fraction() - 0.5) * 0.14) * size,
        ],
      );
    if (last !== undefined && random.integer(0, 2) > 0) inkPath(pen, [last, path[0] ?? last], 0.25);
    inkPath(pen, path, size / 40);
    last = path[path.length - 1];
  }
}

/** Runs along a Catmull-Rom spline; the pen presses in the middle and lifts at both ends. */
function inkPath(pen: Pen, points: readonly Point[], press: number): void {
  const steps = 14;
  let previous = points[0];
  for (let segment = 0; segment + 1 < points.length; segment += 1) {
    for (let step = 1; step <= steps; step += 1) {
      const next = splinePoint(points, segment, step / steps);
      const along = (segment + step / steps) / (points.length - 1);
      pen.lineWidth = 0.8 + press * (0.35 + Math.sin(along * Math.PI));
      pen.beginPath();
      pen.moveTo(...(previous ?? next));
      pen.lineTo(...next);
      pen.stroke();
      previous = next;
    }
  }
}

function splinePoint(points: readonly Point[], segment: number, t: number): Point {
  const clamp = (index: number): Point =>
    points[Math.min(Math.max(index, 0), points.length - 1)] ?? [0, 0];
  const [a, b, c, d] = [-1, 0, 1, 2].map((step) => clamp(segment + step)) as [
    Point,
    Point,
    Point,
    Point,
  ];
  const axis = (index: 0 | 1): number =>
    0.5 *
    (2 * b[index] +
      (c[index] - a[index]) * t +
      (2 * a[index] - 5 * b[index] + 4 * c[index] - d[index]) * t * t +
      (3 * b[index] - a[index] - 3 * c[index] + d[index]) * t * t * t);
  return [axis(0), axis(1)];
}
