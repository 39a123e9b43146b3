import type { Json } from '../../formats/jcs.ts';
import { compareDecimals, readDecimal } from './mapping-decimal.ts';
import { didYouMean } from './mapping-errors.ts';
import type { Condition, Expression } from './mapping-expression.ts';
import {
  type Compiler,
  compileAddMonths,
  compileAsText,
  compileDate,
  compileText,
  type Evaluate,
  failure,
  type Inner,
  type Op,
} from './mapping-operators.ts';
import { cellText, type RowScope } from './mapping-scope.ts';

/** A compiled condition. */
export type Test = (row: RowScope) => boolean;

/** Makes the function that computes `expression`; problems go to the compiler's list. */
export function compileExpression(
  compiler: Compiler,
  expression: Expression,
  at: string,
): Evaluate {
  const inner = (of: Expression, place = at) => compileExpression(compiler, of, place);
  switch (expression.op) {
    case 'template':
      return compileTemplate(compiler, expression, at);
    case 'column':
      return compileColumn(compiler, expression, at);
    case 'const':
      return () => expression.value;
    case 'object':
      return compileObject(expression, inner, at);
    case 'list':
      return compileList(expression.items.map((item) => inner(item)));
    case 'first':
      return compileFirst(expression.items.map((item) => inner(item)));
    case 'concat':
      return compileConcat(expression, inner);
    case 'when': {
      const test = compileCondition(compiler, expression.if, at);
      const use = inner(expression.use);
      const otherwise = expression.otherwise ? inner(expression.otherwise) : () => undefined;
      return (row) => (test(row) ? use(row) : otherwise(row));
    }
    case 'map':
      return compileMap(expression, inner);
    case 'addMonths':
      return compileAddMonths(expression, inner);
    case 'date':
    case 'monthOffset':
      return compileDate(compiler, expression, inner, at);
    default:
      return compileText(expression, inner);
  }
}

function compileTemplate(compiler: Compiler, { parts }: Op<'template'>, at: string): Evaluate {
  const pieces = parts.map((part): Evaluate => {
    if ('text' in part) return () => part.text;
    return compileColumn(compiler, { op: 'column', column: part.column }, at);
  });
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  return (row) => {
    let text = '';
    for (const piece of pieces) {
      const value = piece(row);
      if (value === undefined) return undefined;
      text += value;
    }
    return text;
  };
}

function compileColumn(compiler: Compiler, of: Op<'column'>, at: string): Evaluate {
  const ref = compiler.scope.resolve(of.column);
  if (typeof ref === 'string') {
    compiler.problem(at, ref);
    return () => undefined;
  }
  const absent = of.absent === undefined ? undefined : new Set(['', ...of.absent]);
  return (row) => cellText(row, ref, absent);
}

function compileObject({ fields }: Op<'object'>, inner: Inner, at: string): Evaluate {
  const compiled = compileFields(fields, inner, at);
  return (row) => {
    const value = compiled(row);
    return Object.keys(value).length === 0 ? undefined : value;
  };
}

/** The members of an object; one whose value is absent is left out. */
export function compileFields(fields: Map<string, Expression>, inner: Inner, at: string) {
  const members = [...fields].map(([name, of]) => [name, inner(of, `${at}.${name}`)] as const);
  return (row: RowScope): Record<string, Json> => {
    const present: [string, Json][] = [];
    for (const [name, evaluate] of members) {
      const value = evaluate(row);
      if (value !== undefined) present.push([name, value]);
    }
    return Object.fromEntries(present);
  };
}

function compileList(items: Evaluate[]): Evaluate {
  return (row) => items.map((item) => item(row)).filter((value) => value !== undefined);
}

function compileFirst(items: Evaluate[]): Evaluate {
  return (row) => {
    for (const item of items) {
      const value = item(row);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function compileConcat(expression: Op<'concat'>, inner: Inner): Evaluate {
  const items = expression.items.map((of) => compileAsText(of, inner));
  return (row) => {
    const texts = items.map((item) => item(row)).filter((text) => text !== undefined);
    return texts.length === 0 ? undefined : texts.join(expression.separator);
  };
}

function compileMap(expression: Op<'map'>, inner: Inner): Evaluate {
  const read = compileAsText(expression.of, inner);
  const otherwise = expression.otherwise ? inner(expression.otherwise) : undefined;
  return (row) => {
    const code = read(row);
    const value = code === undefined ? undefined : expression.table.get(code);
    if (value !== undefined) return value;
    if (otherwise !== undefined) return otherwise(row);
    if (code === undefined) return undefined;
    throw failure('CODE_UNKNOWN', 'is not in the code table', expression.of, code);
  };
}

/** Makes the function that answers `condition` for a row. */
export function compileCondition(compiler: Compiler, condition: Condition, at: string): Test {
  const again = (of: Condition) => compileCondition(compiler, of, at);
  const inner: Inner = (of, place = at) => compileExpression(compiler, of, place);
  switch (condition.test) {
    case 'all':
      return every(condition.of.map(again));
    case 'any':
      return some(condition.of.map(again));
    case 'not': {
      const test = again(condition.of);
      return (row) => !test(row);
    }
    case 'joined':
      return compileJoined(compiler, condition.join, at);
    case 'in': {
      const text = compileAsText(condition.value, inner);
      return (row) => condition.texts.has(text(row) ?? '\0');
    }
    case 'present': {
      const value = inner(condition.value);
      return (row) => (value(row) !== undefined) === condition.wanted;
    }
    default:
      return compileLimit(condition, inner);
  }
}

const every =
  (tests: Test[]): Test =>
  (row) =>
    tests.every((test) => test(row));
const some =
  (tests: Test[]): Test =>
  (row) =>
    tests.some((test) => test(row));

function compileJoined(compiler: Compiler, join: string, at: string): Test {
  const slot = compiler.scope.slotOf(join);
  if (slot !== undefined) return (row) => row.has(slot);
  compiler.problem(at, `no join "${join}"${didYouMean(join, compiler.scope.aliases())}`);
  return () => false;
}

function compileLimit(condition: Extract<Condition, { limit: string }>, inner: Inner): Test {
  const text = compileAsText(condition.value, inner);
  const sign = condition.test === 'above' ? 1 : -1;
  return (row) => {
    const written = text(row);
    if (written === undefined) return false;
    const number = readDecimal(written, {});
    if (number === undefined) {
      throw failure('DECIMAL_INVALID', 'is no number to compare', condition.value, written);
    }
    return compareDecimals(number, condition.limit) * sign > 0;
  };
}
