import { isLoanDate } from '../../../claim/calendar-date.ts';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';

/** What a citizen identity number says of its holder. */
export interface IdentityNumber {
  birthDate: string;
  gender: 'male' | 'female';
}

/**
 * Reads an 18-character citizen identity number: check character by ISO 7064 MOD 11-2, birth date
 * in positions 7 to 14, sequence code odd for men (GB 11643-1999). Undefined when form, check
 * character or date are wrong.
 */
export function readIdentityNumber(number: string): IdentityNumber | undefined {
  if (!/^\d{17}[\dX]$/.test(number)) return undefined;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  if (CHECKS[sum % 11] !== number[17]) return undefined;
  const birthDate = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isLoanDate(birthDate)) return undefined;
  return { birthDate, gender: Number(number[16]) % 2 === 1 ? 'male' : 'female' };
}
