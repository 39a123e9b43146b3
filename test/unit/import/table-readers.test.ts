import { symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ZipArchive } from 'archiver';
import { expect } from 'chai';
import { after, describe, it } from 'mocha';
import { openImportFolder } from '../../../src/adapters/import/import-folder.ts';
import { readProfile } from '../../../src/adapters/import/profile-store.ts';
import { spreadsheetNumber } from '../../../src/adapters/import/spreadsheet-number.ts';
import type { Cell, TableFormat, TableRow } from '../../../src/evidence/deposit/ports.ts';
import {
  folderWith,
  outcome,
  PROFILES,
  plan,
  profileOf,
  realData,
  removeFolders,
} from './import-support.ts';

const CSV: TableFormat = {
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ',',
  quote: '"',
  headerLine: 1,
};

async function readTable(folder: string, name: string, format: Partial<TableFormat> = {}) {
  const table = await openImportFolder(folder).openTable(name, { ...CSV, ...format });
  if (table === undefined) throw new Error(`no ${name}`);
  const rows: TableRow[] = [];
  for await (const row of table.rows()) rows.push(row);
  return { columns: table.columns, rows };
}

const read = (content: string | Uint8Array, format: Partial<TableFormat> = {}) =>
  readTable(folderWith({ t: content }), 't', format);

const TEXT = '合同编号,借款人\nHT-1,张三𠮷\n';
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
/** TEXT in GB18030; its last character takes four bytes. */
const GB18030 = Buffer.from('bacfcdacb1e0bac52cbde8bfeec8cb0a48542d312cd5c5c8fd9534b2350a', 'hex');

