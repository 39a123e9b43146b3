import { type Options, type Parser, parse } from 'csv-parse';
import type { TableFile, TableFormat, TableRow } from '../../evidence/deposit/ports.ts';
import { decodedText } from './decoded-text.ts';
import { ImportFileError } from './import-errors.ts';

/** A record as it stands in the file, or the reason why a line begins none. */
interface CsvRecord {
  line: number;
  fields: string[];
  problem?: string;
}

/** Longest record: an unclosed quote must not take the rest of a large file into memory. */
const MAX_RECORD_CHARS = 1_000_000;
/** Each unreadable row costs one more pass over the lines before it. */
const MAX_RESTARTS = 1000;

/** Reasons without the text that the library quotes from the file. */
const REASONS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_MAX_RECORD_SIZE: 'the row is longer than a million characters (an unclosed quote?)',
  CSV_INVALID_CLOSING_QUOTE: 'a quote inside a quoted field is not doubled',
  INVALID_OPENING_QUOTE: 'a quote stands inside a field that does not begin with one',
};

const reasonOf = (error: Error) =>
  ('code' in error ? REASONS[String(error.code)] : undefined) ?? 'the row is no well-formed CSV';

function parserOptions(format: TableFormat, onRecord: NonNullable<Options['on_record']>): Options {
  return {
    delimiter: format.delimiter,
    quote: format.quote ?? false,
    escape: format.quote ?? '"',
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    max_record_size: MAX_RECORD_CHARS,
    on_record: onRecord,
  };
}

/** The text from line `first` on (lines count from 1). */
async function* textFrom(path: string, encoding: string, first: number) {
  let left = first - 1;
  for await (const text of decodedText(path, encoding)) {
    let at = 0;
    while (left > 0) {
      const end = text.indexOf('\n', at);
      if (end < 0) break;
      at = end + 1;
      left--;
    }
    if (left === 0 && at < text.length) yield text.slice(at);
  }
}

const written = (parser: Parser, text: string) =>
  new Promise<void>((resolve) => void parser.write(text, () => resolve()));
const ended = (parser: Parser) => new Promise<void>((resolve) => void parser.end(() => resolve()));

/**
 * The records from line `first` up to the end, or to a record that is no CSV, told as a problem.
 * Records leave the parser through its callback: its stream drops what it holds when it fails.
 */
async function* recordsFrom(
  path: string,
  format: TableFormat,
  first: number,
): AsyncGenerator<CsvRecord> {
  const queue: CsvRecord[] = [];
  let next = first;
  let failure: Error | undefined;
  const parser = parse(
    parserOptions(format, (fields: string[], { lines }) => {
      queue.push({ line: next, fields });
      next = first + lines;
      return null;
    }),
  );
  parser.on('error', (error) => {
    failure = error;
  });
  parser.resume();
  try {
    for await (const text of textFrom(path, format.encoding, first)) {
      await written(parser, text);
      yield* queue.splice(0);
      if (failure !== undefined) break;
    }
    if (failure === undefined) await ended(parser);
    yield* queue;
    if (failure !== undefined) yield { line: next, fields: [], problem: reasonOf(failure) };
  } finally {
    parser.destroy();
  }
}

/** All records; after one that is no CSV, reading begins anew at the line after its first. */
async function* records(path: string, format: TableFormat): AsyncGenerator<CsvRecord> {
  let first: number | undefined = Math.max(1, format.headerLine);
  for (let restarts = 0; first !== undefined; restarts++) {
    const from: number = first;
    first = undefined;
    for await (const record of recordsFrom(path, format, from)) {
      yield record;
      if (record.problem !== undefined) first = record.line + 1;
    }
    if (first !== undefined && restarts === MAX_RESTARTS) {
      const problem = `more than ${MAX_RESTARTS} rows are no CSV; the rest is not read`;
      yield { line: first, fields: [], problem };
      return;
    }
  }
}

async function readHeader(path: string, format: TableFormat): Promise<readonly string[]> {
  if (format.headerLine === 0) return format.columns ?? [];
  for await (const { fields, problem } of records(path, format)) {
    if (problem === undefined) return fields.map((name) => name.trim());
    break;
  }
  const message = `there is no header on line ${format.headerLine}`;
  throw new ImportFileError('TABLE_UNREADABLE', message, 'Check "headerLine" and "encoding".');
}

async function* readRows(
  path: string,
  format: TableFormat,
  width: number,
): AsyncGenerator<TableRow> {
  for await (const { line, fields, problem } of records(path, format)) {
    const blank = fields.length === 1 && fields[0]?.trim() === '' && width > 1;
    if (line === format.headerLine || blank) continue;
    if (problem !== undefined) yield { line, cells: [], problem };
    else if (fields.length === width) yield { line, cells: fields };
    else yield { line, cells: [], problem: `has ${fields.length} fields instead of ${width}` };
  }
}

/**
 * Opens a CSV file as a table; its rows are streamed, and each reading starts anew. Rows that are
 * no CSV, or have another number of fields than the header, are told as problems.
 * @throws ImportFileError TABLE_UNREADABLE when there is no header line
 */
export async function openCsvTable(path: string, format: TableFormat): Promise<TableFile> {
  const columns = await readHeader(path, format);
  return { columns, rows: () => readRows(path, format, columns.length) };
}
