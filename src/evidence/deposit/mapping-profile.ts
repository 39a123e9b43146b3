import { z } from 'zod';
import { isRelation } from '../../formats/relations.ts';
import { isKind, KINDS, type Kind } from '../../formats/taxonomy.ts';
import { didYouMean, ProfileError } from './mapping-errors.ts';
import {
  type Condition,
  conditionSchema,
  type Expression,
  expressionSchema,
  strict,
  timezoneSchema,
} from './mapping-expression.ts';
import type { TableFormat } from './ports.ts';

/** A mapping profile, read and checked as far as that is possible without the files. */
export interface MappingProfile {
  name: string;
  /** The depositing system: with the event id it identifies an event, in every import again. */
  system: string;
  timezone: string | undefined;
  files: Map<string, FileSpec>;
  steps: StepSpec[];
}

/** One file of the import folder. */
export interface FileSpec {
  path: string;
  table: TableFormat;
  /** Cell texts that mean "no value"; compared after trimming. */
  absent: Set<string>;
  trim: boolean;
  optional: boolean;
}

/** Reads one file once, from top to bottom, and emits events for each row. */
export interface StepSpec {
  from: string;
  where?: Condition | undefined;
  joins: Map<string, JoinSpec>;
  emits: EmitSpec[];
}

/** Finds, for each row of the step, the one row of another file whose `key` equals `on`. */
export interface JoinSpec {
  file: string;
  key: string;
  on: Expression;
  where?: Condition | undefined;
  required: boolean;
}

/** One event that a row tells of. Exactly one of `payload` and `document` is there. */
export interface EmitSpec {
  kind: Kind;
  where?: Condition | undefined;
  loan: Expression;
  eventId: Expression;
  occurredAt: Expression;
  title?: Expression | undefined;
  source: Map<SourceDetail, Expression>;
  references: { rel: string; eventId: Expression; where?: Condition | undefined }[];
  payload?: Map<string, Expression> | undefined;
  document?: { path: Expression; mediaType: Expression } | undefined;
}

export type SourceDetail = 'generator' | 'version' | 'operator' | 'device';

const alias = z.string().regex(/^[a-zA-Z][\w-]*$/, 'needs a name of letters, digits, _ and -');
const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'gbk', 'big5', 'windows-1250'];

const encoding = z.string().superRefine((label, ctx) => {
  try {
    new TextDecoder(label);
  } catch {
    const hint = didYouMean(label, ENCODINGS);
    ctx.issues.push({ code: 'custom', message: `unknown encoding${hint}`, input: label });
  }
});

const relativePath = z
  .string()
  .min(1)
  .refine((path) => !/^[\\/]|^[a-zA-Z]:|(^|[\\/])\.\.([\\/]|$)|\0/.test(path), {
    error: 'needs a path inside the import folder (no "..", not absolute)',
  });

const fileSchema = strict({
  path: relativePath,
  format: z.enum(['csv', 'xlsx', 'ndjson']).default('csv'),
  encoding: encoding.default('utf-8'),
  delimiter: z.string().length(1).default(','),
  quote: z.string().length(1).nullable().default('"'),
  headerLine: z.int().min(0).default(1),
  columns: z.array(z.string().min(1)).min(1).optional(),
  sheet: z.union([z.string().min(1), z.int().min(1)]).optional(),
  absent: z.array(z.string()).default([]),
  trim: z.boolean().default(true),
  optional: z.boolean().default(false),
  note: z.string().optional(),
})
  .refine((file) => file.columns || (file.format !== 'ndjson' && file.headerLine > 0), {
    error: 'needs "columns": ndjson, and a file without a header line, do not name them',
  })
  .transform((file): FileSpec => {
    const { path, absent, trim, optional, note: _note, columns, sheet, ...table } = file;
    const named = { ...table, ...(columns && { columns }), ...(sheet !== undefined && { sheet }) };
    return { path, table: named, absent: new Set(['', ...absent]), trim, optional };
  });

const joinSchema = strict({
  file: alias,
  key: z.string().min(1),
  on: expressionSchema,
  where: conditionSchema.optional(),
  required: z.boolean().default(true),
  note: z.string().optional(),
}).transform(({ note: _note, ...join }): JoinSpec => join);

const RECORD_OR_ANY = Object.entries(KINDS)
  .filter(([, info]) => info.form !== 'file' && info.stage !== 'custody')
  .map(([name]) => name);

const kindSchema = z.string().transform((name, ctx): Kind => {
  if (isKind(name) && !['custody', 'erasure'].includes(KINDS[name].stage)) return name;
  const reason = isKind(name) ? 'is written by the service alone' : 'is no kind of evidence';
  const hint = didYouMean(name, Object.keys(KINDS));
  const message = `"${name}" ${reason}${isKind(name) ? '' : hint}`;
  ctx.issues.push({ code: 'custom', message, input: name });
  return z.NEVER;
});

