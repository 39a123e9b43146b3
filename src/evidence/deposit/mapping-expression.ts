import { z } from 'zod';
import type { Json } from '../../formats/jcs.ts';
import { dateFormatProblem } from './mapping-date.ts';
import { didYouMean } from './mapping-errors.ts';
import { parseTemplate, type TemplatePart } from './mapping-template.ts';

/** A field of the mapping, as read from the profile. `of` is the expression that it works on. */
export type Expression =
  | { op: 'template'; parts: TemplatePart[] }
  | { op: 'column'; column: string; absent?: string[] | undefined }
  | { op: 'const'; value: Json }
  | ({ op: 'decimal'; of: Expression } & z.output<typeof decimalOptions>)
  | { op: 'integer'; of: Expression; min?: number | undefined; max?: number | undefined }
  | ({ op: 'date' | 'monthOffset'; of: Expression } & z.output<typeof dateOptions>)
  | { op: 'dayOfMonth'; day: number; of: Expression }
  | { op: 'addMonths'; of: Expression; months: Expression }
  | { op: 'map'; of: Expression; table: Map<string, Json>; otherwise?: Expression | undefined }
  | { op: 'concat'; items: Expression[]; separator: string }
  | { op: 'first'; items: Expression[] }
  | { op: 'slice'; of: Expression; from: number; to?: number | undefined }
  | { op: 'when'; if: Condition; use: Expression; otherwise?: Expression | undefined }
  | { op: 'object'; fields: Map<string, Expression> }
  | { op: 'list'; items: Expression[] };

/** A yes-or-no question about a row. */
export type Condition =
  | { test: 'all' | 'any'; of: Condition[] }
  | { test: 'not'; of: Condition }
  | { test: 'joined'; join: string }
  | { test: 'in'; value: Expression; texts: Set<string> }
  | { test: 'present'; value: Expression; wanted: boolean }
  | { test: 'above' | 'below'; value: Expression; limit: string };

/** An object whose misspelt keys are answered with the nearest right one. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const keys = issue.keys as string[];
      return keys.map((key) => `unknown "${key}"${didYouMean(key, Object.keys(shape))}`).join('; ');
    },
  });
}

const problem = (message: string, input: unknown) => ({ code: 'custom' as const, message, input });

/** Hands on the errors of an inner schema; zod puts the outer path before them. */
function forward(error: z.ZodError, input: unknown, ctx: z.RefinementCtx): void {
  for (const { path, message } of error.issues) {
    ctx.issues.push({ code: 'custom', path: [...path], message, input });
  }
}

/** Chooses the schema by the key that names the operator, so that its errors are to the point. */
function byOperator<T>(what: string, schemas: () => Record<string, z.ZodType<T>>): z.ZodType<T> {
  return z.unknown().transform((raw, ctx): T => {
    const known = schemas();
    const keys = typeof raw === 'object' && raw !== null ? Object.keys(raw) : [];
    const schema = keys.map((key) => Object.hasOwn(known, key) && known[key]).find(Boolean);
    if (!schema) {
      const hint = keys.map((key) => didYouMean(key, Object.keys(known))).find((text) => text);
      const list = Object.keys(known).join(', ');
      ctx.issues.push(problem(`is no ${what}${hint ?? ''} (one of: ${list})`, raw));
      return z.NEVER;
    }
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    forward(result.error, raw, ctx);
    return z.NEVER;
  });
}

