import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { readProfile } from '../../../src/adapters/import/profile-store.ts';
import { hasRecordSchema, parseRecord } from '../../../src/claim/records.ts';
import { addMonths } from '../../../src/evidence/deposit/mapping-date.ts';
import type { DepositCommand } from '../../../src/evidence/ports.ts';
import { canonicalJson } from '../../../src/formats/jcs.ts';
import { isEventTime } from '../../../src/formats/statement.ts';
import { PROFILES, plan, realData } from './import-support.ts';

const record = (command: DepositCommand) =>
  command.content.form === 'record' ? (command.content.record as Record<string, unknown>) : {};

describe('the profile berka on the real data', function () {
  this.timeout(30_000);
  let folder = '';
  let commands: DepositCommand[] = [];
  let rejected: unknown[] = [];

  before(async function () {
    folder = realData(this as never, 'berka');
    const items = await plan(await readProfile('berka', PROFILES), folder, { values: true });
    commands = items.flatMap((item) => (item.ok ? [item.command] : []));
    rejected = items.filter((item) => !item.ok);
  });

  const lines = (name: string) =>
    readFileSync(join(folder, name), 'utf8').trim().split('\n').slice(1);
  const ofKind = (kind: string) => commands.filter((command) => command.kind === kind);
  const ofLoan = (loan: string) => commands.filter((command) => command.loan === loan);
  const total = (loan: string, until: string) =>
    ofLoan(loan)
      .filter(({ kind, occurredAt }) => kind === 'repayment' && occurredAt <= until)
      .reduce((sum, command) => sum + BigInt(String(record(command).amount).replace('.', '')), 0n);

  it('maps every row of 401 loans and rejects none', () => {
    const counts: Record<string, number> = {};
    for (const { kind } of commands) counts[kind] = (counts[kind] ?? 0) + 1;
    console.log(`      ${commands.length} events: ${JSON.stringify(counts)}`);
    expect(rejected).to.deep.equal([]);
    expect(new Set(commands.map(({ loan }) => loan)).size).to.equal(401);
    expect(counts).to.deep.equal({
      identity: 401,
      account: 401,
      'contract-terms': 401,
      disbursement: 401,
      'standing-order': 401,
      'account-movement': lines('trans_loan_accounts_19930101-19940331.csv').length - 84,
      repayment: 84,
      'ledger-status': 401,
    });
  });

  it('makes records that their schemas accept, and times that a statement accepts', () => {
    for (const command of commands) {
      if (!hasRecordSchema(command.kind)) throw new Error(`no schema: ${command.kind}`);
      parseRecord(command.kind, record(command) as never);
      expect(isEventTime(command.occurredAt)).to.equal(true);
      expect(command.source.generator?.length ?? 0).to.be.within(1, 199);
    }
  });

  it('gives every event an id of its own, and the same one again', async () => {
    const ids = commands.map(({ source }) => source.eventId);
    expect(new Set(ids).size).to.equal(ids.length);
    const again = await plan(await readProfile('berka', PROFILES), folder);
    const text = (command: DepositCommand) => canonicalJson(command as never);
    expect(again.map((item) => (item.ok ? text(item.command) : ''))).to.deep.equal(
      commands.map(text),
    );
  });

  it('refers only to events of the same loan that come before', () => {
    const seen = new Set<string>();
    for (const { loan, source, references } of commands) {
      for (const { eventId } of references ?? []) {
        expect(seen.has(`${loan} ${eventId}`), eventId).to.equal(true);
      }
      seen.add(`${loan} ${source.eventId}`);
    }
  });

  it('reads as repayments exactly the rows of the table of loan payments', () => {
    const expected = lines('trans_uver_19930101-19940331.csv').map((line) => {
      const [id, account, date, , , amount] = line.split(',');
      return [id, account, date, amount].join();
    });
    const found = ofKind('repayment').map((command) => {
      const { serial, payerAccount, date, amount } = record(command);
      return [serial, payerAccount, String(date).slice(2).replaceAll('-', ''), amount].join();
    });
    expect(found.sort()).to.deep.equal(expected.sort());
  });

  it('assumes due days that all known payments bear out', () => {
    const terms = new Map(
      ofKind('contract-terms').map((command) => [command.loan, record(command)]),
    );
    const firstPaid = new Map<string, string>();
    for (const { loan, occurredAt } of ofKind('repayment')) {
      if (!firstPaid.has(loan)) firstPaid.set(loan, occurredAt);
    }
    expect(firstPaid.size).to.equal(22);
    let due = 0;
    for (const [loan, { firstDueDate }] of terms) {
      if (firstPaid.has(loan)) expect(firstPaid.get(loan)).to.equal(firstDueDate);
      for (let day = String(firstDueDate); day <= '1994-03-31'; day = addMonths(day, 1)) due++;
    }
    expect(due).to.equal(84);
  });

  it('tells the story of loan 7097 in order, and not its end before its time', () => {
    const kinds = ofLoan('7097').map(({ kind }) => kind);
    expect([...new Set(kinds)].filter((kind) => kind !== 'account-movement')).to.deep.equal([
      'identity',
      'account',
      'contract-terms',
      'disbursement',
      'standing-order',
      'repayment',
      'ledger-status',
    ]);
    // Three instalments of 3,151.00 were due by then; the standing order pays a little more.
    expect(total('7097', '1994-03-31')).to.equal(945_390n);
    const status = ofLoan('7097').at(-1);
    expect(status?.occurredAt).to.equal('1998-12-31');
    expect(status && record(status)).to.include({ status: 'B', asOf: '1998-12-31' });
    expect(ofLoan('7097')[0] && record(ofLoan('7097')[0] as DepositCommand)).to.deep.equal({
      type: 'natural',
      role: 'borrower',
      clientReference: '12625',
      birthDate: '1958-12-07',
      gender: 'male',
      domicile: 'Brno - mesto, south Moravia',
    });
  });

  it('keeps the movements of an account in the order of time', () => {
    const last = new Map<string, string>();
    for (const { loan, kind, occurredAt } of commands) {
      if (kind !== 'repayment' && kind !== 'account-movement') continue;
      expect(occurredAt >= (last.get(loan) ?? ''), `${loan} ${occurredAt}`).to.equal(true);
      last.set(loan, occurredAt);
    }
  });

  it('gives both genders, and no name', () => {
    const people = ofKind('identity').map(record);
    const women = people.filter(({ gender }) => gender === 'female').length;
    const months = new Map(
      lines('client.csv').map((line) => {
        const [id, birth] = line.split(',');
        return [id, Number(birth?.slice(2, 4))];
      }),
    );
    const expected = people.filter((p) => (months.get(String(p.clientReference)) ?? 0) > 50).length;
    expect(women).to.equal(expected).and.to.be.within(100, 300);
    expect(people.some((person) => 'name' in person)).to.equal(false);
  });
});

describe('the profile sba on the real data', function () {
  this.timeout(30_000);

  it('maps 1,310 loans and reports the two without a day of disbursement', async function () {
    const folder = realData(this, 'sba');
    const items = await plan(await readProfile('sba', PROFILES), folder);
    const rejected = items.flatMap((item) => (item.ok ? [] : [item]));
    expect(items.length - rejected.length).to.equal(1310 * 2 + 1308 + 432);
    expect(
      rejected.map(({ line, code, column, kind }) => [line, code, column, kind]),
    ).to.deep.equal([
      [794, 'VALUE_ABSENT', 'DisbursementDate', 'disbursement'],
      [1065, 'VALUE_ABSENT', 'DisbursementDate', 'disbursement'],
    ]);
  });
});
