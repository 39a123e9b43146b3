/** How numbers are written in a column. */
export interface DecimalStyle {
  /** The decimal sign; default `.`. */
  point?: '.' | ',' | undefined;
  /** The sign between groups of three digits; without it a grouped number is refused. */
  thousands?: ',' | '.' | ' ' | "'" | undefined;
  /** Marks around the number that mean nothing, such as `¥` or `元`. */
  strip?: readonly string[] | undefined;
  /** Multiplies by 10 to this power: -2 reads cents, 4 reads 万元. */
  shift?: number | undefined;
  /** Digits after the point in the result; more digits than that are refused unless zero. */
  scale?: number | undefined;
  /** Default `allow`; `forbid` refuses, `absolute` drops the sign. */
  negative?: 'allow' | 'forbid' | 'absolute' | undefined;
}

/** Full-width digits and signs, common in Chinese spreadsheets, to their ASCII forms. */
export function toHalfWidth(text: string): string {
  return text.replace(/[！-～]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0));
}

const SPACES = /[ \u00a0\u2009\u202f]/g;

function plainNumber(text: string, style: DecimalStyle): string | undefined {
  let body = toHalfWidth(text).trim().replace('\u2212', '-');
  for (const mark of style.strip ?? []) body = body.split(toHalfWidth(mark)).join('').trim();
  const sign = body.startsWith('-') ? '-' : '';
  body = body.replace(/^[+-]/, '').trim();
  const point = style.point ?? '.';
  const [whole = '', fraction, ...rest] = body.split(point);
  if (rest.length > 0) return undefined;
  const grouped = style.thousands === ' ' ? whole.replace(SPACES, ' ') : whole;
  const groups = style.thousands === undefined ? [grouped] : grouped.split(style.thousands);
  if (groups.length > 1 && !groups.every((group, at) => isGroup(group, at))) return undefined;
  const digits = groups.join('');
  if (!/^\d{1,30}$/.test(digits)) return undefined;
  if (fraction !== undefined && !/^\d{1,30}$/.test(fraction)) return undefined;
  return `${sign}${digits}${fraction === undefined ? '' : `.${fraction}`}`;
}

const isGroup = (group: string, at: number) =>
  at === 0 ? /^\d{1,3}$/.test(group) : /^\d{3}$/.test(group);

function shiftPoint(whole: string, fraction: string, shift: number): [string, string] {
  if (shift >= 0) {
    const padded = fraction.padEnd(shift, '0');
    return [whole + padded.slice(0, shift), padded.slice(shift)];
  }
  const padded = whole.padStart(1 - shift, '0');
  return [padded.slice(0, shift), padded.slice(shift) + fraction];
}

function fitScale(fraction: string, scale: number | undefined): string | undefined {
  if (scale === undefined) return fraction;
  if (/[1-9]/.test(fraction.slice(scale))) return undefined;
  return fraction.slice(0, scale).padEnd(scale, '0');
}

/**
 * Reads a number exactly, by text alone.
 * @returns the canonical decimal text (`-1234.50`: no leading zeros, no plus, no separators), or
 *   undefined when the text is not such a number
 */
export function readDecimal(text: string, style: DecimalStyle): string | undefined {
  const plain = plainNumber(text, style);
  if (plain === undefined) return undefined;
  const negative = plain.startsWith('-');
  const [digits = '', decimals = ''] = plain.replace('-', '').split('.');
  const [whole, rest] = shiftPoint(digits, decimals, style.shift ?? 0);
  const fraction = fitScale(rest, style.scale);
  if (fraction === undefined) return undefined;
  const number = `${whole.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`;
  if (!negative || !/[1-9]/.test(number)) return number;
  if (style.negative === 'forbid') return undefined;
  return style.negative === 'absolute' ? number : `-${number}`;
}

/** Compares two canonical decimals: negative, zero or positive, like a sort function. */
export function compareDecimals(a: string, b: string): number {
  const places = Math.max(a.split('.')[1]?.length ?? 0, b.split('.')[1]?.length ?? 0);
  const units = (text: string) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(places, '0'));
  };
  const [left, right] = [units(a), units(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
