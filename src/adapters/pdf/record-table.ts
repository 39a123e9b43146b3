import type { RecordField } from './record-fields.ts';

/** A column of a printed table; `weight` shares out the width. */
export type FieldColumn = { path: string; align: 'left' | 'right'; weight: number };

/** Records of one kind as one table. Every field of every record is in exactly one place. */
export type RecordTable = {
  /** What is the same in all records is said once. */
  common: RecordField[];
  columns: FieldColumn[];
  rows: { cells: string[]; rest: RecordField[] }[];
};

/** Fields by which a reader finds a record: always columns, and in front. */
const LEADING = ['date', 'effectiveOn', 'asOf', 'amount', 'overdueAmount', 'instalmentNo'];
const MAX_FIELDS = 60;
/** Widths in halves of a Chinese character at the table's size: what a page has, and one column. */
const PAGE_WIDTH = 88;
const COLUMN_WIDTH = 24;
const COLUMN_GAP = 2;
/** Below this a heading of four Chinese characters would break. */
const HEADING_WIDTH = 8;

/**
 * Lays records out as a table: columns for short fields that differ, a second line for the rest.
 * @returns undefined when they are no table: too many fields, or two fields with one path
 */
export function recordTable(records: RecordField[][]): RecordTable | undefined {
  const byPath = records.map((fields) => new Map(fields.map(({ path, value }) => [path, value])));
  const isTable = records.every(
    (fields, index) => fields.length <= MAX_FIELDS && byPath[index]?.size === fields.length,
  );
  if (!isTable) return undefined;
  const paths = [...new Set(records.flatMap((fields) => fields.map(({ path }) => path)))];
  const valuesOf = (path: string) => byPath.map((fields) => fields.get(path));
  const common = new Set(paths.filter((path) => isCommon(path, valuesOf(path))));
  const columns = chooseColumns(
    paths.filter((path) => !common.has(path)),
    valuesOf,
  );
  const inColumns = new Set(columns.map(({ path }) => path));
  return {
    common: (records[0] ?? []).filter(({ path }) => common.has(path)),
    columns,
    rows: records.map((fields, index) => ({
      cells: columns.map(({ path }) => byPath[index]?.get(path) ?? ''),
      rest: fields.filter(({ path }) => !inColumns.has(path) && !common.has(path)),
    })),
  };
}

/** A field of the file's own top level that holds one value, not a part of a nested one. */
const isSimple = (path: string) => !/[.[\]]/.test(path);

function isCommon(path: string, values: (string | undefined)[]): boolean {
  return !LEADING.includes(path) && values.every((value) => value === values[0]);
}

function chooseColumns(
  paths: string[],
  valuesOf: (path: string) => (string | undefined)[],
): FieldColumn[] {
  const rank = (path: string) => (LEADING.includes(path) ? LEADING.indexOf(path) : LEADING.length);
  const columns: FieldColumn[] = [];
  let room = PAGE_WIDTH;
  for (const path of paths.filter(isSimple).sort((a, b) => rank(a) - rank(b))) {
    const values = valuesOf(path).filter((value) => value !== undefined);
    const weight = Math.max(HEADING_WIDTH, ...values.map(printedWidth)) + COLUMN_GAP;
    const rare = values.length * 2 < valuesOf(path).length && !LEADING.includes(path);
    const hasBreak = values.some((value) => /[\n\t]/.test(value));
    // An empty string is a value: a cell could not tell it from a field that is absent.
    const hasEmpty = values.some((value) => value === '');
    if (rare || hasBreak || hasEmpty || weight > COLUMN_WIDTH + COLUMN_GAP || weight > room) {
      continue;
    }
    room -= weight;
    columns.push({ path, align: values.every(isAmount) ? 'right' : 'left', weight });
  }
  return columns;
}

/** Money and rates stand under each other; serial and account numbers are read from the left. */
export const isAmount = (value: string): boolean => /^-?\d{1,16}\.\d{1,10}$/.test(value);

/** In halves of a Chinese character: Latin letters and digits count one, all others two. */
export function printedWidth(text: string): number {
  return [...text].reduce((sum, sign) => sum + ((sign.codePointAt(0) ?? 0) < 0x2e80 ? 1 : 2), 0);
}
