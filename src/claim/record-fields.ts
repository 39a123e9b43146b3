import { z } from 'zod';
import { isLoanDate } from './calendar-date.ts';

/**
 * The field types that every structured record shares. Values that are hashed stay strings: a
 * JSON number would pass through a binary float, and `0.1` would no longer be what was agreed.
 */

/** Money: decimal string, at most 2 fraction digits, not negative, at most 16 whole digits. */
export const money = z
  .string()
  .regex(
    /^(0|[1-9]\d{0,15})(\.\d{1,2})?$/,
    'money is a decimal string with at most 2 fraction digits, such as "3151.00"',
  )
  .describe('Money: decimal text, at most 2 fraction digits, such as 3151.00');

/** Money of a balance, which may be below zero. */
export const signedMoney = z
  .string()
  .regex(
    /^-?(0|[1-9]\d{0,15})(\.\d{1,2})?$/,
    'money is a decimal string with at most 2 fraction digits, such as "-12.50"',
  )
  .describe('Money of a balance: as money, may be below zero');

export const positiveMoney = money
  .refine((text) => /[1-9]/.test(text), 'must be above zero')
  .describe('Money above zero: decimal text, at most 2 fraction digits, such as 3151.00');

/** A yearly rate as a fraction, 14.4 % = "0.144"; below 1, so that a percentage is noticed. */
export const rate = z
  .string()
  .regex(
    /^0(\.\d{1,10})?$/,
    'a rate is a fraction below 1 with at most 10 fraction digits: write 14.4 % as "0.144"',
  )
  .describe('Yearly rate as a fraction below 1: 14.4 % is 0.144');

/** An uplift on a rate as a fraction from 0 to 1: "0.5" raises 6.12 % to 9.18 %. */
export const uplift = z
  .string()
  .regex(
    /^(0(\.\d{1,10})?|1(\.0{1,10})?)$/,
    'an uplift is a fraction from 0 to 1: write 50 % as "0.5"',
  )
  .describe('Fraction from 0 to 1: 50 % is 0.5');

/** A calendar day from 1800 to 2999, YYYY-MM-DD. */
export const date = z
  .string()
  .refine(isLoanDate, 'a date is a day that exists, from 1800 to 2999, written YYYY-MM-DD')
  .describe('A day that exists, from 1800 to 2999, YYYY-MM-DD');

/** An instant, RFC 3339 with an offset. */
export const instant = z.iso
  .datetime({
    offset: true,
    error: 'an instant is RFC 3339 with an offset, such as 2025-03-12T09:30:00+08:00',
  })
  .describe('RFC 3339 date-time with offset');

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'a currency is an ISO 4217 code, such as CNY')
  .describe('ISO 4217 code');

export const text = z.string().min(1, 'must not be empty').max(500);
export const longText = z.string().min(1, 'must not be empty').max(20_000);
/** A score or the like as its source gave it. */
export const decimal = z
  .string()
  .regex(/^-?\d{1,9}(\.\d{1,10})?$/, 'a decimal string')
  .describe('Decimal text as the source gave it');
export const count = z.int().min(1).max(1200);
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 lower-case hex digits')
  .describe('SHA-256 of the original bytes, 64 lower-case hex digits');

/** What a lender knows besides; nothing reads it. It keeps the other fields closed, so that a slip is noticed. */
const extra = z.record(z.string().min(1).max(100), z.unknown()).optional();

/** A record: these fields, `extra`, and no others. */
export const record = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({ ...shape, extra });

/** How one payment is divided among the parts of a debt; parts that are absent are zero. */
export const split = z.strictObject({
  fees: money.optional(),
  interest: money.optional(),
  penalty: money.optional(),
  compound: money.optional(),
  principal: money.optional(),
  prepayment: money.optional(),
});
export type Split = z.infer<typeof split>;

/** One row of an agreed table of repayments. */
export const scheduleRow = z.strictObject({
  no: count,
  dueDate: date,
  principal: money,
  interest: money,
  fees: money.optional(),
  balanceAfter: money.optional(),
});
export type ScheduleRow = z.infer<typeof scheduleRow>;