const toMap = <K extends string, T>(record: { [key in K]?: T | undefined }) =>
  new Map(Object.entries(record).filter(([, value]) => value !== undefined)) as Map<K, T>;

const emitSchema = strict({
  kind: kindSchema,
  where: conditionSchema.optional(),
  loan: expressionSchema,
  eventId: expressionSchema,
  occurredAt: expressionSchema,
  title: expressionSchema.optional(),
  source: strict({
    generator: expressionSchema.optional(),
    version: expressionSchema.optional(),
    operator: expressionSchema.optional(),
    device: expressionSchema.optional(),
  }).default({}),
  references: z
    .array(
      strict({
        rel: z.string().refine(isRelation, 'is no relation of docs/formats/taxonomy.md'),
        eventId: expressionSchema,
        where: conditionSchema.optional(),
      }),
    )
    .default([]),
  payload: z.record(z.string(), expressionSchema).optional(),
  document: strict({ path: expressionSchema, mediaType: expressionSchema }).optional(),
  note: z.string().optional(),
})
  .superRefine((emit, ctx) => {
    if ((emit.payload === undefined) === (emit.document === undefined)) {
      const message = 'needs either "payload" (a record) or "document" (a file), not both';
      ctx.issues.push({ code: 'custom', message, input: emit });
    } else if (emit.payload && emit.kind && !RECORD_OR_ANY.includes(emit.kind)) {
      const message = `"${emit.kind}" is a document: give "document", not "payload"`;
      ctx.issues.push({ code: 'custom', message, input: emit });
    } else if (emit.document && emit.kind && KINDS[emit.kind].form === 'record') {
      const message = `"${emit.kind}" is a record: give "payload", not "document"`;
      ctx.issues.push({ code: 'custom', message, input: emit });
    }
  })
  .transform(({ note: _note, source, payload, ...emit }): EmitSpec => {
    return { ...emit, source: toMap(source), payload: payload && toMap(payload) };
  });

const stepSchema = strict({
  from: alias,
  where: conditionSchema.optional(),
  join: z.record(alias, joinSchema).default({}),
  emits: z.array(emitSchema).min(1),
  note: z.string().optional(),
}).transform(
  ({ note: _note, join, ...step }): StepSpec => ({ ...step, joins: new Map(Object.entries(join)) }),
);

const profileSchema = strict({
  profile: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'needs lower-case letters, digits and -'),
  title: z.string().optional(),
  system: z.string().min(1).max(200),
  description: z.union([z.string(), z.array(z.string())]).optional(),
  timezone: timezoneSchema.optional(),
  files: z.record(alias, fileSchema),
  steps: z.array(stepSchema).min(1),
}).transform(
  (raw): MappingProfile => ({
    name: raw.name,
    system: raw.system,
    timezone: raw.timezone,
    files: new Map(Object.entries(raw.files)),
    steps: raw.steps,
  }),
);

const place = (path: readonly PropertyKey[]) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** Files that a step names and the profile does not have. */
function unknownFiles(profile: MappingProfile): string[] {
  const names = [...profile.files.keys()];
  const check = (file: string, where: string) =>
    profile.files.has(file) ? [] : [`${where}: no file "${file}"${didYouMean(file, names)}`];
  return profile.steps.flatMap((step, at) => [
    ...check(step.from, `steps[${at}].from`),
    ...[...step.joins].flatMap(([name, join]) =>
      check(join.file, `steps[${at}].join.${name}.file`),
    ),
  ]);
}

/**
 * Reads a mapping profile (docs/import.md), version 1, from parsed JSON.
 * @throws ProfileError PROFILE_INVALID with every problem found: its place, the reason and, for a
 *   misspelt word, the nearest right one
 */
export function parseProfile(value: unknown): MappingProfile {
  const result = profileSchema.safeParse(value);
  const name = profileName(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => {
      const at = place(issue.path);
      return at === '' ? issue.message : `${at}: ${issue.message}`;
    });
    throw new ProfileError('PROFILE_INVALID', name, problems);
  }
  const problems = unknownFiles(result.data);
  if (problems.length > 0) throw new ProfileError('PROFILE_INVALID', name, problems);
  return result.data;
}

function profileName(value: unknown): string {
  const name = value !== null && typeof value === 'object' && 'name' in value ? value.name : '';
  return typeof name === 'string' && name !== '' ? `"${name.slice(0, 64)}"` : '(unnamed)';
}
