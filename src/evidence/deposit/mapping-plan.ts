import type { DepositCommand } from '../ports.ts';
import { compileExpression } from './mapping-compile.ts';
import { didYouMean, ProfileError, RowError, type RowErrorCode } from './mapping-errors.ts';
import { type CompiledJoin, fillIndex, JoinedRow } from './mapping-join.ts';
import { type Compiler, compileAsText } from './mapping-operators.ts';
import type { FileSpec, JoinSpec, MappingProfile, StepSpec } from './mapping-profile.ts';
import { ColumnScope } from './mapping-scope.ts';
import { type CompiledEmit, compileEmit, type MappedEvent, optionalTest } from './mapping-step.ts';
import type { ImportSource, TableFile, TableRow } from './ports.ts';

/** What became of one event of one row. */
export type ImportItem = AcceptedItem | RejectedItem;

export interface AcceptedItem {
  ok: true;
  command: DepositCommand;
  file: string;
  line: number;
}

/**
 * A row, or one event of it, that cannot be mapped. `message` and `column` name no values; `value`
 * is there only when asked for and may be personal data.
 */
export interface RejectedItem {
  ok: false;
  file: string;
  /** 0 when the trouble is with the file as a whole. */
  line: number;
  code: RowErrorCode;
  message: string;
  kind?: string;
  column?: string;
  value?: string;
}

export interface PlanOptions {
  /** Puts the offending text into rejected items, for the report file that the user asks for. */
  values?: boolean;
}

interface CompiledStep {
  file: FileSpec;
  table: TableFile;
  wanted: (row: JoinedRow) => boolean;
  joins: CompiledJoin[];
  emits: { kind: string; map: CompiledEmit }[];
}

/** A profile that fits the files in front of it. */
export interface PreparedImport {
  steps: CompiledStep[];
  tables: Map<string, TableFile>;
  files: Map<string, FileSpec>;
  source: ImportSource;
}

const EMPTY: TableFile = { columns: [], async *rows() {} };

/**
 * Opens every file of the profile and checks all its columns, expressions and record fields.
 * Reads no more than the column names.
 * @throws ProfileError with every problem, before anything could be deposited
 */
export async function prepareImport(
  profile: MappingProfile,
  source: ImportSource,
): Promise<PreparedImport> {
  const tables = await openTables(profile, source);
  const problems: string[] = [];
  const steps = profile.steps
    .map((step, at) => ({ step, at: `steps[${at}]` }))
    .filter(({ step }) => tables.get(step.from) !== EMPTY)
    .map(({ step, at }) => compileStep(profile, step, tables, at, problems));
  if (problems.length > 0) {
    throw new ProfileError('PROFILE_INVALID', `"${profile.name}"`, [...new Set(problems)]);
  }
  return { steps, tables, files: profile.files, source };
}

async function openTables(profile: MappingProfile, source: ImportSource) {
  const tables = new Map<string, TableFile>();
  for (const [alias, file] of profile.files) {
    const table = await openTable(profile.name, alias, file, source);
    tables.set(alias, table ?? EMPTY);
    const missing = (file.table.format === 'csv' && file.table.columns) || [];
    const absent = table && missing.filter((column) => !table.columns.includes(column));
    if (absent?.length) {
      const problems = absent.map((name) => {
        return `files.${alias}: no column "${name}"${didYouMean(name, table?.columns ?? [])}`;
      });
      throw new ProfileError('PROFILE_INVALID', `"${profile.name}"`, problems);
    }
  }
  return tables;
}

async function openTable(name: string, alias: string, file: FileSpec, source: ImportSource) {
  const at = `files.${alias}: ${file.path}`;
  let table: TableFile | undefined;
  try {
    table = await source.openTable(file.path, file.table);
  } catch (cause) {
    throw new ProfileError('PROFILE_FILE_UNREADABLE', `"${name}"`, [`${at}: ${reasonOf(cause)}`]);
  }
  if (table !== undefined || file.optional) return table;
  throw new ProfileError('PROFILE_FILE_MISSING', `"${name}"`, [`${at}: there is no such file`]);
}

const reasonOf = (cause: unknown) =>
  (cause instanceof Error && cause.message.split('\n')[0]) || 'cannot be read';

function compileStep(
  profile: MappingProfile,
  step: StepSpec,
  tables: Map<string, TableFile>,
  at: string,
  problems: string[],
): CompiledStep {
  const { file, table } = fileOf(profile, tables, step.from);
  const scope = new ColumnScope({ alias: step.from, columns: table.columns, file });
  const compiler: Compiler = {
    scope,
    timezone: profile.timezone,
    problem: (place, reason) => problems.push(place === '' ? reason : `${place}: ${reason}`),
  };
  const joins: CompiledJoin[] = [];
  for (const [name, spec] of step.joins) {
    const joined = fileOf(profile, tables, spec.file);
    joins.push(compileJoin(compiler, name, spec, joined, `${at}.join.${name}`));
    const columns = joined.table === EMPTY ? undefined : joined.table.columns;
    scope.add({ alias: name, columns, file: joined.file });
  }
  const emits = step.emits.map((emit, index) => ({
    kind: emit.kind,
    map: compileEmit(compiler, emit, profile.system, `${at}.emits[${index}]`),
  }));
  return { file, table, wanted: optionalTest(compiler, step.where, at), joins, emits };
}

function fileOf(profile: MappingProfile, tables: Map<string, TableFile>, alias: string) {
  const file = profile.files.get(alias);
  const table = tables.get(alias);
  if (file !== undefined && table !== undefined) return { file, table };
  throw new ProfileError('PROFILE_INVALID', `"${profile.name}"`, [`no file "${alias}"`]);
}

