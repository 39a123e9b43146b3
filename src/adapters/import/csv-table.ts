import { Readable } from 'node:stream';
import { type CsvError, type Options, parse } from 'csv-parse';
import type { TableFile, TableFormat, TableRow } from '../../evidence/deposit/ports.ts';
import { decodedText } from './decoded-text.ts';
import { ImportFileError } from './import-errors.ts';

/** A record and the count of lines read when it ended. */
interface ParsedRecord {
  record: string[];
  info: { lines: number };
}

/** Longest record: an unclosed quote must not take the rest of a large file into memory. */
const MAX_RECORD_CHARS = 1_000_000;

function parserOptions(format: TableFormat, onSkip: (error: CsvError) => void): Options {
  return {
    delimiter: format.delimiter,
    quote: format.quote ?? false,
    escape: format.quote ?? '"',
    from_line: Math.max(1, format.headerLine),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD_CHARS,
    on_skip: (error) => {
      if (error !== undefined) onSkip(error);
      return undefined;
    },
  };
}

/** Reasons without the text that the library quotes from the file. */
const REASONS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened here and never closed; the lines after it are not read',
  CSV_INVALID_CLOSING_QUOTE: 'a quote inside a quoted field is not doubled',
  INVALID_OPENING_QUOTE: 'a quote stands inside a field that does not begin with one',
  CSV_MAX_RECORD_SIZE: 'a row is longer than a million characters (a quote that is never closed?)',
};

const reasonOf = (error: unknown) => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? 'the row is no well-formed CSV';
};

const isCsvError = (error: unknown) =>
  error instanceof Error && 'code' in error && /CSV_|INVALID_/.test(String(error.code));

/** Streams the records of the file; `problems` are the rows that csv-parse had to leave out. */
async function* records(path: string, format: TableFormat, problems: TableRow[]) {
  let lastLine = Math.max(0, format.headerLine - 1);
  const skipped = (error: CsvError) => {
    const line = error.code === 'CSV_QUOTE_NOT_CLOSED' ? lastLine + 1 : Number(error.lines);
    problems.push({ line: line || lastLine + 1, cells: [], problem: reasonOf(error) });
  };
  const source = Readable.from(decodedText(path, format.encoding));
  const parser = source.compose(parse(parserOptions(format, skipped)));
  try {
    for await (const item of parser) {
      const { record, info } = item as ParsedRecord;
      lastLine = info.lines;
      const inside = record.reduce(
        (sum, field) => sum + (field.match(/\r\n?|\n/g)?.length ?? 0),
        0,
      );
      yield { record, line: info.lines - inside };
    }
  } catch (error) {
    // What the parser cannot step over ends the file; the rows before it have been read.
    if (!isCsvError(error)) throw error;
    problems.push({ line: lastLine + 1, cells: [], problem: reasonOf(error) });
  } finally {
    source.destroy();
  }
}

async function readHeader(path: string, format: TableFormat): Promise<readonly string[]> {
  if (format.headerLine === 0) return format.columns ?? [];
  for await (const { record } of records(path, format, [])) {
    return record.map((name) => name.trim());
  }
  const message = `there is no header on line ${format.headerLine}`;
  throw new ImportFileError('TABLE_UNREADABLE', message, 'Check "headerLine" and "encoding".');
}

async function* readRows(path: string, format: TableFormat, width: number) {
  const problems: TableRow[] = [];
  let header = format.headerLine > 0;
  for await (const { record, line } of records(path, format, problems)) {
    yield* problems.splice(0);
    if (header) header = false;
    else if (record.length === width) yield { line, cells: record };
    else yield { line, cells: [], problem: `has ${record.length} fields instead of ${width}` };
  }
  yield* problems;
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
