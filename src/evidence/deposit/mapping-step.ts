import { recordDefects } from '../../claim/records.ts';
import { isEventTime } from '../../formats/statement.ts';
import type { DepositCommand, DepositSource } from '../ports.ts';
import {
  compileCondition,
  compileExpression,
  compileFields,
  type Test,
} from './mapping-compile.ts';
import { RowError, type RowErrorCode } from './mapping-errors.ts';
import type { Expression } from './mapping-expression.ts';
import { type Compiler, compileAsText, firstColumn } from './mapping-operators.ts';
import type { EmitSpec } from './mapping-profile.ts';
import { payloadProblems } from './mapping-record-check.ts';
import type { RowScope } from './mapping-scope.ts';

/** Everything of a command but the bytes of a document, which are read afterwards. */
export type MappedEvent =
  | { command: DepositCommand }
  | { command: Omit<DepositCommand, 'content'>; document: { path: string; mediaType: string } };

/** One emit of a step, compiled: undefined when its condition leaves the row out. */
export type CompiledEmit = (row: RowScope) => MappedEvent | undefined;

const TEXT_LIMIT = 200;

/** Text of a field of the event itself, which every event must have. */
function requiredText(compiler: Compiler, of: Expression, at: string, field: string) {
  const read = compileAsText(of, (inner) => compileExpression(compiler, inner, at));
  const column = firstColumn(of);
  const where = column === undefined ? {} : { column };
  const fail = (code: RowErrorCode, reason: string) => {
    throw new RowError(code, `${field} ${reason}`, where);
  };
  return (row: RowScope): string => {
    const text = read(row);
    if (text === undefined || text === '') return fail('VALUE_ABSENT', 'has no value');
    if (text.length > TEXT_LIMIT) return fail('VALUE_INVALID', `is longer than ${TEXT_LIMIT}`);
    return text;
  };
}

function compileSource(compiler: Compiler, emit: EmitSpec, system: string, at: string) {
  const eventId = requiredText(compiler, emit.eventId, `${at}.eventId`, 'eventId');
  const details = [...emit.source].map(([name, of]) => {
    const place = `${at}.source.${name}`;
    const read = compileAsText(of, (inner) => compileExpression(compiler, inner, place));
    return [name, read] as const;
  });
  return (row: RowScope): DepositSource => {
    const source: DepositSource = { system, eventId: eventId(row) };
    for (const [name, read] of details) {
      const text = read(row);
      if (text === undefined || text === '') continue;
      if (text.length > TEXT_LIMIT) {
        throw new RowError('VALUE_INVALID', `source.${name} is longer than ${TEXT_LIMIT}`);
      }
      source[name] = text;
    }
    return source;
  };
}

function compileTime(compiler: Compiler, emit: EmitSpec, at: string) {
  const read = requiredText(compiler, emit.occurredAt, `${at}.occurredAt`, 'occurredAt');
  const column = firstColumn(emit.occurredAt);
  return (row: RowScope): string => {
    const text = read(row);
    if (isEventTime(text)) return text;
    const message = 'occurredAt is no RFC 3339 date or date-time; use {"date": …, "format": …}';
    throw new RowError('EVENT_TIME_INVALID', message, {
      ...(column !== undefined && { column }),
      value: text,
    });
  };
}

function compileReferences(compiler: Compiler, emit: EmitSpec, at: string) {
  const references = emit.references.map((reference, index) => {
    const place = `${at}.references[${index}]`;
    const eventId = requiredText(compiler, reference.eventId, place, 'reference');
    const test = optionalTest(compiler, reference.where, place);
    return { rel: reference.rel, eventId, test };
  });
  return (row: RowScope) =>
    references
      .filter(({ test }) => test(row))
      .map(({ rel, eventId }) => ({ rel, eventId: eventId(row) }));
}

/** Compiles a condition; no condition means yes. */
export function optionalTest(compiler: Compiler, where: EmitSpec['where'], at: string): Test {
  return where === undefined ? () => true : compileCondition(compiler, where, `${at}.where`);
}

function compileContent(compiler: Compiler, emit: EmitSpec, at: string) {
  const place = emit.payload === undefined ? `${at}.document` : `${at}.payload`;
  if (emit.document !== undefined) {
    const path = requiredText(compiler, emit.document.path, `${place}.path`, 'document path');
    const type = requiredText(compiler, emit.document.mediaType, place, 'media type');
    return (row: RowScope) => ({ document: { path: path(row), mediaType: type(row) } });
  }
  const payload = emit.payload ?? new Map<string, Expression>();
  for (const reason of payloadProblems(emit.kind, payload, place)) compiler.problem('', reason);
  const inner = (of: Expression, field = place) => compileExpression(compiler, of, field);
  const fields = compileFields(payload, inner, place);
  return (row: RowScope) => {
    const record = fields(row);
    const defects = recordDefects(emit.kind, record);
    if (defects.length > 0) throw new RowError('RECORD_INVALID', defects.join('; '));
    return { record };
  };
}

/** Compiles one emit. Its function throws RowError when the row cannot be mapped. */
export function compileEmit(
  compiler: Compiler,
  emit: EmitSpec,
  system: string,
  at: string,
): CompiledEmit {
  const wanted = optionalTest(compiler, emit.where, at);
  const loan = requiredText(compiler, emit.loan, `${at}.loan`, 'loan');
  const source = compileSource(compiler, emit, system, at);
  const occurredAt = compileTime(compiler, emit, at);
  const title = emit.title && requiredText(compiler, emit.title, `${at}.title`, 'title');
  const references = compileReferences(compiler, emit, at);
  const content = compileContent(compiler, emit, at);
  return (row) => {
    if (!wanted(row)) return undefined;
    const cited = references(row);
    const command = {
      loan: loan(row),
      kind: emit.kind,
      ...(title && { title: title(row) }),
      occurredAt: occurredAt(row),
      source: source(row),
      ...(cited.length > 0 && { references: cited }),
    };
    const found = content(row);
    if ('document' in found) return { command, document: found.document };
    return { command: { ...command, content: { form: 'record', record: found.record } } };
  };
}
