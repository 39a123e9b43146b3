import { expect } from 'chai';
import { after, describe, it } from 'mocha';
import { evaluate, folderWith, outcome, plan, profileOf, removeFolders } from './import-support.ts';

/** [expression, cells of the row, expected value or `CODE` of the refusal] */
type Case = [unknown, Record<string, string>, unknown];

async function check(cases: Case[]): Promise<void> {
  for (const [expression, cells, expected] of cases) {
    const value = await evaluate(expression, cells);
    const label = `${JSON.stringify(expression)} of ${JSON.stringify(cells)}`;
    if (typeof expected === 'string' && /^[A-Z]+_[A-Z_]+$/.test(expected)) {
      expect(String(value).split(':')[0], label).to.equal(expected);
    } else expect(value, label).to.deep.equal(expected);
  }
}

describe('mapping expressions', function () {
  this.timeout(30_000);
  after(removeFolders);

  it('fills templates, and has no value where a column has none', () =>
    check([
      ['{a}-{b}', { a: '1', b: '2' }, '1-2'],
      ['{{{a}}}', { a: '1' }, '{1}'],
      ['{ a }', { a: 'x' }, 'x'],
      ['plain', { a: '' }, 'plain'],
      ['{a}-{b}', { a: '1', b: '' }, undefined],
      ['{a}', { a: '   ' }, undefined],
      [{ template: '{a}!' }, { a: '1' }, '1!'],
      [{ column: 'a{b}' }, { 'a{b}': '7' }, '7'],
      [{ column: 'a', absent: ['0'] }, { a: '0' }, undefined],
      [{ const: { a: [1, true, null, 'x'] } }, { a: '' }, { a: [1, true, null, 'x'] }],
    ]));

  it('reads decimals exactly, by the declared signs and no others', () =>
    check([
      [{ decimal: '{a}' }, { a: '004610.00' }, '4610.00'],
      [{ decimal: '{a}', scale: 2 }, { a: '4610' }, '4610.00'],
      [{ decimal: '{a}', scale: 2 }, { a: '1.500' }, '1.50'],
      [{ decimal: '{a}', scale: 2 }, { a: '1.505' }, 'DECIMAL_INVALID'],
      [{ decimal: '{a}' }, { a: '88259496234518.57' }, '88259496234518.57'],
      [{ decimal: '{a}', thousands: ',' }, { a: '1,234,567.89' }, '1234567.89'],
      [{ decimal: '{a}', thousands: ',' }, { a: '1,23' }, 'DECIMAL_INVALID'],
      [{ decimal: '{a}', thousands: ',' }, { a: '1234,567' }, 'DECIMAL_INVALID'],
      [{ decimal: '{a}' }, { a: '1,234' }, 'DECIMAL_INVALID'],
      [{ decimal: '{a}', point: ',', thousands: '.' }, { a: '1.234,5' }, '1234.5'],
      [{ decimal: '{a}', point: ',', thousands: ' ' }, { a: '1\u00a0234,5' }, '1234.5'],
      [{ decimal: '{a}', shift: -2, scale: 2 }, { a: '7' }, '0.07'],
      [{ decimal: '{a}', shift: -2 }, { a: '14.4' }, '0.144'],
      [{ decimal: '{a}', shift: 4, scale: 2 }, { a: '12.5' }, '125000.00'],
      [{ decimal: '{a}', strip: ['¥', '元'] }, { a: '¥ 12.50元' }, '12.50'],
      [{ decimal: '{a}' }, { a: '１２．５' }, '12.5'],
      [{ decimal: '{a}' }, { a: '\u22125' }, '-5'],
      [{ decimal: '{a}' }, { a: '-0.00' }, '0.00'],
      [{ decimal: '{a}', negative: 'forbid' }, { a: '-5' }, 'DECIMAL_INVALID'],
      [{ decimal: '{a}', negative: 'absolute' }, { a: '-5' }, '5'],
      [{ decimal: '{a}' }, { a: '1E5' }, 'DECIMAL_INVALID'],
      [{ decimal: '{a}' }, { a: '.5' }, 'DECIMAL_INVALID'],
      [{ decimal: '{a}' }, { a: '' }, undefined],
      [{ integer: '{a}' }, { a: '36.0' }, 36],
      [{ integer: '{a}', min: 1 }, { a: '0' }, 'INTEGER_INVALID'],
      [{ integer: '{a}' }, { a: '1.5' }, 'INTEGER_INVALID'],
      [{ integer: '{a}' }, { a: '90071992547409910' }, 'INTEGER_INVALID'],
    ]));

  it('reads dates of every declared form, and refuses days that do not exist', () =>
    check([
      [{ date: '{a}', format: 'YYMMDD', century: 1900 }, { a: '930711' }, '1993-07-11'],
      [{ date: '{a}', format: 'YYMMDD', century: { pivot: 50 } }, { a: '490101' }, '2049-01-01'],
      [{ date: '{a}', format: 'YYMMDD', century: { pivot: 50 } }, { a: '500101' }, '1950-01-01'],
      [{ date: '{a}', format: 'YYYY年M月D日' }, { a: '2024年7月8日' }, '2024-07-08'],
      [{ date: '{a}', format: 'YYYY年M月D日' }, { a: '２０２４年７月８日' }, '2024-07-08'],
      [{ date: '{a}', format: ['D.M.YYYY', 'iso'] }, { a: '8.7.2024' }, '2024-07-08'],
      [{ date: '{a}', format: ['D.M.YYYY', 'iso'] }, { a: '2024-07-08' }, '2024-07-08'],
      [{ date: '{a}', format: '[Day ]DD/MM/YYYY' }, { a: 'Day 08/07/2024' }, '2024-07-08'],
      [{ date: '{a}', format: 'iso' }, { a: '2023-02-29' }, 'DATE_INVALID'],
      [{ date: '{a}', format: 'iso' }, { a: '2024-02-29' }, '2024-02-29'],
      [{ date: '{a}', format: 'YYYYMMDD' }, { a: '19000229' }, 'DATE_INVALID'],
      [{ date: '{a}', format: 'YYYYMMDD' }, { a: '20001301' }, 'DATE_INVALID'],
      [
        { date: '{a}', format: 'YYYY-MM-DD HH:mm', timezone: '+08:00' },
        { a: '2024-07-08 09:30' },
        '2024-07-08T09:30:00+08:00',
      ],
      [{ date: '{a}', format: 'iso' }, { a: '2024-07-08T09:30:00Z' }, '2024-07-08T09:30:00Z'],
      [{ date: '{a}', format: 'iso' }, { a: '2024-07-08 09:30:00' }, 'DATE_INVALID'],
      [{ date: '{a}', format: 'excel-serial' }, { a: '1' }, '1900-01-01'],
      [{ date: '{a}', format: 'excel-serial' }, { a: '59' }, '1900-02-28'],
      [{ date: '{a}', format: 'excel-serial' }, { a: '60' }, 'DATE_INVALID'],
      [{ date: '{a}', format: 'excel-serial' }, { a: '61' }, '1900-03-01'],
      [{ date: '{a}', format: 'excel-serial' }, { a: '45481' }, '2024-07-08'],
      [
        { date: '{a}', format: 'excel-serial', timezone: 'Z' },
        { a: '45481.395833333336' },
        '2024-07-08T09:30:00Z',
      ],
      [{ date: '{a}', format: 'excel-serial-1904' }, { a: '0' }, '1904-01-01'],
      [{ date: '{a}', format: 'days-since:1960-01-01' }, { a: '15130' }, '2001-06-04'],
      [{ date: '{a}', format: 'unix-s' }, { a: '1720431000' }, '2024-07-08T09:30:00.000Z'],
      [{ date: '{a}', format: 'unix-ms' }, { a: '1720431000000' }, '2024-07-08T09:30:00.000Z'],
    ]));

  it('reads birth numbers by what was added to the month', () => {
    const birth = { format: 'YYMMDD', century: 1900, monthOffsets: [0, 50] };
    const gender = {
      map: { monthOffset: '{a}', ...birth },
      table: { '0': 'male', '50': 'female' },
    };
    return check([
      [{ date: '{a}', ...birth }, { a: '395423' }, '1939-04-23'],
      [{ date: '{a}', ...birth }, { a: '581207' }, '1958-12-07'],
      [gender, { a: '395423' }, 'female'],
      [gender, { a: '581207' }, 'male'],
      [gender, { a: '583307' }, 'DATE_INVALID'],
    ]);
  });

  it('reckons due days by the calendar', () => {
    const from = { date: '{a}', format: 'iso' };
    return check([
      [{ dayOfMonth: 12, after: from }, { a: '1993-12-13' }, '1994-01-12'],
      [{ dayOfMonth: 12, after: from }, { a: '1993-12-12' }, '1994-01-12'],
      [{ dayOfMonth: 12, after: from }, { a: '1993-12-11' }, '1993-12-12'],
      [{ dayOfMonth: 31, after: from }, { a: '2024-01-31' }, '2024-02-29'],
      [{ dayOfMonth: 12, after: '{a}' }, { a: 'soon' }, 'DATE_INVALID'],
      [{ addMonths: from, months: { const: 1 } }, { a: '2023-01-31' }, '2023-02-28'],
      [{ addMonths: from, months: '{n}' }, { a: '2023-01-31', n: '12' }, '2024-01-31'],
      [{ addMonths: from, months: '{n}' }, { a: '2023-01-31', n: 'x' }, 'INTEGER_INVALID'],
    ]);
  });

  it('chooses, joins, cuts and nests', () =>
    check([
      [{ map: '{a}', table: { A: 'x' } }, { a: 'A' }, 'x'],
      [{ map: '{a}', table: { A: 'x' } }, { a: 'toString' }, 'CODE_UNKNOWN'],
      [{ map: '{a}', table: { A: 'x' }, otherwise: '{a}?' }, { a: 'B' }, 'B?'],
      [{ map: '{a}', table: { A: true } }, { a: '' }, undefined],
      [{ concat: ['{a}', '{b}', 'c'], separator: ', ' }, { a: '1', b: '' }, '1, c'],
      [{ concat: ['{a}'] }, { a: '' }, undefined],
      [{ first: ['{a}', '{b}'] }, { a: '', b: '2' }, '2'],
      [{ slice: '{a}', from: 6, to: 14 }, { a: '110105199003077213' }, '19900307'],
      [{ slice: '{a}', from: -1 }, { a: '张三' }, '三'],
      [{ slice: '{a}', from: 1, to: 2 }, { a: '𠮷田' }, '田'],
      [{ list: ['{a}', '{b}', { integer: '{c}' }] }, { a: '1', b: '', c: '3' }, ['1', 3]],
      [{ object: { x: '{a}', y: '{b}' } }, { a: '1', b: '' }, { x: '1' }],
      [{ object: { y: '{b}' } }, { a: '1', b: '' }, undefined],
      [{ decimal: { list: ['{a}'] } }, { a: '1' }, 'VALUE_INVALID'],
    ]));

  it('answers conditions', async () => {
    const yes = (when: unknown) => ({ when, use: 'yes', otherwise: 'no' });
    const a = '{a}';
    await check([
      [yes({ value: a, equals: 'x' }), { a: ' x ' }, 'yes'],
      [yes({ value: a, equals: 'x' }), { a: '' }, 'no'],
      [yes({ not: { value: a, equals: 'x' } }), { a: '' }, 'yes'],
      [yes({ value: a, in: ['x', 'y'] }), { a: 'y' }, 'yes'],
      [yes({ value: a, present: false }), { a: '' }, 'yes'],
      [yes({ value: a, above: '0' }), { a: '0.00' }, 'no'],
      [yes({ value: a, above: '0' }), { a: '0.01' }, 'yes'],
      [yes({ value: a, below: '-1.5' }), { a: '-1.51' }, 'yes'],
      [yes({ value: a, above: '0' }), { a: 'x' }, 'DECIMAL_INVALID'],
      [
        yes({
          any: [
            { value: a, equals: 'x' },
            { value: a, equals: 'y' },
          ],
        }),
        { a: 'y' },
        'yes',
      ],
      [
        yes({
          all: [
            { value: a, equals: 'x' },
            { value: a, equals: 'y' },
          ],
        }),
        { a: 'y' },
        'no',
      ],
      [{ when: { value: a, equals: 'x' }, use: 'yes' }, { a: 'y' }, undefined],
    ]);
  });

  it('uses the time zone of the profile where a date names none', async () => {
    const folder = folderWith({ 't.csv': 'a\n2024-07-08 09:30:00\n' });
    const profile = { ...profileOf({ value: { date: '{a}', format: 'iso' } }), timezone: '+08:00' };
    const [item] = await plan(profile, folder);
    expect(outcome(item)).to.deep.equal({ value: '2024-07-08T09:30:00+08:00' });
  });
});

