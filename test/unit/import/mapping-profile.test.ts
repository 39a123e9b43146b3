import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, describe, it } from 'mocha';
import { readProfile } from '../../../src/adapters/import/profile-store.ts';
import { ProfileError } from '../../../src/evidence/deposit/mapping-errors.ts';
import { parseProfile } from '../../../src/evidence/deposit/mapping-profile.ts';
import {
  folderWith,
  outcome,
  PROFILES,
  PROJECT,
  plan,
  profileOf,
  removeFolders,
} from './import-support.ts';

/** The problems that the profile is refused with, by itself or with the files of the folder. */
async function problems(
  profile: unknown,
  files: Record<string, string> = { 't.csv': 'a,b\n1,2\n' },
) {
  try {
    await plan(profile, folderWith(files));
  } catch (error) {
    if (error instanceof ProfileError) return [error.code, ...error.problems];
    throw error;
  }
  return [];
}

/** The base profile with one emit changed. */
function emitting(change: object) {
  const base = profileOf({ x: '{a}' });
  const [step] = base.steps;
  const [emit] = step?.emits ?? [];
  return { ...base, steps: [{ ...step, emits: [{ ...emit, ...change }] }] };
}

describe('mapping profiles', function () {
  this.timeout(30_000);
  after(removeFolders);

  it('that come with the program are all valid', async () => {
    const names = readdirSync(PROFILES).filter((name) => name.endsWith('.json'));
    expect(names).to.include.members(['berka.json', 'example-zh.json', 'sba.json']);
    for (const name of names) {
      const short = name.slice(0, -5);
      expect(parseProfile(await readProfile(short, PROFILES)).name).to.equal(short);
    }
  });

  it('are found by name or path, and the names are listed when not', async () => {
    const path = join(PROFILES, 'berka.json');
    expect(await readProfile(path, PROFILES)).to.have.property('name', 'berka');
    const error = await readProfile('berkka', PROFILES).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'PROFILE_NOT_FOUND');
    expect(String(error)).to.contain('berka, example-zh, sba');
  });

  it('answer a misspelt column with the nearest right one', async () => {
    const found = await problems(profileOf({ x: '{amuont}' }), { 't.csv': 'amount,b\n1,2\n' });
    expect(found).to.deep.equal([
      'PROFILE_INVALID',
      'steps[0].emits[0].payload.x: no column "amuont"; did you mean "amount"?',
    ]);
  });

  it('answer misspelt words of the language likewise', async () => {
    const cases: [unknown, string][] = [
      [{ ...profileOf({}), stepz: [] }, 'unknown "stepz"; did you mean "steps"?'],
      [profileOf({ x: { decmal: '{a}' } }), 'is no expression; did you mean "decimal"?'],
      [
        profileOf({ x: { decimal: '{a}', thousand: ',' } }),
        'payload.x: unknown "thousand"; did you mean "thousands"?',
      ],
      [profileOf({}, { encoding: 'gb18300' }), 'unknown encoding; did you mean "gb18030"?'],
      [
        emitting({ kind: 'repaymnt' }),
        '"repaymnt" is no kind of evidence; did you mean "repayment"?',
      ],
      [emitting({ kind: 'exported' }), '"exported" is written by the service alone'],
      [emitting({ where: { value: '{a}', equal: 'x' } }), 'did you mean "equals"?'],
      [emitting({ where: { joined: 'x' } }), 'no join "x"'],
      [profileOf({}, {}, { from: 'tt' }), 'steps[0].from: no file "tt"'],
    ];
    for (const [profile, text] of cases) {
      expect((await problems(profile)).join('\n'), text).to.contain(text);
    }
  });

  it('are refused where they cannot mean what they say', async () => {
    const cases: [unknown, string][] = [
      [{ ...profileOf({}), profile: 2 }, 'profile: '],
      [profileOf({ x: '{a' }), 'has an unmatched "{"'],
      [profileOf({ x: '{}' }), 'has an empty column name'],
      [profileOf({ x: { date: '{a}', format: 'YYMMDD' } }), 'say which century'],
      [profileOf({ x: { date: '{a}', format: 'MMDD' } }), 'needs year, month and day'],
      [profileOf({ x: { date: '{a}', format: 'YYYYMMDD HH:mm' } }), 'say its "timezone"'],
      [profileOf({ x: { date: '{a}', format: 'days-since:1960-02-30' } }), 'does not exist'],
      [profileOf({ x: { decimal: '{a}', thousands: '.' } }), 'are the same sign'],
      [profileOf({ x: { const: 1.5 } }), 'write a number that is not whole as text'],
      [profileOf({}, { path: '../t.csv' }), 'needs a path inside the import folder'],
      [profileOf({}, { path: '/etc/passwd' }), 'needs a path inside the import folder'],
      [profileOf({}, { format: 'ndjson' }), 'needs "columns"'],
      [emitting({ document: { path: 'x', mediaType: 'y' } }), 'not both'],
      [emitting({ kind: 'contract' }), '"contract" is a document'],
    ];
    for (const [profile, text] of cases) {
      expect((await problems(profile)).join('\n'), text).to.contain(text);
    }
  });

  it('are held against the record schema of the kind', async () => {
    const repayment = emitting({ kind: 'repayment', payload: { amuont: '{a}', date: '{b}' } });
    expect(await problems(repayment)).to.deep.equal([
      'PROFILE_INVALID',
      'steps[0].emits[0].payload: the record needs "amount"',
      'steps[0].emits[0].payload: the record has no "amuont"; did you mean "amount"?',
    ]);
    const nested = { designated: { object: { princpal: '{a}' } }, amount: '{a}', date: '{b}' };
    expect(await problems(emitting({ kind: 'repayment', payload: nested }))).to.deep.equal([
      'PROFILE_INVALID',
      'steps[0].emits[0].payload.designated: the record has no "princpal"; did you mean "principal"?',
    ]);
    const party = { type: { const: 'legal' }, clientReference: '{a}', registratedAt: '{b}' };
    expect((await problems(emitting({ kind: 'identity', payload: party }))).at(-1)).to.contain(
      'did you mean "registeredAt"?',
    );
  });

  it('tell every problem at once', async () => {
    const found = await problems(
      profileOf({ x: '{c}', y: '{d}', z: { date: '{e}', format: 'iso' } }),
    );
    expect(found).to.have.length(4);
  });

  it('say which file is missing, unreadable or without its columns', async () => {
    const missing = await problems(profileOf({}), { 'other.csv': '' });
    expect(missing).to.deep.equal([
      'PROFILE_FILE_MISSING',
      'files.t: t.csv: there is no such file',
    ]);
    const xlsx = await problems(profileOf({}, { format: 'xlsx' }));
    expect(xlsx[0]).to.equal('PROFILE_FILE_UNREADABLE');
    const expected = await problems(profileOf({}, { columns: ['a', 'bb'] }));
    expect(expected.at(-1)).to.equal('files.t: no column "bb"; did you mean "b"?');
    const twice = await problems(profileOf({ x: '{a}' }), { 't.csv': 'a,a\n1,2\n' });
    expect(twice.at(-1)).to.contain('"a" names two columns');
  });

  it('of the wrong shape altogether are refused, never crashed on', () => {
    for (const value of [null, undefined, 1, 'x', [], {}, { profile: 1 }, { steps: null }]) {
      expect(() => parseProfile(value)).to.throw(ProfileError);
    }
  });
});

