import type { Cell, TableFile, TableFormat, TableRow } from '../../evidence/deposit/ports.ts';
import { type Json, parseJson } from '../../formats/jcs.ts';
import { decodedText } from './decoded-text.ts';

/** The file's lines with their numbers; blank lines are left out. */
async function* lines(path: string, encoding: string) {
  let rest = '';
  let line = 0;
  for await (const text of decodedText(path, encoding)) {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      line++;
      if (part.trim() !== '') yield { line, text: part };
    }
  }
  if (rest.trim() !== '') yield { line: line + 1, text: rest };
}

/** Numbers as the text that stands in the file: a float would change money. */
const exactNumbers = (_key: string, value: unknown, context?: { source?: string }) =>
  typeof value === 'number' ? (context?.source ?? String(value)) : value;

/** Members by path: `{"borrower": {"name": …}, "rates": ["…"]}` has `borrower.name`, `rates.0`. */
function flatten(value: Json, path: string, into: Map<string, Cell>): void {
  if (value === null) return;
  if (typeof value !== 'object') {
    into.set(path, String(value));
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    flatten(inner, path === '' ? name : `${path}.${name}`, into);
  }
}

function readLine(line: number, text: string, columns: readonly string[]): TableRow {
  try {
    // Twice: parseJson refuses repeated keys and deep nesting, the reviver keeps number texts.
    parseJson(text);
    const members = new Map<string, Cell>();
    flatten(JSON.parse(text, exactNumbers), '', members);
    return { line, cells: columns.map((column) => members.get(column)) };
  } catch {
    return { line, cells: [], problem: 'is no JSON object (RFC 8259, each key once)' };
  }
}

async function* readRows(path: string, format: TableFormat): AsyncGenerator<TableRow> {
  for await (const { line, text } of lines(path, format.encoding)) {
    yield readLine(line, text, format.columns ?? []);
  }
}

/** Opens a file of one JSON object a line; its columns are those that the profile names. */
export async function openNdjsonTable(path: string, format: TableFormat): Promise<TableFile> {
  return { columns: format.columns ?? [], rows: () => readRows(path, format) };
}
