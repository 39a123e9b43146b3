import { ClaimError } from './claim-error.ts';
import { MAX_DECIMAL_LENGTH } from './rational.ts';

/** An amount in hundredths of its currency: 3151.00 is 315100n. */
export type Cents = bigint;

/** The smaller of two amounts. */
export function lesser(a: Cents, b: Cents): Cents {
  if (a < b) return a;
  return b;
}

const MONEY = /^(-?)(\d+)(?:\.(\d{1,2}))?$/;

/**
 * Cents of a decimal string with at most 2 fraction digits and 60 characters.
 * @throws {ClaimError} MONEY_INVALID for any other text.
 */
export function parseMoney(text: string): Cents {
  const match = text.length > MAX_DECIMAL_LENGTH ? null : MONEY.exec(text);
  if (match === null) {
    throw new ClaimError(
      'MONEY_INVALID',
      `not an amount: ${JSON.stringify(text.slice(0, 40))}`,
      'Write money as a decimal string with at most 2 fraction digits.',
    );
  }
  const cents = BigInt(`${match[2]}${(match[3] ?? '').padEnd(2, '0')}`);
  return match[1] === '-' ? -cents : cents;
}

/** "3151.00": always two fraction digits, no grouping; the form that is hashed. */
export function formatMoney(cents: Cents): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** "1,234,567.89": for people. Chinese documents group by thousands too. */
export function formatMoneyGrouped(cents: Cents): string {
  const [whole = '', fraction = ''] = formatMoney(cents).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction}`;
}

const DIGITS = '零壹贰叁肆伍陆柒捌玖';
const PLACES = ['', '拾', '佰', '仟'];
const GROUPS = ['', '万', '亿', '万亿', '亿亿'];

/** The digits of one group of four (千百十个), e.g. 1005 -> 壹仟零伍; '' for zero. */
function groupInWords(group: number): string {
  let words = '';
  let gap = false;
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit === 0) {
      gap = words !== '';
      continue;
    }
    words += `${gap ? '零' : ''}${DIGITS[digit]}${PLACES[place]}`;
    gap = false;
  }
  return words;
}

function wholeInWords(whole: bigint): string {
  let words = '';
  let gap = false;
  for (let index = GROUPS.length - 1; index >= 0; index -= 1) {
    const group = Number((whole / 10_000n ** BigInt(index)) % 10_000n);
    if (group === 0) {
      gap = words !== '';
      continue;
    }
    const zero = words !== '' && (gap || group < 1000) ? '零' : '';
    words += `${zero}${groupInWords(group)}${GROUPS[index]}`;
    gap = false;
  }
  return words;
}

function fractionInWords(cents: number, afterWhole: boolean): string {
  const [jiao, fen] = [Math.floor(cents / 10), cents % 10];
  if (jiao === 0 && fen === 0) return '整';
  if (fen === 0) return `${DIGITS[jiao]}角整`;
  const tens = jiao === 0 ? (afterWhole ? '零' : '') : `${DIGITS[jiao]}角`;
  return `${tens}${DIGITS[fen]}分`;
}

/**
 * The amount in words as Chinese bills write it (大写金额), without a currency prefix: 16409.02
 * -> 壹万陆仟肆佰零玖元零贰分. Rules: 支付结算办法 annex 1 (正确填写票据和结算凭证的基本规定).
 * @throws {ClaimError} MONEY_INVALID for a negative amount or one of 10^20 and more.
 */
export function moneyInWords(cents: Cents, _language: 'cn' = 'cn'): string {
  if (cents < 0n || cents >= 10n ** 22n) {
    throw new ClaimError(
      'MONEY_INVALID',
      `no words for the amount ${formatMoney(cents)}`,
      'Write a negative or very large amount in digits.',
    );
  }
  const whole = wholeInWords(cents / 100n);
  const fraction = fractionInWords(Number(cents % 100n), whole !== '');
  if (whole === '') return cents === 0n ? '零元整' : fraction;
  return `${whole}元${fraction}`;
}
