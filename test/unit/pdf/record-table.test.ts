import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { recordBlocks } from '../../../src/adapters/pdf/record-blocks.ts';
import { readRecordFields } from '../../../src/adapters/pdf/record-fields.ts';
import { recordTable } from '../../../src/adapters/pdf/record-table.ts';
import { RECORD_SCHEMAS } from '../../../src/claim/records.ts';
import { TEMPLATES } from './sample-inputs.ts';

const fieldsOf = (record: unknown) => readRecordFields(Buffer.from(JSON.stringify(record)));
const paid = (date: string, amount: string, more = {}) => fieldsOf({ amount, date, ...more });
const sorted = (fields: { path: string; value: string }[]) =>
  fields.map(({ path: name, value }) => `${name}=${value}`).sort();

describe('a table of records', () => {
  it('puts date and amount first, says once what is the same, and the long on a second line', () => {
    const note = 'The borrower said that he would pay on Friday, when his wages come.';
    const table = recordTable([
      paid('2025-01-15', '950.78', { currency: 'CNY', serial: 'A1', remark: note }),
      paid('2025-02-15', '950.78', { currency: 'CNY', serial: 'B2', booked: { fees: '1.00' } }),
    ]);
    expect(table?.common).to.deep.equal([{ path: 'currency', value: 'CNY' }]);
    expect(table?.columns.map((column) => [column.path, column.align])).to.deep.equal([
      ['date', 'left'],
      ['amount', 'right'],
      ['serial', 'left'],
    ]);
    expect(table?.rows).to.deep.equal([
      { cells: ['2025-01-15', '950.78', 'A1'], rest: [{ path: 'remark', value: note }] },
      { cells: ['2025-02-15', '950.78', 'B2'], rest: [{ path: 'booked.fees', value: '1.00' }] },
    ]);
  });

  it('loses no field and invents none, whatever the records hold', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 5 }), fc.string(), { maxKeys: 3 }),
    );
    const name = fc.constantFrom('date', 'amount', 'a', 'b', 'c.d', 'e[0]', 'channel', 'payer');
    const record = fc.dictionary(name, value, { maxKeys: 8 });
    fc.assert(
      fc.property(fc.array(record, { minLength: 2, maxLength: 6 }), (records) => {
        const fields = records.map(fieldsOf);
        const table = recordTable(fields);
        const clash = fields.some((list) => new Set(list.map((it) => it.path)).size < list.length);
        expect(table === undefined).to.equal(clash);
        for (const [index, { cells, rest }] of (table?.rows ?? []).entries()) {
          const inColumns = (table?.columns ?? []).flatMap((column, at) => {
            const cell = cells[at] ?? '';
            return cell === '' ? [] : [{ path: column.path, value: cell }];
          });
          const shown = [...(table?.common ?? []), ...inColumns, ...rest];
          expect(sorted(shown)).to.deep.equal(sorted(fields[index] ?? []));
        }
      }),
    );
  });

  it('is refused for records with more fields than a reader can follow', () => {
    const wide = Object.fromEntries(Array.from({ length: 61 }, (_, at) => [`field${at}`, at]));
    expect(recordTable([fieldsOf(wide), fieldsOf(wide)])).to.equal(undefined);
  });
});

describe('a single record', () => {
  it('shows a list of rows as a table, its number and due date first', () => {
    const schedule = [
      { balanceAfter: '50.00', dueDate: '2025-01-15', no: 1, principal: '50.00' },
      { balanceAfter: '0.00', dueDate: '2025-02-15', no: 2, principal: '50.00' },
    ];
    const { fields, lists } = recordBlocks(fieldsOf({ contractNo: 'HT-1', schedule }));
    expect(fields).to.deep.equal([{ path: 'contractNo', value: 'HT-1' }]);
    expect(lists.map(({ columns, rows }) => [columns.map((it) => it.path), rows])).to.deep.equal([
      [
        ['no', 'dueDate', 'principal', 'balanceAfter'],
        [
          ['1', '2025-01-15', '50.00', '50.00'],
          ['2', '2025-02-15', '50.00', '0.00'],
        ],
      ],
    ]);
  });

  it('keeps as fields what a table would lose: nested items, empty values, long texts', () => {
    for (const rows of [[{ a: { b: '1' } }], [{ a: '' }], [{ a: 'x'.repeat(90) }], ['x', 'y']]) {
      const fields = fieldsOf({ rows });
      expect(recordBlocks(fields)).to.deep.equal({ fields, lists: [] });
    }
  });
});

describe('the names of fields', () => {
  for (const language of ['cn', 'en']) {
    it(`${language}: every field of every known record has one`, () => {
      const file = path.join(TEMPLATES, language, 'field-names.json');
      const names: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
      const known = new Set<string>();
      for (const schema of Object.values(RECORD_SCHEMAS)) collectKeys(schema, known);
      expect([...known].length).to.be.greaterThan(100);
      expect([...known].filter((key) => typeof names[key] !== 'string')).to.deep.equal([]);
    });
  }
});

/** Names of all object fields below a schema, found by their definitions. */
function collectKeys(value: unknown, keys: Set<string>, seen = new Set<unknown>()): void {
  if (value === null || typeof value !== 'object' || seen.has(value)) return;
  seen.add(value);
  const { shape, def, options, innerType, element }: Record<string, unknown> = { ...value };
  if (shape !== null && typeof shape === 'object') {
    for (const [key, item] of Object.entries(shape)) {
      keys.add(key);
      collectKeys(item, keys, seen);
    }
  }
  for (const inner of [def, innerType, element]) collectKeys(inner, keys, seen);
  if (Array.isArray(options)) for (const option of options) collectKeys(option, keys, seen);
}