describe('CSV reader', function () {
  this.timeout(30_000);
  after(removeFolders);

  it('reads each declared encoding to the same cells', async () => {
    const inputs: [string | Uint8Array, string][] = [
      [TEXT, 'utf-8'],
      [`\uFEFF${TEXT}`, 'utf-8'],
      [utf16(TEXT), 'utf-16le'],
      [utf16(TEXT).swap16(), 'utf-16be'],
      [GB18030, 'gb18030'],
    ];
    for (const [content, encoding] of inputs) {
      const { columns, rows } = await read(content, { encoding });
      expect(columns, encoding).to.deep.equal(['合同编号', '借款人']);
      expect(rows, encoding).to.deep.equal([{ line: 2, cells: ['HT-1', '张三𠮷'] }]);
    }
  });

  it('does not split characters at the borders of its chunks', async () => {
    const name = '张'.repeat(70_001);
    const { rows } = await read(`a,b\n1${name},2\n`);
    expect(rows[0]?.cells[0]).to.equal(`1${name}`);
  });

  it('reads the real ledger alike in GB18030, UTF-16LE and UTF-8', async function () {
    const folder = realData(this, 'docs/tables');
    const expected = await readTable(folder, 'loans_zh_utf8.csv');
    expect(expected.rows).to.have.length(200);
    const others: [string, string][] = [
      ['loans_zh_utf8bom.csv', 'utf-8'],
      ['loans_zh_utf16le.csv', 'utf-16le'],
      ['loans_zh_gb18030.csv', 'gb18030'],
    ];
    for (const [name, encoding] of others) {
      expect(await readTable(folder, name, { encoding }), name).to.deep.equal(expected);
    }
  });

  it('tells lines by the file, past quoted line breaks and blank lines', async () => {
    const { rows } = await read('a,b\n"x\ny",1\n\n2,"q"",r"\r\n3,4');
    expect(rows).to.deep.equal([
      { line: 2, cells: ['x\ny', '1'] },
      { line: 5, cells: ['2', 'q",r'] },
      { line: 6, cells: ['3', '4'] },
    ]);
  });

  it('reports a row with another number of fields, and goes on', async () => {
    const { rows } = await read('a,b\n1\n1,2,3\n4,5\n');
    expect(rows.map(({ line, problem }) => [line, problem])).to.deep.equal([
      [2, 'has 1 fields instead of 2'],
      [3, 'has 3 fields instead of 2'],
      [4, undefined],
    ]);
  });

  it('reports a row with stray quotes, and goes on', async () => {
    const { rows } = await read('a,b\n1,2\n"x"y,3\n4,5\n');
    expect(rows.map(({ line, problem }) => [line, problem !== undefined])).to.deep.equal([
      [2, false],
      [3, true],
      [4, false],
    ]);
  });

  it('reports an unclosed quote where it is opened, and goes on', async () => {
    const { rows } = await read('a,b\n1,2\n3,"4\n5,6\n"7\n7",8\n9,"10');
    expect(rows).to.deep.equal([
      { line: 2, cells: ['1', '2'] },
      { line: 3, cells: [], problem: 'a quote inside a quoted field is not doubled' },
      { line: 4, cells: ['5', '6'] },
      { line: 5, cells: ['7\n7', '8'] },
      { line: 7, cells: [], problem: 'a quote is opened and never closed' },
    ]);
  });

  it('loses no row of a long file around rows that are no CSV', async () => {
    const bad = new Set([2, 500, 501, 20_000, 29_999]);
    const line = (n: number) => (bad.has(n) ? `${n},"x` : `${n},y`);
    const lines = Array.from({ length: 30_000 }, (_, index) => line(index + 2));
    const { rows } = await read(`a,b\n${lines.join('\r\n')}\r\n`);
    expect(rows).to.have.length(30_000);
    expect(rows.filter((row) => row.problem).map((row) => row.line)).to.deep.equal([...bad]);
    for (const row of rows) if (!row.problem) expect(row.cells[0]).to.equal(String(row.line));
  });

  it('gives up on a file in which nothing is CSV', async () => {
    const { rows } = await read(`a,b\n${'x"y"\n'.repeat(1100)}`);
    expect(rows).to.have.length(1002);
    expect(rows.at(-1)?.problem).to.contain('the rest is not read');
  });

  it('takes quotes literally where the file knows no quoting', async () => {
    const { rows } = await read('a;b\n1;5" nail\n', { quote: null, delimiter: ';' });
    expect(rows[0]?.cells).to.deep.equal(['1', '5" nail']);
  });

  it('skips lines above the header, and does without one', async () => {
    const { columns, rows } = await read('Ledger 2024,,\n\nid,n\n1,2\n', { headerLine: 3 });
    expect(columns).to.deep.equal(['id', 'n']);
    expect(rows).to.deep.equal([{ line: 4, cells: ['1', '2'] }]);
    const none = await read('1,2\n3,4\n', { headerLine: 0, columns: ['x', 'y'] });
    expect(none.columns).to.deep.equal(['x', 'y']);
    expect(none.rows.map((row) => row.line)).to.deep.equal([1, 2]);
  });

  it('refuses a file without the header line', async () => {
    const error = await read('').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'TABLE_UNREADABLE');
  });

  it('lets no cell through whose bytes the encoding does not know', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a,b\n1,'),
      Uint8Array.of(0xff),
      Buffer.from('\n2,3\n'),
    ]);
    const folder = folderWith({ 't.csv': bytes });
    const used = await plan(profileOf({ x: '{b}' }), folder);
    expect(used.map((item) => (item.ok ? 'ok' : item.code))).to.deep.equal([
      'CELL_UNREADABLE',
      'ok',
    ]);
    const unused = await plan(profileOf({ x: '{a}' }), folder);
    expect(unused.every((item) => item.ok)).to.equal(true);
  });
});