describe('joins', () => {
  after(removeFolders);

  const files = {
    't.csv': 'id,who\n1,a\n2,b\n3,c\n4,d\n',
    'people.csv': 'who,type,city\na,OWNER,x\na,USER,y\nb,OWNER,x\nb,OWNER,x\nc,USER,x\n',
    'city.csv': 'city,name\nx,Praha\n',
  };
  const profile = (required: boolean) => {
    const join = {
      person: {
        file: 'people',
        key: 'who',
        on: '{who}',
        where: { value: '{type}', equals: 'OWNER' },
        required,
      },
      city: { file: 'city', key: 'city', on: '{person.city}', required },
    };
    const base = profileOf({ id: '{id}', city: '{city.name}' }, {}, { join });
    const more = { people: { path: 'people.csv' }, city: { path: 'city.csv' } };
    return { ...base, files: { ...base.files, ...more } };
  };

  it('follow keys from file to file, and refuse missing and ambiguous ones', async () => {
    const items = await plan(profile(true), folderWith(files), { values: true });
    expect(items.map((item) => (item.ok ? outcome(item) : item.code))).to.deep.equal([
      { id: '1', city: 'Praha' },
      'JOIN_AMBIGUOUS',
      'JOIN_MISSING',
      'JOIN_MISSING',
    ]);
    expect(items[2]).to.include({ line: 4, column: 'person.who', value: 'c' });
  });

  it('have no value where they need not be there', async () => {
    const items = await plan(profile(false), folderWith(files));
    expect(items.map(outcome)[2]).to.deep.equal({ id: '3' });
  });

  it('treat an optional file that is missing as one without rows', async () => {
    const base = profile(false);
    const city = { path: 'nowhere.csv', optional: true };
    const items = await plan({ ...base, files: { ...base.files, city } }, folderWith(files));
    expect(outcome(items[0])).to.deep.equal({ id: '1' });
  });
});