describe('the worked example of docs/import.md', () => {
  after(removeFolders);

  it('does what the page says', async () => {
    const page = readFileSync(join(PROJECT, 'docs/import.md'), 'utf8');
    const block = (name: string) =>
      new RegExp(`^\`\`\`\\w+ ${name}\\n([^]*?)^\`\`\``, 'm').exec(page)?.[1] ?? '';
    const files = {
      'loans.csv': block('loans.csv'),
      'repayments.csv': block('repayments.csv'),
    };
    const items = await plan(JSON.parse(block('profile.json')), folderWith(files));
    expect(items.filter((item) => item.ok)).to.have.length(8);
    const report = items.flatMap((item) =>
      item.ok ? [] : [`${item.file}:${item.line} ${item.code} ${item.message}`],
    );
    expect(`${report.join('\n')}\n`).to.equal(block('report'));
    expect(outcome(items[0])).to.deep.equal({
      type: 'natural',
      role: 'borrower',
      clientReference: 'C17',
      name: '张三',
      idType: 'resident-identity-card',
      idNumber: '11010519900307721X',
      birthDate: '1990-03-07',
      gender: 'male',
    });
    expect(outcome(items[4])).to.deep.equal({
      contractNo: 'HT-0002',
      currency: 'CNY',
      principal: '30000.00',
      annualRate: '0.0960',
      startDate: '2024-11-30',
      method: 'equal-instalment',
      frequency: 'monthly',
      instalments: 6,
      instalmentAmount: '5140.05',
      firstDueDate: '2024-12-30',
    });
    const payment = items[6];
    expect(payment?.ok && payment.command).to.deep.equal({
      loan: 'HT-0001',
      kind: 'repayment',
      occurredAt: '2024-08-08T09:30:00+08:00',
      source: { system: 'core-banking', eventId: 'P-1' },
      references: [{ rel: 'under-contract', eventId: 'HT-0001/terms' }],
      content: {
        form: 'record',
        record: { amount: '10966.09', date: '2024-08-08', serial: 'P-1', payer: '张三' },
      },
    });
  });
});
