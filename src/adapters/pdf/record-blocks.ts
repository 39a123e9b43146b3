import type { RecordField } from './record-fields.ts';
import { type FieldColumn, isAmount, printedWidth } from './record-table.ts';

/** One record in print: its single fields, then each list of it as a table. */
export type RecordBlocks = { fields: RecordField[]; lists: RecordList[] };

/** `path` holds a list of objects, such as the rows of a schedule. */
export type RecordList = {
  path: string;
  columns: FieldColumn[];
  rows: string[][];
};

/** What a reader of a list looks for first, in this order; other columns follow as in the file. */
const FIRST_COLUMNS = ['no', 'name', 'dueDate', 'date', 'amount', 'principal', 'interest', 'fees'];
const MAX_COLUMNS = 8;
const MAX_ROW_WIDTH = 84;
const HEADING_WIDTH = 8;

/**
 * Takes the lists of flat objects out of a record's fields, where a table can hold them without
 * loss; whatever does not fit one stays a field of its own. Order within each part is the file's.
 */
export function recordBlocks(fields: RecordField[]): RecordBlocks {
  const found = new Map<string, RecordField[]>();
  for (const field of fields) {
    const prefix = itemOf(field.path)?.list;
    if (prefix !== undefined) found.set(prefix, [...(found.get(prefix) ?? []), field]);
  }
  const lists = [...found].flatMap(([path, items]) => listOf(path, items) ?? []);
  const listed = new Set(lists.map(({ path }) => path));
  const inList = (path: string) => listed.has(itemOf(path)?.list ?? '');
  return { fields: fields.filter(({ path }) => !inList(path)), lists };
}

/** `schedule[3].dueDate`: row 3, column `dueDate` of the list `schedule`. */
function itemOf(path: string): { list: string; row: number; column: string } | undefined {
  const match = /^([^[\]]+)\[(\d+)\]\.([^.[\]]+)$/.exec(path);
  return match
    ? { list: match[1] ?? '', row: Number(match[2]), column: match[3] ?? '' }
    : undefined;
}

function listOf(path: string, fields: RecordField[]): RecordList | undefined {
  const rows = new Map<number, Map<string, string>>();
  for (const field of fields) {
    const { row, column } = itemOf(field.path) ?? { row: 0, column: '' };
    const cells = rows.get(row) ?? new Map<string, string>();
    // Twice the same path: a table would lose one, and an empty value looks like none.
    if (cells.has(column) || field.value === '') return undefined;
    rows.set(row, cells.set(column, field.value));
  }
  const names = columnNames([...rows.values()]);
  const columns = names.map((name): FieldColumn => {
    const values = [...rows.values()].flatMap((cells) => cells.get(name) ?? []);
    const weight = Math.max(HEADING_WIDTH, ...values.map(printedWidth)) + 2;
    return { path: name, align: values.every(isAmount) ? 'right' : 'left', weight };
  });
  const width = columns.reduce((sum, { weight }) => sum + weight, 0);
  const complete = [...rows.keys()].every((row, index) => row === index);
  if (!complete || columns.length > MAX_COLUMNS || width > MAX_ROW_WIDTH) return undefined;
  const cellsOf = (cells: Map<string, string>) => names.map((name) => cells.get(name) ?? '');
  return { path, columns, rows: [...rows.values()].map(cellsOf) };
}

function columnNames(rows: Map<string, string>[]): string[] {
  const names = new Set(rows.flatMap((cells) => [...cells.keys()]));
  const first = FIRST_COLUMNS.filter((name) => names.has(name));
  return [...new Set([...first, ...names])];
}
