import type { Cell } from '../../evidence/deposit/ports.ts';

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Digits that a spreadsheet keeps and shows; beyond them its numbers are noise of the double. */
const DIGITS = 15;

function position(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits.padEnd(point, '0');
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * The number that a cell shows, exactly, from the text in the file. Spreadsheets write doubles
 * with up to 17 digits (`702.90000000000009` for 702.9) but keep only 15; the text is rounded to
 * those 15, digit by digit and never through a float. A whole number of more than 15 digits, such
 * as an identity number typed as a number, has already lost digits and is told as unreadable.
 */
export function spreadsheetNumber(text: string): Cell {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === '') return { unreadable: 'holds a number that is written in no known way' };
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  if (digits === '') return '0';
  const point = whole.length + Number(exponent) - (all.length - digits.length);
  const kept = digits.replace(/0+$/, '');
  if (point > DIGITS) {
    return { unreadable: 'holds a number of more than 15 digits: store it as text' };
  }
  if (kept.length <= DIGITS) return sign + position(kept, point);
  const rounded = BigInt(kept.slice(0, DIGITS)) + ((kept[DIGITS] ?? '0') >= '5' ? 1n : 0n);
  const carry = String(rounded).length - DIGITS;
  return sign + position(String(rounded).replace(/0+$/, ''), point + carry);
}
