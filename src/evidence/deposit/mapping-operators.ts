import type { Json } from '../../formats/jcs.ts';
import {
  addMonths,
  type DateStyle,
  dateFormatProblem,
  dateReader,
  dayOfMonthAfter,
} from './mapping-date.ts';
import { readDecimal, toHalfWidth } from './mapping-decimal.ts';
import { RowError, type RowErrorCode } from './mapping-errors.ts';
import type { Expression } from './mapping-expression.ts';
import type { ColumnScope, RowScope } from './mapping-scope.ts';

/** A compiled expression: its value for a row, undefined when there is none. */
export type Evaluate = (row: RowScope) => Json | undefined;
/** Compiles the expressions of one step against the columns its files really have. */
export interface Compiler {
  scope: ColumnScope;
  timezone: string | undefined;
  /** Collects `place: reason`, so that all problems are told at once. */
  problem(at: string, reason: string): void;
}

/** One member of the union of expressions. */
export type Op<Name extends Expression['op']> = Extract<Expression, { op: Name }>;

/** Compiles an operand of the expression at hand. */
export type Inner = (of: Expression, place?: string) => Evaluate;

/** A calendar day some months later. */
export function compileAddMonths(expression: Op<'addMonths'>, inner: Inner): Evaluate {
  const date = compileAsText(expression.of, inner);
  const months = compileAsText(expression.months, inner);
  return (row) => {
    const [from, count] = [date(row), months(row)];
    if (from === undefined || count === undefined) return undefined;
    if (!/^\d{4}-\d\d-\d\d/.test(from)) throw notDate(expression.of, from);
    if (/^\d{1,4}$/.test(count)) return addMonths(from, Number(count));
    throw failure('INTEGER_INVALID', 'is no number of months', expression.months, count);
  };
}

const notDate = (of: Expression, value: string) =>
  failure('DATE_INVALID', 'is no date of a declared format, or no day of the calendar', of, value);

/** Dates, and what the source had added to their month. */
export function compileDate(
  compiler: Compiler,
  expression: Op<'date' | 'monthOffset'>,
  inner: Inner,
  at: string,
): Evaluate {
  const { century, monthOffsets, format: formats } = expression;
  const timezone = expression.timezone ?? compiler.timezone;
  const style: DateStyle = { formats, century, monthOffsets, timezone };
  for (const format of formats) {
    const reason = dateFormatProblem(format, style);
    if (reason !== undefined) compiler.problem(at, `format "${format}" ${reason}`);
  }
  const text = compileAsText(expression.of, inner);
  const read = dateReader(style);
  return (row) => {
    const written = text(row);
    if (written === undefined) return undefined;
    const found = read(written);
    if (found === undefined) throw notDate(expression.of, written);
    return expression.op === 'date' ? found.date : String(found.monthOffset);
  };
}

type TextOp = Op<'decimal' | 'integer' | 'dayOfMonth' | 'slice'>;

/** The operators that turn one text into one value and know nothing of columns. */
export function compileText(expression: TextOp, inner: Inner): Evaluate {
  const read = compileAsText(expression.of, inner);
  const apply = textOperator(expression);
  return (row) => {
    const text = read(row);
    return text === undefined ? undefined : apply(text);
  };
}

function textOperator(expression: TextOp): (text: string) => Json | undefined {
  switch (expression.op) {
    case 'decimal':
      return (text) => {
        const number = readDecimal(text, expression);
        if (number !== undefined) return number;
        throw failure('DECIMAL_INVALID', describeDecimal(expression), expression.of, text);
      };
    case 'integer':
      return (text) => readInteger(expression, text);
    case 'dayOfMonth':
      return (text) => {
        if (/^\d{4}-\d\d-\d\d/.test(text)) return dayOfMonthAfter(text, expression.day);
        throw notDate(expression.of, text);
      };
    case 'slice':
      return (text) => [...text].slice(expression.from, expression.to).join('') || undefined;
  }
}

function describeDecimal({ point, thousands, scale, negative }: Op<'decimal'>): string {
  const groups = thousands === undefined ? 'no thousands separator' : `thousands "${thousands}"`;
  const digits = scale === undefined ? '' : `, at most ${scale} decimals`;
  const sign = negative === 'forbid' ? ', not negative' : '';
  return `is no number with decimal point "${point ?? '.'}", ${groups}${digits}${sign}`;
}

function readInteger({ of, min, max }: Op<'integer'>, text: string): number {
  const digits = readDecimal(text, { scale: 0 });
  const value = Number(digits);
  const inside =
    value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY);
  if (digits !== undefined && Number.isSafeInteger(value) && inside) return value;
  const range = `${min === undefined ? '' : ` from ${min}`}${max === undefined ? '' : ` up to ${max}`}`;
  throw failure('INTEGER_INVALID', `is no whole number${range}`, of, toHalfWidth(text));
}

/** The value as text: numbers and booleans as written, but no list, object or null. */
export function compileAsText(of: Expression, inner: Inner): (row: RowScope) => string | undefined {
  const evaluate = inner(of);
  return (row) => {
    const value = evaluate(row);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw failure('VALUE_INVALID', 'is no text', of);
  };
}

/** An error that says which column the user should look at. */
export function failure(
  code: RowErrorCode,
  reason: string,
  of: Expression,
  value?: string,
): RowError {
  const column = firstColumn(of);
  return new RowError(code, reason, {
    ...(column !== undefined && { column }),
    ...(value !== undefined && { value }),
  });
}

/** The column that an expression reads first: where the user should look. */
export function firstColumn(of: Expression): string | undefined {
  if (of.op === 'column') return of.column;
  if (of.op === 'template') return of.parts.flatMap((p) => ('column' in p ? [p.column] : []))[0];
  if ('of' in of) return firstColumn(of.of);
  const inside = of.op === 'when' ? [of.use] : 'items' in of ? of.items : [];
  return inside.map(firstColumn).find((column) => column !== undefined);
}
