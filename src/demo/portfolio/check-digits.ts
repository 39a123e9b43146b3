const IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const IDENTITY_CHECKS = '10X98765432';
const CREDIT_CODE_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const CREDIT_CODE_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const CARD_BODY = /^\d{15,18}$/;

/**
 * The 18th character of a citizen identity number (GB 11643-1999, ISO 7064 MOD 11-2).
 * @param body the first 17 digits
 */
export function identityCheckDigit(body: string): string {
  if (!/^\d{17}$/.test(body)) throw new RangeError('identity number: 17 digits are needed');
  const sum = IDENTITY_WEIGHTS.reduce((total, weight, at) => total + weight * Number(body[at]), 0);
  return IDENTITY_CHECKS[sum % 11] as string;
}

/**
 * The 18th character of a unified social credit code (GB 32100-2015, MOD 31).
 * @param body the first 17 characters of the standard's alphabet (no I, O, S, V, Z)
 */
export function creditCodeCheckCharacter(body: string): string {
  const values = [...body].map((character) => CREDIT_CODE_ALPHABET.indexOf(character));
  if (values.length !== 17 || values.includes(-1)) {
    throw new RangeError(`credit code: 17 characters of the alphabet are needed, got ${body}`);
  }
  const sum = CREDIT_CODE_WEIGHTS.reduce((total, w, at) => total + w * (values[at] ?? 0), 0);
  return CREDIT_CODE_ALPHABET[(31 - (sum % 31)) % 31] as string;
}

/**
 * The organisation code's own check character (GB 11714-1997, MOD 11): characters 9 to 17 of a
 * unified social credit code end with it.
 * @param body the first eight characters
 */
export function organisationCheckCharacter(body: string): string {
  const weights = [3, 7, 9, 10, 5, 8, 4, 2];
  const value = (character: string): number => Number.parseInt(character, 36);
  const sum = weights.reduce((total, weight, at) => total + weight * value(body[at] ?? '0'), 0);
  const check = 11 - (sum % 11);
  if (check === 10) return 'X';
  return check === 11 ? '0' : String(check);
}

/**
 * Appends the Luhn digit of a bank-card number (GB/T 15694.1, ISO/IEC 7812-1).
 * @param body all digits but the last
 */
export function withLuhnDigit(body: string): string {
  if (!CARD_BODY.test(body)) throw new RangeError('card number: 15 to 18 digits are needed');
  const sum = [...body].reverse().reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return body + String((10 - (sum % 10)) % 10);
}