/** The offset of a time of day from UTC. */
export const timezoneSchema = z
  .string()
  .regex(/^(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/, 'needs Z or an offset such as +08:00');

const decimalOptions = z.object({
  point: z.enum(['.', ',']).optional(),
  thousands: z.enum([',', '.', ' ', "'"]).optional(),
  strip: z.array(z.string().min(1)).optional(),
  shift: z.int().min(-12).max(12).optional(),
  scale: z.int().min(0).max(12).optional(),
  negative: z.enum(['allow', 'forbid', 'absolute']).optional(),
});

const formats = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const dateOptions = z.object({
  format: formats.transform((value) => (typeof value === 'string' ? [value] : value)),
  century: z
    .union([z.int().multipleOf(100).min(0).max(9900), strict({ pivot: z.int().min(0).max(100) })])
    .optional(),
  monthOffsets: z.array(z.int().min(0).max(87)).min(1).optional(),
  timezone: timezoneSchema.optional(),
});

function checkDate(options: z.output<typeof dateOptions>, ctx: z.RefinementCtx): void {
  for (const format of options.format) {
    // A time zone may come from the profile, which is known only when the profile is compiled.
    const style = { ...options, formats: [format], timezone: options.timezone ?? 'Z' };
    const reason = dateFormatProblem(format, style);
    if (reason !== undefined) ctx.issues.push(problem(`format "${format}" ${reason}`, options));
  }
}

/** Whether a value holds a number that JSON would carry as a binary fraction. */
const hasFraction = (value: unknown): boolean =>
  typeof value === 'number'
    ? !Number.isSafeInteger(value)
    : typeof value === 'object' && value !== null && Object.values(value).some(hasFraction);

const jsonValue: z.ZodType<Json> = z
  .custom<Json>((value) => value !== undefined, 'needs a value')
  .refine((value) => !hasFraction(value), {
    error: 'write a number that is not whole as text, such as "4.75"',
  });

const template = z.string().transform((text, ctx): Expression => {
  const parts = parseTemplate(text);
  if (typeof parts !== 'string') return { op: 'template', parts };
  ctx.issues.push(problem(parts, text));
  return z.NEVER;
});

const self = z.lazy(() => expressionSchema);
const selves = z.lazy(() => z.array(expressionSchema).min(1));
const entries = <T>(record: Record<string, T>) => new Map(Object.entries(record));

const dateLike = (op: 'date' | 'monthOffset') =>
  strict({ [op]: self, ...dateOptions.shape } as { date: typeof self } & typeof dateOptions.shape)
    .superRefine(checkDate)
    .transform((raw): Expression => {
      const { [op as 'date']: of, ...options } = raw;
      return { op, of, ...options };
    });

const OPERATORS: Record<string, z.ZodType<Expression>> = {
  column: strict({ column: z.string(), absent: z.array(z.string()).optional() }).transform(
    (raw): Expression => ({ op: 'column', ...raw }),
  ),
  const: strict({ const: jsonValue }).transform(
    (raw): Expression => ({
      op: 'const',
      value: raw.const,
    }),
  ),
  template: strict({ template }).transform((raw) => raw.template),
  decimal: strict({ decimal: self, ...decimalOptions.shape })
    .refine((raw) => raw.thousands === undefined || raw.thousands !== (raw.point ?? '.'), {
      error: '"thousands" and "point" are the same sign',
    })
    .transform(({ decimal: of, ...options }): Expression => ({ op: 'decimal', of, ...options })),
  integer: strict({ integer: self, min: z.int().optional(), max: z.int().optional() }).transform(
    ({ integer: of, ...range }): Expression => ({ op: 'integer', of, ...range }),
  ),
  date: dateLike('date'),
  monthOffset: dateLike('monthOffset'),
  dayOfMonth: strict({ dayOfMonth: z.int().min(1).max(31), after: self }).transform(
    (raw): Expression => ({ op: 'dayOfMonth', day: raw.dayOfMonth, of: raw.after }),
  ),
  addMonths: strict({ addMonths: self, months: self }).transform(
    (raw): Expression => ({
      op: 'addMonths',
      of: raw.addMonths,
      months: raw.months,
    }),
  ),
  map: strict({
    map: self,
    table: z.record(z.string(), jsonValue).transform(entries),
    otherwise: self.optional(),
  }).transform(({ map: of, ...rest }): Expression => ({ op: 'map', of, ...rest })),
  concat: strict({ concat: selves, separator: z.string().default('') }).transform(
    (raw): Expression => ({ op: 'concat', items: raw.concat, separator: raw.separator }),
  ),
  first: strict({ first: selves }).transform(
    (raw): Expression => ({
      op: 'first',
      items: raw.first,
    }),
  ),
  slice: strict({ slice: self, from: z.int(), to: z.int().optional() }).transform(
    ({ slice: of, ...rest }): Expression => ({ op: 'slice', of, ...rest }),
  ),
  when: strict({
    when: z.lazy(() => conditionSchema),
    use: self,
    otherwise: self.optional(),
  }).transform(({ when, ...rest }): Expression => ({ op: 'when', if: when, ...rest })),
  object: strict({ object: z.lazy(() => z.record(z.string(), expressionSchema)) }).transform(
    (raw): Expression => ({ op: 'object', fields: entries(raw.object) }),
  ),
  list: strict({ list: selves }).transform((raw): Expression => ({ op: 'list', items: raw.list })),
};

/** `"text {column}"`, or an object with one operator key. */
export const expressionSchema: z.ZodType<Expression> = z
  .unknown()
  .transform((raw, ctx): Expression => {
    const schema = typeof raw === 'string' ? template : byOperator('expression', () => OPERATORS);
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    forward(result.error, raw, ctx);
    return z.NEVER;
  });

const limit = z.string().regex(/^-?\d+(\.\d+)?$/, 'needs a decimal as text, such as "0"');
const oneOf = (value: Expression, texts: string[]): Condition => ({
  test: 'in',
  value,
  texts: new Set(texts),
});

const CONDITIONS: Record<string, z.ZodType<Condition>> = {
  all: strict({ all: z.lazy(() => z.array(conditionSchema)) }).transform(
    (raw): Condition => ({
      test: 'all',
      of: raw.all,
    }),
  ),
  any: strict({ any: z.lazy(() => z.array(conditionSchema)) }).transform(
    (raw): Condition => ({
      test: 'any',
      of: raw.any,
    }),
  ),
  not: strict({ not: z.lazy(() => conditionSchema) }).transform(
    (raw): Condition => ({
      test: 'not',
      of: raw.not,
    }),
  ),
  joined: strict({ joined: z.string() }).transform(
    (raw): Condition => ({
      test: 'joined',
      join: raw.joined,
    }),
  ),
  equals: strict({ value: self, equals: z.string() }).transform((raw) =>
    oneOf(raw.value, [raw.equals]),
  ),
  in: strict({ value: self, in: z.array(z.string()).min(1) }).transform((raw) =>
    oneOf(raw.value, raw.in),
  ),
  present: strict({ value: self, present: z.boolean() }).transform(
    (raw): Condition => ({
      test: 'present',
      value: raw.value,
      wanted: raw.present,
    }),
  ),
  above: strict({ value: self, above: limit }).transform(
    (raw): Condition => ({
      test: 'above',
      value: raw.value,
      limit: raw.above,
    }),
  ),
  below: strict({ value: self, below: limit }).transform(
    (raw): Condition => ({
      test: 'below',
      value: raw.value,
      limit: raw.below,
    }),
  ),
};

/** An object with one test: `{"value": …, "equals": …}`, `{"all": […]}` and so on. */
export const conditionSchema: z.ZodType<Condition> = byOperator('condition', () => CONDITIONS);
