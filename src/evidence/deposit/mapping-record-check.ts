import { z } from 'zod';
import { RECORD_SCHEMAS } from '../../claim/records.ts';
import type { Kind } from '../../formats/taxonomy.ts';
import { didYouMean } from './mapping-errors.ts';
import type { Expression } from './mapping-expression.ts';

/** The part of JSON Schema that says which members an object may have. */
interface Shape {
  properties?: Record<string, Shape>;
  additionalProperties?: unknown;
  required?: string[];
  items?: Shape;
  anyOf?: Shape[];
  oneOf?: Shape[];
}

/** The members that every alternative asks for, and those that at least one knows. */
function members(shape: Shape): { known: Map<string, Shape>; required: string[] } | undefined {
  const alternatives = shape.anyOf ?? shape.oneOf;
  if (alternatives !== undefined) return joinAlternatives(alternatives);
  if (shape.properties === undefined || shape.additionalProperties !== false) return undefined;
  return { known: new Map(Object.entries(shape.properties)), required: shape.required ?? [] };
}

function joinAlternatives(shapes: Shape[]) {
  const all = shapes.map(members).filter((found) => found !== undefined);
  if (all.length === 0) return undefined;
  const known = new Map(all.flatMap((found) => [...found.known]));
  const required = [...known.keys()].filter((name) => all.every((f) => f.required.includes(name)));
  return { known, required };
}

function check(fields: Map<string, Expression>, shape: Shape, at: string): string[] {
  const found = members(shape);
  if (found === undefined) return [];
  const { known, required } = found;
  const missing = required.filter((name) => !fields.has(name));
  const problems = missing.map((name) => `${at}: the record needs "${name}"`);
  for (const [name, of] of fields) {
    const inner = known.get(name);
    if (inner === undefined) {
      problems.push(`${at}: the record has no "${name}"${didYouMean(name, known.keys())}`);
    } else problems.push(...checkField(of, inner, `${at}.${name}`));
  }
  return problems;
}

function checkField(of: Expression, shape: Shape, at: string): string[] {
  if (of.op === 'object') return check(of.fields, shape, at);
  if (of.op === 'list' && shape.items) {
    const items = shape.items;
    return of.items.flatMap((item, index) => checkField(item, items, `${at}[${index}]`));
  }
  return [];
}

/**
 * Compares a payload with the schema of its kind, as far as names go: a misspelt or forgotten
 * member would otherwise be refused once for every row.
 */
export function payloadProblems(
  kind: Kind,
  payload: Map<string, Expression>,
  at: string,
): string[] {
  const schema = RECORD_SCHEMAS[kind];
  if (schema === undefined) return [];
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
  return check(payload, shape, at);
}
