import { CannotMerge } from './slip-reason.ts';

/** One line of a printed record: the path of a field, and its value as the file writes it. */
export type RecordField = { path: string; value: string };

const MAX_FIELDS = 1500;
const MAX_DEPTH = 32;

/**
 * The fields of a JSON record in the file's order. Numbers keep the digits that the file has.
 * @throws CannotMerge record-invalid, record-too-long
 */
export function readRecordFields(bytes: Uint8Array): RecordField[] {
  const fields: RecordField[] = [];
  const visit = (value: unknown, path: string, depth: number): void => {
    if (depth > MAX_DEPTH || fields.length > MAX_FIELDS) throw new CannotMerge('record-too-long');
    if (Array.isArray(value) && value.length > 0) {
      for (const [index, item] of value.entries()) visit(item, `${path}[${index}]`, depth + 1);
    } else if (isFilledObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        visit(item, path === '' ? key : `${path}.${key}`, depth + 1);
      }
    } else {
      fields.push({ path, value: textOf(value) });
    }
  };
  visit(parse(bytes), '', 0);
  return fields;
}

/** A number as its source text; wrapped so that it is not taken for a string. */
class SourceNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' ? new SourceNumber(context?.source ?? String(value)) : value,
    );
  } catch (cause) {
    throw new CannotMerge('record-invalid', { cause });
  }
}

function isFilledObject(value: unknown): value is object {
  if (value === null || typeof value !== 'object' || value instanceof SourceNumber) return false;
  return !Array.isArray(value) && Object.keys(value).length > 0;
}

function textOf(value: unknown): string {
  if (value instanceof SourceNumber) return value.source;
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? '[]' : '{}';
}