function compileJoin(
  compiler: Compiler,
  name: string,
  spec: JoinSpec,
  { file, table }: { file: FileSpec; table: TableFile },
  at: string,
): CompiledJoin {
  const own = new ColumnScope({ alias: spec.file, columns: table.columns, file });
  const found = table === EMPTY ? '' : own.resolve(spec.key);
  if (typeof found === 'string' && found !== '') compiler.problem(`${at}.key`, found);
  const label = `${name}.${spec.key}`;
  const key = typeof found === 'string' ? { slot: 0, index: 0, label, file } : { ...found, label };
  const on = compileAsText(spec.on, (of) => compileExpression(compiler, of, `${at}.on`));
  const where = spec.where && optionalTest({ ...compiler, scope: own }, spec.where, at);
  return { name, spec, key, where, on, index: new Map() };
}

/**
 * Maps the files of an import to deposit commands, in the profile's order: step by step, row by
 * row, emit by emit. A bad row becomes a rejected item and stops nothing else. Joined files are
 * held in memory; the file of a step is streamed.
 * @throws ProfileError before the first item, when profile and files do not fit
 */
export async function* planImport(
  profile: MappingProfile,
  source: ImportSource,
  options: PlanOptions = {},
): AsyncGenerator<ImportItem, void, undefined> {
  const prepared = await prepareImport(profile, source);
  const indexes = new Map<string, CompiledJoin['index']>();
  for (const step of prepared.steps) {
    for (const join of step.joins) yield* loadJoin(prepared, join, indexes, options);
    yield* runStep(step, source, options);
  }
}

/** Fills the index of a join, or shares the one that an equal join of an earlier step filled. */
async function* loadJoin(
  prepared: PreparedImport,
  join: CompiledJoin,
  indexes: Map<string, CompiledJoin['index']>,
  options: PlanOptions,
): AsyncGenerator<ImportItem> {
  const { file: alias, key, where } = join.spec;
  const signature = JSON.stringify([alias, key, where ?? null], jsonSets);
  const shared = indexes.get(signature);
  if (shared !== undefined) {
    join.index = shared;
    return;
  }
  indexes.set(signature, join.index);
  const file = prepared.files.get(alias);
  const table = prepared.tables.get(alias);
  if (file === undefined || table === undefined) return;
  const rejected: ImportItem[] = [];
  try {
    await fillIndex(join, table, (row, error) => {
      rejected.push(rejection(file, row.line, error, options));
    });
  } catch (error) {
    rejected.push(rejection(file, 0, error, options));
  }
  yield* rejected;
}

const jsonSets = (_key: string, value: unknown) =>
  value instanceof Set || value instanceof Map ? [...value] : value;

async function* runStep(
  step: CompiledStep,
  source: ImportSource,
  options: PlanOptions,
): AsyncGenerator<ImportItem> {
  try {
    for await (const row of step.table.rows()) {
      for (const mapped of mapRow(step, row, options)) {
        yield 'ok' in mapped ? mapped : await withDocument(step, row, mapped, source, options);
      }
    }
  } catch (error) {
    // Only the reader throws here: mapRow answers for its own errors.
    yield rejection(step.file, 0, error, options);
  }
}

/** An event whose document is still to be read. */
type WithDocument = Extract<MappedEvent, { document: unknown }>;

function mapRow(
  step: CompiledStep,
  row: TableRow,
  options: PlanOptions,
): (ImportItem | WithDocument)[] {
  const scope = new JoinedRow(row.cells, step.joins);
  try {
    if (row.problem !== undefined) throw new RowError('ROW_MALFORMED', row.problem);
    if (!step.wanted(scope)) return [];
  } catch (error) {
    return [rejection(step.file, row.line, error, options)];
  }
  const at = { file: step.file.path, line: row.line };
  return step.emits.flatMap(({ kind, map }): (ImportItem | WithDocument)[] => {
    try {
      const event = map(scope);
      if (event === undefined) return [];
      return 'document' in event ? [event] : [{ ok: true, command: event.command, ...at }];
    } catch (error) {
      return [{ ...rejection(step.file, row.line, error, options), kind }];
    }
  });
}

async function withDocument(
  step: CompiledStep,
  row: TableRow,
  { command, document: { path, mediaType } }: WithDocument,
  source: ImportSource,
  options: PlanOptions,
): Promise<ImportItem> {
  try {
    const bytes = await readDocument(source, path);
    const name = path.split(/[\\/]/).at(-1) ?? path;
    const content = { form: 'file' as const, name, mediaType, bytes };
    const full: DepositCommand = { ...command, content };
    return { ok: true, command: full, file: step.file.path, line: row.line };
  } catch (error) {
    return { ...rejection(step.file, row.line, error, options), kind: command.kind };
  }
}

async function readDocument(source: ImportSource, path: string): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await source.readDocument(path);
  } catch (cause) {
    throw new RowError('DOCUMENT_REFUSED', `${reasonOf(cause)}`, { value: path });
  }
  if (bytes !== undefined) return bytes;
  const message = 'the document is not in the import folder';
  throw new RowError('DOCUMENT_MISSING', message, { value: path });
}

function rejection(
  file: FileSpec,
  line: number,
  error: unknown,
  options: PlanOptions,
): RejectedItem {
  const at = { ok: false as const, file: file.path, line };
  if (!(error instanceof RowError)) {
    const message = `the file cannot be read further: ${reasonOf(error)}`;
    return { ...at, code: 'FILE_UNREADABLE', message };
  }
  const column = error.column === undefined ? '' : `column "${error.column}": `;
  return {
    ...at,
    code: error.code,
    message: `${column}${error.message}`,
    ...(error.column !== undefined && { column: error.column }),
    ...(options.values === true && error.value !== undefined && { value: error.value }),
  };
}
