import { readFile } from 'node:fs/promises';
import { readSheet } from 'read-excel-file/node';
import type { Cell, TableFile, TableFormat, TableRow } from '../../evidence/deposit/ports.ts';
import { ImportFileError } from './import-errors.ts';
import { spreadsheetNumber } from './spreadsheet-number.ts';

/** A workbook is held in memory, so its size has a bound; larger tables come as CSV. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_UNPACKED = 1024 * 1024 * 1024;

/** Marks a numeric cell, whose text must be read by other rules than that of a text cell. */
class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A date cell: the day, and the time when it is not midnight. The library rounds to ms. */
function dateCell(date: Date): Cell {
  if (Number.isNaN(date.valueOf())) return { unreadable: 'holds a date beyond the calendar' };
  const text = new Date(Math.round(date.valueOf() / 1000) * 1000).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19);
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return undefined;
  if (value instanceof NumberText) return spreadsheetNumber(value.text);
  if (value instanceof Date) return dateCell(value);
  return String(value);
}

/** Sum of the unpacked sizes that the ZIP directory states: stops an innocent-looking bomb. */
function unpackedSize(zip: Buffer): number {
  let total = 0;
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 46)) {
    if (at + 28 <= zip.length) total += zip.readUInt32LE(at + 24);
  }
  return total;
}

async function readSheetRows(path: string, format: TableFormat): Promise<unknown[][]> {
  const bytes = await readFile(path);
  if (bytes.length > MAX_BYTES || unpackedSize(bytes) > MAX_UNPACKED) {
    const message = 'the workbook is larger than 64 MiB, or than 1 GiB when unpacked';
    throw new ImportFileError('TABLE_TOO_LARGE', message, 'Save the sheet as CSV and import that.');
  }
  try {
    const parseNumber = (text: string) => new NumberText(text);
    return await readSheet(bytes, format.sheet ?? 1, { parseNumber, trim: false });
  } catch (cause) {
    const message = `no readable sheet: ${cause instanceof Error ? cause.message : 'unknown'}`;
    throw new ImportFileError('TABLE_UNREADABLE', message, 'Check "sheet"; save as .xlsx.', {
      cause,
    });
  }
}

async function* readRows(rows: unknown[][], format: TableFormat): AsyncGenerator<TableRow> {
  for (const [index, row] of rows.entries()) {
    const cells = row.map(toCell);
    const blank = cells.every((cell) => cell === undefined || cell === '');
    if (index >= format.headerLine && !blank) yield { line: index + 1, cells };
  }
}

/**
 * Opens one sheet of a workbook. Numbers become the exact text of what the sheet shows, dates
 * become RFC 3339 text. A cell with an error (`#REF!`) or an uncomputed formula is read as empty.
 * @throws ImportFileError TABLE_UNREADABLE, TABLE_TOO_LARGE
 */
export async function openXlsxTable(path: string, format: TableFormat): Promise<TableFile> {
  const rows = await readSheetRows(path, format);
  const header = rows[format.headerLine - 1];
  if (format.headerLine > 0 && header === undefined) {
    const message = `there is no header on row ${format.headerLine}`;
    throw new ImportFileError('TABLE_UNREADABLE', message, 'Check "headerLine" and "sheet".');
  }
  const columns = header?.map((name) => headerName(toCell(name))) ?? format.columns ?? [];
  return { columns, rows: () => readRows(rows, format) };
}

const headerName = (cell: Cell) => (typeof cell === 'string' ? cell.trim() : '');