describe('NDJSON reader', () => {
  after(removeFolders);

  const format = { format: 'ndjson', columns: ['id', 'who.name', 'rates.1', 'gone'] } as const;

  it('reaches inside objects and keeps numbers as written', async () => {
    const { rows } = await read(
      '{"id":12345678901234567890.10,"who":{"name":"张三"},"rates":[1,0.10]}\r\n\n{"id":true}\n',
      format,
    );
    expect(rows).to.deep.equal([
      { line: 1, cells: ['12345678901234567890.10', '张三', '0.10', undefined] },
      { line: 3, cells: ['true', undefined, undefined, undefined] },
    ]);
  });

  it('reports lines that are no JSON or repeat a key, and goes on', async () => {
    const { rows } = await read('{"id":1}\n{"id":1,"id":2}\n{bad\n{"id":"4"}', format);
    expect(rows.map(({ line, problem }) => [line, problem !== undefined])).to.deep.equal([
      [1, false],
      [2, true],
      [3, true],
      [4, false],
    ]);
  });
});

const XLSX_PARTS = {
  '[Content_Types].xml':
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
  '_rels/.rels':
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
  'xl/workbook.xml':
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="台账" sheetId="1" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
  'xl/styles.xml':
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
};

/** A workbook with one sheet; each cell is the XML of a `c` element without its reference. */
async function workbook(rows: string[][], firstRow = 1): Promise<Uint8Array> {
  const cell = (xml: string, row: number, at: number) =>
    xml.replace('<c', `<c r="${String.fromCharCode(65 + at)}${row}"`);
  const body = rows.map((cells, index) => {
    const row = firstRow + index;
    return `<row r="${row}">${cells.map((xml, at) => cell(xml, row, at)).join('')}</row>`;
  });
  const sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${body.join('')}</sheetData></worksheet>`;
  const zip = new ZipArchive({ store: true });
  const chunks: Buffer[] = [];
  zip.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const [name, xml] of Object.entries(XLSX_PARTS)) zip.append(xml, { name });
  zip.append(sheet, { name: 'xl/worksheets/sheet1.xml' });
  await zip.finalize();
  return Buffer.concat(chunks);
}

const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
const number = (value: string, style = 0) => `<c s="${style}"><v>${value}</v></c>`;
const xlsx = { format: 'xlsx' } as const;

describe('XLSX reader', function () {
  this.timeout(30_000);
  after(removeFolders);

  it('reads text, exact numbers and dates', async () => {
    const bytes = await workbook([
      [text('id'), text('amount'), text('on')],
      [text('007'), number('702.90000000000009'), number('45481', 1)],
      [text(' x '), number('1E-2'), number('45481.395833333336', 1)],
      [text('110105199003077213'), number('110105199003077210'), '<c t="e"><v>#REF!</v></c>'],
    ]);
    const { columns, rows } = await read(bytes, xlsx);
    expect(columns).to.deep.equal(['id', 'amount', 'on']);
    expect(rows.slice(0, 2)).to.deep.equal([
      { line: 2, cells: ['007', '702.9', '2024-07-08'] },
      { line: 3, cells: [' x ', '0.01', '2024-07-08T09:30:00'] },
    ]);
    expect(rows[2]?.cells[0]).to.equal('110105199003077213');
    expect(rows[2]?.cells[1]).to.have.property('unreadable');
    expect(rows[2]?.cells[2]).to.equal(undefined);
  });

  it('counts rows as the sheet does', async () => {
    const bytes = await workbook([[text('id')], [text('1')]], 3);
    const { columns, rows } = await read(bytes, { ...xlsx, headerLine: 3, sheet: '台账' });
    expect([columns, rows]).to.deep.equal([['id'], [{ line: 4, cells: ['1'] }]]);
  });

  it('says that a sheet or a workbook is not there', async () => {
    const bytes = await workbook([[text('id')]]);
    for (const input of [bytes, 'PK no zip', '']) {
      const error = await read(input, { ...xlsx, sheet: 'none' }).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.have.property('code', 'TABLE_UNREADABLE');
    }
  });

  it('finds in real workbooks what stands in their CSV twins', async function () {
    const folder = realData(this, 'docs/tables');
    for (const account of ['10266', '1801', '6034', '9188']) {
      const csv = await readTable(folder, `berka_account_${account}.csv`, { delimiter: ';' });
      const sheet = await readTable(folder, `berka_account_${account}.xlsx`, xlsx);
      expect(sheet.columns).to.deep.equal(csv.columns);
      // Money is a number in the workbook and a text with two decimals in the CSV.
      const exact = (row: TableRow) => row.cells.map((cell) => tidy(cell));
      expect(sheet.rows.map(exact)).to.deep.equal(csv.rows.map(exact));
      expect(sheet.rows.map((row) => row.line)).to.deep.equal(csv.rows.map((row) => row.line));
    }
  });
});

const tidy = (cell: Cell) =>
  typeof cell === 'string' && cell.trim() !== ''
    ? cell.replace(/^(-?\d+)\.(\d*?)0+$/, '$1.$2').replace(/\.$/, '')
    : undefined;

describe('numbers of spreadsheets', () => {
  it('are what the sheet shows, to 15 digits, without a float', () => {
    const cases: [string, unknown][] = [
      ['700', '700'],
      ['0', '0'],
      ['-0.0', '0'],
      ['2.9', '2.9'],
      ['0.10000000000000001', '0.1'],
      ['19674.900000000001', '19674.9'],
      ['0.99999999999999994', '1'],
      ['999999999999.99995', '1000000000000'],
      ['-1234.5600000000004', '-1234.56'],
      ['1.5E3', '1500'],
      ['1.5e-7', '0.00000015'],
      ['123456789012345', '123456789012345'],
    ];
    for (const [input, expected] of cases)
      expect(spreadsheetNumber(input), input).to.equal(expected);
    for (const input of ['1234567890123456', '1.10105199003077E+17', 'x', '', '1E9999']) {
      expect(spreadsheetNumber(input), input).to.have.property('unreadable');
    }
  });
});

describe('documents', () => {
  after(removeFolders);

  it('come from inside the import folder only, after symbolic links', async () => {
    const root = folderWith({
      'secret.txt': 'secret',
      'in/t.csv': 'path\ndocs/a.txt\nnowhere.txt\n../secret.txt\nlink.txt\n',
      'in/docs/a.txt': 'hello',
    });
    const folder = join(root, 'in');
    symlinkSync(join(root, 'secret.txt'), join(folder, 'link.txt'));
    const base = profileOf(undefined);
    const emit = {
      ...base.steps[0]?.emits[0],
      kind: 'contract',
      payload: undefined,
      document: { path: '{path}', mediaType: { const: 'text/plain' } },
    };
    const items = await plan({ ...base, steps: [{ from: 't', emits: [emit] }] }, folder);
    expect(outcome(items[0])).to.deep.equal({
      form: 'file',
      name: 'a.txt',
      mediaType: 'text/plain',
      bytes: new Uint8Array(Buffer.from('hello')),
    });
    expect(items.slice(1).map((item) => (item.ok ? 'ok' : item.code))).to.deep.equal([
      'DOCUMENT_MISSING',
      'DOCUMENT_REFUSED',
      'DOCUMENT_REFUSED',
    ]);
  });
});

describe('the profile example-zh', function () {
  this.timeout(30_000);
  it('maps the real ledger, whatever its encoding', async function () {
    const folder = realData(this, 'docs/tables');
    const profile = (await readProfile('example-zh', PROFILES)) as { files: object };
    const run = async (path: string, encoding: string) => {
      const files = { loans: { path, encoding } };
      const items = await plan({ ...profile, files }, folder);
      return items.map((item) => (item.ok ? item.command : item));
    };
    const expected = await run('loans_zh_gb18030.csv', 'gb18030');
    expect(expected).to.have.length(600);
    expect(expected.some((item) => 'ok' in item)).to.equal(false);
    expect(await run('loans_zh_utf8bom.csv', 'utf-8')).to.deep.equal(expected);
    expect(await run('loans_zh_utf16le.csv', 'utf-16le')).to.deep.equal(expected);
    const first = JSON.parse(await readFile(join(PROFILES, 'example-zh.json'), 'utf8'));
    expect(first.system).to.equal('core-banking-zh');
  });
});
