/** One figure: with `--json`, one object a line. */
export interface BenchResult {
  name: string;
  value: number;
  unit: string;
  /** The same work without what is ours, measured in the same run; same unit. */
  floor?: number;
  /** `value` / `floor`. */
  ratio?: number;
  [more: string]: string | number | undefined;
}

/** The result as a line for people. */
export function describeResult({ name, value, unit, floor, ratio, ...more }: BenchResult): string {
  const details = Object.entries(more).map(([key, text]) => `${key} ${text}`);
  const beside =
    floor === undefined
      ? ''
      : `, floor ${round(floor)} ${unit}, ratio ${ratio === undefined ? '' : ratio.toFixed(3)}`;
  return `${name}: ${round(value)} ${unit}${beside}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
