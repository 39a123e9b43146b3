import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { after, describe, it } from 'mocha';
import { ProfileError } from '../../../src/evidence/deposit/mapping-errors.ts';
import { planImport } from '../../../src/evidence/deposit/mapping-plan.ts';
import { parseProfile } from '../../../src/evidence/deposit/mapping-profile.ts';
import type { ImportSource } from '../../../src/evidence/deposit/ports.ts';
import { canonicalJson } from '../../../src/formats/jcs.ts';
import { folderWith, plan, profileOf, realData, removeFolders } from './import-support.ts';

const COLUMNS = ['id', 'date', 'amount', 'code'];
const birth = { format: 'YYMMDD', century: { pivot: 30 }, monthOffsets: [0, 50] };

/** A profile that puts every operator to work on every column. */
function everything() {
  const date = { date: '{date}', format: ['iso', 'excel-serial', 'YYYY年M月D日', 'unix-s'] };
  const base = profileOf({
    a: '{id}/{code}',
    b: { decimal: '{amount}', thousands: ',', strip: ['¥'], shift: -2, scale: 4 },
    c: { integer: '{amount}', min: 0 },
    d: date,
    e: { monthOffset: '{date}', ...birth },
    f: { dayOfMonth: 31, after: date },
    g: { addMonths: date, months: '{code}' },
    h: { map: '{code}', table: { A: 'x' }, otherwise: { slice: '{code}', from: -3, to: 2 } },
    i: { concat: ['{id}', '{code}'], separator: ' ' },
    j: { when: { value: '{amount}', above: '0' }, use: { list: ['{id}'] } },
    k: { object: { a: { first: ['{code}', '{id}'] } } },
  });
  const single = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'a'];
  const [step] = base.steps;
  const [emit] = step?.emits ?? [];
  const payload = emit?.payload as Record<string, unknown>;
  // One emit a field, so that the first failure does not hide the others.
  const emits = single.map((name) => ({
    ...emit,
    loan: '{id}',
    eventId: '{id}',
    occurredAt: name === 'a' ? '{date}' : { const: '2024-01-01' },
    payload: { [name]: payload[name] },
  }));
  return { ...base, steps: [{ ...step, emits }] };
}

/** Rows as they are, past any reader: what the mapping makes of them must never be a crash. */
const sourceOf = (rows: string[][]): ImportSource => ({
  openTable: async () => ({
    columns: COLUMNS,
    async *rows() {
      for (const [index, cells] of rows.entries()) yield { line: index + 2, cells };
    },
  }),
  readDocument: async () => undefined,
});

async function mapAll(rows: string[][]): Promise<void> {
  let items = 0;
  for await (const item of planImport(parseProfile(everything()), sourceOf(rows))) {
    items++;
    if (item.ok) canonicalJson(item.command as never);
    else
      expect(item.code)
        .to.match(/^[A-Z]+_[A-Z_]+$/)
        .and.to.not.equal('FILE_UNREADABLE');
  }
  expect(items).to.equal(rows.length * 11);
}

describe('hostile input', function () {
  this.timeout(30_000);
  after(removeFolders);

  it('of any text becomes a command or a coded refusal', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[-+¥]?[0-9０-９]{0,20}[.,]?[0-9]{0,5}$/),
      fc.stringMatching(/^\d{2,4}[-年]?\d{1,2}[-月]?\d{1,2}日?$/),
      fc.constantFrom('\uD800', '\uFFFD', '__proto__', 'constructor', '99999999999999'),
    );
    const rows = fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { maxLength: 5 });
    await fc.assert(fc.asyncProperty(rows, mapAll), { numRuns: 100 });
  });

  it('of the list of naughty strings likewise', async function () {
    const path = join(realData(this, 'vectors/blns'), 'blns.json');
    if (!existsSync(path)) return this.skip();
    const strings = JSON.parse(readFileSync(path, 'utf8')) as string[];
    expect(strings.length).to.be.above(400);
    await mapAll(strings.map((text) => [text, text, text, text]));
  });

  it('as a profile is refused, never crashed on', () => {
    const mutate = (value: unknown, junk: unknown, at: number): unknown => {
      const paths: (() => void)[] = [];
      const copy = structuredClone(value);
      const walk = (node: unknown) => {
        if (typeof node !== 'object' || node === null) return;
        for (const key of Object.keys(node)) {
          paths.push(() => Object.assign(node, { [key]: junk }));
          walk((node as Record<string, unknown>)[key]);
        }
      };
      walk(copy);
      paths[at % paths.length]?.();
      return copy;
    };
    const check = (junk: unknown, at: number) => {
      try {
        parseProfile(mutate(everything(), junk, at));
      } catch (error) {
        expect(error).to.be.instanceOf(ProfileError);
      }
    };
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(), check), { numRuns: 250 });
  });

  it('as any bytes of a file ends in rows or a told problem', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.stringMatching(/^[ab",\r\n]{0,60}$/).map((text) => Buffer.from(text)),
    );
    const check = async (content: Uint8Array) => {
      const folder = folderWith({ 't.csv': Buffer.concat([Buffer.from('a\n'), content]) });
      for (const item of await plan(profileOf({ x: '{a}' }), folder)) {
        if (!item.ok) expect(item.code).to.be.oneOf(['ROW_MALFORMED', 'CELL_UNREADABLE']);
      }
    };
    await fc.assert(fc.asyncProperty(bytes, check), { numRuns: 60 });
  });

  it('never shows a value unless asked', async () => {
    const secret = '110105199003077213';
    const folder = folderWith({ 't.csv': `a\n${secret}\n` });
    const profile = profileOf({ x: { date: '{a}', format: 'iso' } });
    const plain = JSON.stringify(await plan(profile, folder));
    expect(plain).to.contain('DATE_INVALID').and.not.to.contain(secret);
    expect(JSON.stringify(await plan(profile, folder, { values: true }))).to.contain(secret);
  });
});
