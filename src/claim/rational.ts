import { ClaimError } from './claim-error.ts';

/**
 * Exact fractions of two bigints. Interest is summed in them without loss and rounded to the
 * cent once, so that the order of additions can never move a cent.
 */
export interface Rational {
  readonly n: bigint;
  /** Above zero, and without a common factor with `n`. */
  readonly d: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** n / d in lowest terms; RangeError when d is zero. */
export function rational(n: bigint, d = 1n): Rational {
  if (d === 0n) throw new RangeError('a fraction cannot have the denominator zero');
  const sign = d < 0n ? -1n : 1n;
  const common = gcd(n, d * sign);
  return { n: (n * sign) / common, d: (d * sign) / common };
}

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

export const plus = (a: Rational, b: Rational): Rational =>
  rational(a.n * b.d + b.n * a.d, a.d * b.d);
export const minus = (a: Rational, b: Rational): Rational =>
  rational(a.n * b.d - b.n * a.d, a.d * b.d);
export const times = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d);

/** a / b; RangeError when b is zero. */
export const over = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n);

/** Below, at or above zero as a is less than, equal to or more than b. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const maximum = (a: Rational, b: Rational): Rational => (compare(a, b) >= 0 ? a : b);
export const minimum = (a: Rational, b: Rational): Rational => (compare(a, b) <= 0 ? a : b);

/** Longer than any rate or amount: the arithmetic takes time by the square of the digits. */
export const MAX_DECIMAL_LENGTH = 60;

/**
 * A plain decimal ("0.144", "-3") as a fraction.
 * @throws {ClaimError} MONEY_INVALID for anything else, or over 60 characters
 */
export function parseDecimal(text: string): Rational {
  const match = text.length > MAX_DECIMAL_LENGTH ? null : /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) {
    const what = `not a decimal: ${JSON.stringify(text.slice(0, 40))}`;
    throw new ClaimError('MONEY_INVALID', what, 'Write it with digits and at most one point.');
  }
  const decimals = match[3] ?? '';
  const digits = BigInt(`${match[2]}${decimals}`);
  return rational(match[1] === '-' ? -digits : digits, 10n ** BigInt(decimals.length));
}

function floor(value: Rational): bigint {
  const quotient = value.n / value.d;
  return value.n < 0n && quotient * value.d !== value.n ? quotient - 1n : quotient;
}

/** The nearest whole number; a half goes up (四舍五入 for amounts, which are not negative). */
export function roundHalfUp(value: Rational): bigint {
  return floor(rational(value.n * 2n + value.d, value.d * 2n));
}

/** The smallest whole number that is not below the value. */
export function roundUp(value: Rational): bigint {
  return -floor({ n: -value.n, d: value.d });
}

/** The value with exactly `digits` decimals, rounded half up. */
export function toFixed(value: Rational, digits: number): string {
  const scaled = roundHalfUp(times(value, rational(10n ** BigInt(digits))));
  const text = (scaled < 0n ? -scaled : scaled).toString().padStart(digits + 1, '0');
  const sign = scaled < 0n ? '-' : '';
  const whole = text.slice(0, text.length - digits);
  return digits === 0 ? `${sign}${text}` : `${sign}${whole}.${text.slice(-digits)}`;
}
