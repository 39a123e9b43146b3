import type { Json } from '../../formats/jcs.ts';
import type { BundlePart, BundleRecords, Jurisdiction } from '../../litigation/ports.ts';
import { recordBlocks } from './record-blocks.ts';
import type { RecordField } from './record-fields.ts';
import type { RecordTable } from './record-table.ts';
import type { TypstEngine } from './typst-engine.ts';
import { visibleText } from './visible-text.ts';

/** What is typeset rather than merged: a record, a table of records, or a slip sheet. */
export type Sheet =
  | { kind: 'record'; part: BundlePart; fields: RecordField[] }
  | { kind: 'table'; part: BundleRecords; table: RecordTable }
  | { kind: 'slip'; part: BundlePart; reason: string };

/** One line of the contents page. Template `cover`. */
export type ContentsRow = {
  mark: string;
  title: string;
  first: string;
  pages: string;
  /** Why the part shows a slip sheet; empty otherwise. */
  note: string;
};

/** What is stamped on one page, and the page's size in points. Template `stamp`. */
export type Stamp = {
  width: number;
  height: number;
  caption: string;
  mark: string;
  number: string;
};

/** Where a line of the contents page stands: points from the page's top left. */
export interface RowPosition {
  row: number;
  page: number;
  y: number;
}

/** The bundle's own pages, set by templates of the jurisdiction; text is made showable first. */
export interface SheetTypesetter {
  /** @returns one PDF of all sheets, and the number of pages of each */
  sheets(sheets: Sheet[]): { bytes: Uint8Array; pageCounts: number[] };
  contents(caption: string, rows: ContentsRow[]): ContentsSheets;
  /** @returns a PDF with one page a stamp, in order */
  stamps(stamps: Stamp[]): Uint8Array;
}

export interface ContentsSheets {
  bytes: Uint8Array;
  pageCount: number;
  positions: RowPosition[];
}

export function createSheetTypesetter(
  engine: TypstEngine,
  jurisdiction: Jurisdiction,
  date: string,
): SheetTypesetter {
  const show = (text: string) => visibleText(text, engine.coverage);
  const typeset = (template: string, data: Parameters<TypstEngine['typeset']>[0]['data']) =>
    engine.typeset({ file: `${jurisdiction}/${template}.typ`, data, date, use: 'sheet' });
  return {
    sheets(sheets) {
      const result = typeset('sheet', {
        sheets: sheets.map((sheet) => showAll(sheetData(sheet), show)),
      });
      return {
        bytes: result.bytes,
        pageCounts: pageCounts(result.query('sheet'), result.pageCount),
      };
    },
    contents(caption, rows) {
      const shown = rows.map((row) => ({ ...row, mark: show(row.mark), title: show(row.title) }));
      const result = typeset('cover', { caption: show(caption), rows: shown });
      return {
        bytes: result.bytes,
        pageCount: result.pageCount,
        positions: result.query('row').map(readPosition),
      };
    },
    stamps(stamps) {
      const shown = stamps.map((stamp) => ({
        ...stamp,
        caption: show(stamp.caption),
        mark: show(stamp.mark),
      }));
      return typeset('stamp', { stamps: shown }).bytes;
    },
  };
}

/** What template `sheet` takes; see `templates/shared/records.typ`. */
function sheetData(sheet: Sheet): Json {
  if (sheet.kind === 'table') return tableData(sheet.part, sheet.table);
  const { part } = sheet;
  const common = {
    kind: sheet.kind,
    mark: part.mark ?? '',
    title: part.title,
    path: part.path,
    mediaType: part.mediaType,
    size: String(part.bytes.length),
    sha256: part.sha256,
  };
  if (sheet.kind === 'slip') return { ...common, reason: sheet.reason };
  return { ...common, ...recordBlocks(sheet.fields) };
}

function tableData({ mark = '', title, records }: BundleRecords, table: RecordTable): Json {
  const rows = records.map(({ seq, path, bytes, sha256 }, index) => {
    const row = table.rows[index] ?? { cells: [], rest: [] };
    return { seq: String(seq), path, size: String(bytes.length), sha256, ...row };
  });
  return { kind: 'table', mark, title, ...table, count: String(records.length), rows };
}

/** Every text of the data made showable; keys are ours. */
function showAll(value: Json, show: (text: string) => string): Json {
  if (typeof value === 'string') return show(value);
  if (Array.isArray(value)) return value.map((item) => showAll(item, show));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, showAll(item, show)]));
}

/** Every sheet starts a page of its own and marks it; the next one's start ends it. */
function pageCounts(starts: unknown[], total: number): number[] {
  const pages = starts.map(Number);
  return pages.map((page, index) => (pages[index + 1] ?? total + 1) - page);
}

function readPosition(value: unknown): RowPosition {
  const fields: Record<string, unknown> = { ...(value as object) };
  return { row: Number(fields.row), page: Number(fields.page), y: Number(fields.y) };
}
