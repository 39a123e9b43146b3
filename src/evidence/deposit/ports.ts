/** How a table file is written; declared by the mapping profile, never guessed. */
export interface TableFormat {
  format: 'csv' | 'xlsx' | 'ndjson';
  /** WHATWG encoding label, for csv and ndjson. A byte order mark is skipped. */
  encoding: string;
  /** csv: one character between fields. */
  delimiter: string;
  /** csv: the quote character, or null when the file knows no quoting. */
  quote: string | null;
  /** Line of the column names, counted from 1; 0 when the file has none. */
  headerLine: number;
  /** The column names where the file does not name them (ndjson, or headerLine 0). */
  columns?: readonly string[];
  /** xlsx: name of the sheet or its number from 1. */
  sheet?: string | number;
}

/** A cell that the reader found but cannot vouch for, with the reason. */
export interface UnreadableCell {
  unreadable: string;
}

/** The exact text of a cell; undefined where the row has none. Numbers are never floats. */
export type Cell = string | undefined | UnreadableCell;

/** One row of a table. `problem`: the row as a whole could not be read; its cells are empty. */
export interface TableRow {
  /** Line of the file (csv, ndjson) or row of the sheet, from 1. */
  line: number;
  cells: readonly Cell[];
  problem?: string;
}

/** A table file whose column names are known; `rows` reads it from its first data row. */
export interface TableFile {
  columns: readonly string[];
  rows(): AsyncIterable<TableRow>;
}

/** Where the files that a profile names are found. */
export interface ImportSource {
  /**
   * Opens the table and reads its column names; undefined when there is no such file.
   * @throws when the file exists but is not of the declared format
   */
  openTable(path: string, format: TableFormat): Promise<TableFile | undefined>;
  /** The bytes of an attached document; undefined when there is no such file. */
  readDocument(path: string): Promise<Uint8Array | undefined>;
}
