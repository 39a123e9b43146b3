import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Json } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';
import { assessReadiness } from '../../../src/litigation/matter/assess-readiness.ts';
import type { FilingProfile } from '../../../src/litigation/matter/filing-profile.ts';
import type { Finding } from '../../../src/litigation/matter/matter.ts';
import { readIdentityNumber } from '../../../src/litigation/matter/rules/identity-number.ts';
import {
  readinessCsv,
  summariseReadiness,
} from '../../../src/litigation/matter/summarise-readiness.ts';
import { matterOf, type SampleDeposit } from './case-samples.ts';
import { BORROWER, filingProfile, sampleLoan, TERMS } from './loan-samples.ts';

const PROFILE = filingProfile('demo-cn');
const CUT_OFF = '2025-12-31';

function findings(
  deposits: SampleDeposit[],
  options: { cutOff?: string; preparedOn?: string; gate?: Partial<FilingProfile['gate']> } = {},
): Finding[] {
  const { cutOff = CUT_OFF, preparedOn = '2026-01-05', gate = {} } = options;
  const profile = { ...PROFILE, gate: { ...PROFILE.gate, ...gate } };
  return assessReadiness(matterOf(deposits, { profile, cutOff, preparedOn })).findings;
}
const codes = (list: Finding[]) => list.map(({ severity, code }) => `${severity} ${code}`);
const withTerms = (fields: Record<string, Json>) => sampleLoan({ terms: { ...TERMS, ...fields } });
const withParty = (fields: Record<string, Json>) =>
  sampleLoan({ identity: { ...BORROWER, ...fields } });
const more = (kind: Kind, record: Json, occurredAt = '2025-12-31') =>
  sampleLoan({ more: [{ kind, record, occurredAt }] });
const lacking = (fields: Record<string, Json>, ...names: string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

describe('the readiness gate', () => {
  it('finds nothing against a complete loan in arrears', () => {
    const matter = matterOf(sampleLoan(), { profile: PROFILE, cutOff: CUT_OFF });
    expect(assessReadiness(matter)).to.deep.equal({ ready: true, findings: [] });
  });

  it('blocks a loan that was granted after the cut-off, and says no more', () => {
    expect(codes(findings(sampleLoan(), { cutOff: '2025-01-09' }))).to.deep.equal([
      'block NOT_YET_GRANTED',
    ]);
  });

  it('blocks a loan that is paid up, with what was paid and what was due', () => {
    const list = findings(sampleLoan(), { cutOff: '2025-03-31' });
    expect(codes(list)).to.deep.equal(['block NOT_IN_ARREARS']);
    expect(list[0]?.en).to.include('CNY 2,345.00 had fallen due and CNY 2,345.00 was paid');
    expect(list[0]?.zh).to.include('2,345.00元');
  });

  it('uses a ledger status of the cut-off and sets a later one aside', () => {
    const same = { status: 'D', asOf: '2025-03-31' };
    const found = findings(more('ledger-status', same), { cutOff: '2025-03-31' });
    expect(codes(found)).to.deep.equal(['block NOT_IN_ARREARS', 'review LEDGER_CONTRADICTS']);
    expect(found[0]?.en).to.include('which the evidence contradicts');
    const later = { status: 'D', asOf: '2025-12-31' };
    const aside = findings(more('ledger-status', later), { cutOff: '2025-03-31' });
    expect(codes(aside)).to.deep.equal(['block NOT_IN_ARREARS', 'note LEDGER_CONTRADICTS']);
    expect(aside[0]?.en).to.include('proves nothing for the cut-off');
    const calm = more('ledger-status', { status: 'N', asOf: CUT_OFF });
    expect(codes(findings(calm))).to.deep.equal(['review LEDGER_CONTRADICTS']);
    const right = more('ledger-status', { status: 'D', asOf: CUT_OFF });
    expect(findings(right)).to.deep.equal([]);
  });

  it('blocks when the books of the same day show other figures, naming both', () => {
    const matter = matterOf(sampleLoan(), { profile: PROFILE, cutOff: CUT_OFF });
    const lines = matter.claim?.lines;
    if (lines === undefined) throw new Error('no claim');
    const figures = { outstandingPrincipal: lines.principalOutstanding, penalty: lines.penalty };
    const agree = more('ledger-status', { asOf: CUT_OFF, ...figures });
    expect(findings(agree)).to.deep.equal([]);
    const differ = findings(more('ledger-status', { asOf: CUT_OFF, ...figures, penalty: '1.00' }));
    expect(codes(differ)).to.deep.equal(['block CALCULATION_DIFFERS']);
    expect(differ[0]?.en).to.match(/penalty interest: ledger CNY 1\.00, claim CNY [\d,]+\.\d\d/);
    const other = more('ledger-status', { asOf: '2025-12-30', penalty: '1.00' });
    expect(findings(other)).to.deep.equal([]);
  });

  it('asks to look at arrears below the limit of the profile', () => {
    const list = findings(sampleLoan(), { gate: { trivialBelow: '999999.00' } });
    expect(codes(list)).to.deep.equal(['review TRIVIAL_ARREARS']);
  });

  for (const { kind, severity } of PROFILE.gate.required) {
    it(`misses ${kind}: ${severity}`, () => {
      const list = findings(sampleLoan({ without: [kind] }));
      const expected = `${severity} REQUIRED_MISSING`;
      expect(codes(list)).to.include(expected);
    });
  }

  it('blocks what cannot be calculated, in the words of the calculation', () => {
    const unclear = [...sampleLoan(), ...withTerms({ principal: '13000.00' }).slice(6, 7)];
    const list = findings(unclear);
    expect(codes(list)).to.include('block TERMS_AMBIGUOUS');
    expect(list.find(({ code }) => code === 'TERMS_AMBIGUOUS')?.seqs).to.deep.equal([6, 14]);
  });

  it('names a malformed record by its number, and blocks when the claim rests on it', () => {
    const bad = findings(more('repayment', { amount: 'much', date: '2025-05-01' }));
    expect(codes(bad)).to.include('block RECORD_INVALID');
    const harmless = findings(more('notice', { date: '2025-05-01', channel: 'owl' }));
    expect(codes(harmless)).to.deep.equal(['review RECORD_INVALID']);
    expect(harmless[0]?.seqs).to.deep.equal([14]);
  });

  it('reads citizen identity numbers by GB 11643-1999', () => {
    expect(readIdentityNumber('11010519491231002X')).to.deep.equal({
      birthDate: '1949-12-31',
      gender: 'female',
    });
    expect(readIdentityNumber('110105194912310021')).to.equal(undefined);
    expect(readIdentityNumber('11010519491331002X')).to.equal(undefined);
    expect(readIdentityNumber('1101051949123100')).to.equal(undefined);
  });

  it('wants a defendant who is named and rightly numbered', () => {
    const of = (identity: Record<string, Json>) => codes(findings(sampleLoan({ identity })));
    expect(of({ ...BORROWER, idNumber: '110105194912310021' })).to.deep.equal([
      'block IDENTITY_NUMBER_INVALID',
    ]);
    expect(of({ ...lacking(BORROWER, 'name'), clientReference: 'C1' })).to.deep.equal([
      'block IDENTITY_UNNAMED',
    ]);
    expect(of(lacking(BORROWER, 'idNumber'))).to.deep.equal(['block IDENTITY_NUMBER_MISSING']);
    expect(of({ ...BORROWER, birthDate: '1950-12-31' })).to.deep.equal([
      'block IDENTITY_BIRTH_DATE_DIFFERS',
    ]);
    expect(of({ ...BORROWER, gender: 'male' })).to.deep.equal(['review IDENTITY_GENDER_DIFFERS']);
    expect(of({ ...BORROWER, role: 'guarantor' })).to.deep.equal(['block IDENTITY_MISSING']);
    const lenient = findings(sampleLoan({ identity: lacking(BORROWER, 'idNumber') }), {
      gate: { defendantIdentity: 'review' },
    });
    expect(codes(lenient)).to.deep.equal(['review IDENTITY_NUMBER_MISSING']);
  });

  it('blocks a borrower who was a minor, and not one who came of age that day', () => {
    const of = (birthDate: string) =>
      codes(findings(sampleLoan({ identity: { ...lacking(BORROWER, 'idNumber'), birthDate } })));
    expect(of('2007-01-11')).to.include('block IDENTITY_MINOR');
    expect(of('2007-01-10')).not.to.include('block IDENTITY_MINOR');
  });

  it('asks to look at a party that appears twice', () => {
    const twice = more('identity', { ...BORROWER, role: 'guarantor' });
    expect(codes(findings(twice))).to.deep.equal(['review DUPLICATE_PARTY']);
  });

  it('wants a connection of the agreed court, as grave as the profile says', () => {
    const loan = withTerms({ jurisdiction: { agreedCourt: '远方人民法院' } });
    expect(codes(findings(loan))).to.deep.equal(['block JURISDICTION_UNCONNECTED']);
    expect(findings(loan, { gate: { jurisdictionClause: 'off' } })).to.deep.equal([]);
    const none = sampleLoan({ terms: lacking(TERMS, 'jurisdiction') });
    expect(codes(findings(none))).to.deep.equal(['note JURISDICTION_NOT_AGREED']);
  });

  it('misses a clause on service where no confirmed address stands in for it', () => {
    const terms = lacking(TERMS, 'serviceClause');
    const none = findings(sampleLoan({ terms, without: ['service-address'] }));
    expect(codes(none)).to.include('review SERVICE_CLAUSE_MISSING');
    expect(codes(findings(withTerms({ serviceClause: { agreed: true } })))).to.deep.equal([
      'note SERVICE_CLAUSE_MISSING',
    ]);
  });

  it('counts limitation from the last due date, and from a proven demand', () => {
    // Last instalment due 2026-01-10; demand delivered 2025-06-01 renews nothing beyond that.
    const at = (preparedOn: string, loan = sampleLoan()) =>
      codes(findings(loan, { cutOff: '2028-12-31', preparedOn }));
    expect(at('2029-01-10')).to.deep.equal(['review LIMITATION_NEAR']);
    expect(at('2029-01-11')).to.deep.equal(['block LIMITATION_PASSED']);
    const demand = { date: '2028-05-01', channel: 'post' };
    const proven = more('demand', { ...demand, delivered: true }, '2028-05-01');
    expect(at('2029-01-11', proven)).to.deep.equal([]);
    const unproven = more('demand', demand, '2028-05-01');
    expect(at('2029-01-11', unproven)).to.deep.equal(['block LIMITATION_PASSED']);
  });

  it('judges a claim as of a day long past by that day, and says so', () => {
    const list = findings(sampleLoan(), { preparedOn: '2035-01-01' });
    expect(codes(list)).to.deep.equal(['review CUT_OFF_LONG_PAST']);
  });

  it('reports late deposits once, with their number and the worst', () => {
    const late = sampleLoan().map((one, at) =>
      at < 2 ? { ...one, receivedAt: `2025-0${at + 3}-10T00:00:00.000Z` } : one,
    );
    const list = findings(late);
    const back = 'review DEPOSIT_CLOCK_STEPPED_BACK';
    expect(codes(list)).to.deep.equal(['review LATE_DEPOSIT', back]);
    expect(list[0]?.en).to.include('2 of 14').and.to.include('90 days (no. 1)');
    expect(list[0]?.zh).to.include('迟存不等于不真实');
    expect(list[1]?.seqs).to.deep.equal([2]);
  });

  it('has stricter limits for what a court believes for being immediate, unless the profile differs', () => {
    const loan = sampleLoan().map((one) =>
      one.kind === 'contract' ? { ...one, receivedAt: '2025-01-15T00:00:00.000Z' } : one,
    );
    const found = (gate: Partial<FilingProfile['gate']>) =>
      codes(findings(loan, { gate })).filter((code) => code.includes('LATE'));
    expect(found({})).to.deep.equal(['review LATE_DEPOSIT']);
    expect(found({ lateDepositDaysByKind: { contract: 5 } })).to.deep.equal([]);
  });

  it('wants a statement of total cost for loans signed from 2026-08-01 on', () => {
    const terms = { ...TERMS, signedOn: '2026-08-01' };
    const optional = { gate: { required: [] } };
    const loan = sampleLoan({ terms, without: ['cost-disclosure'] });
    expect(codes(findings(loan, optional))).to.deep.equal(['review COST_DISCLOSURE_MISSING']);
    const before = sampleLoan({
      terms: { ...TERMS, signedOn: '2026-07-31' },
      without: ['cost-disclosure'],
    });
    expect(findings(before, optional)).to.deep.equal([]);
  });

  it('notices money that came in after the cut-off', () => {
    const paid = more('repayment', { amount: '500.00', date: '2026-01-02' }, '2026-01-02');
    const list = findings(paid);
    expect(codes(list)).to.deep.equal(['review REPAYMENT_AFTER_CUTOFF']);
    expect(list[0]?.en).to.include('CNY 500.00');
  });

  it('notices events after their own deposit, settlements, and a stray signature', () => {
    const notice = { date: '2026-02-01', channel: 'sms' };
    const future: SampleDeposit[] = [
      ...sampleLoan(),
      {
        kind: 'notice',
        record: notice,
        occurredAt: '2026-02-01',
        receivedAt: '2026-01-04T00:00:00.000Z',
      },
    ];
    expect(codes(findings(future))).to.deep.equal(['review EVENTS_FROM_THE_FUTURE']);
    const settled = more('settlement', { agreedOn: '2025-01-10' });
    expect(codes(findings(settled))).to.deep.equal(['review AGREEMENT_TO_BE_READ']);
    const stray = more('signature-record', { documentSha256: 'ab'.repeat(32) });
    expect(codes(findings(stray))).to.deep.equal(['block SIGNATURE_OF_OTHER_DOCUMENT']);
  });

  it('never names a person, and gives every finding a rule and a cure in both languages', () => {
    const loan = [
      ...withParty({ idNumber: '110105194912310021' }),
      ...more('identity', { ...BORROWER, role: 'guarantor' }).slice(-1),
    ];
    const list = findings(loan, { preparedOn: '2040-01-01', gate: { lateDepositDays: 0 } });
    expect(list.length).to.be.greaterThan(1);
    for (const finding of list) {
      const text = JSON.stringify(finding);
      expect(text).not.to.match(/张样本|1101051949|样本路|undefined/);
      const { rule, zh, en, cureZh, cureEn } = finding;
      for (const part of [rule, zh, en, cureZh, cureEn]) expect(part).to.have.length.above(3);
    }
  });
});

describe('the readiness of a batch', () => {
  it('counts, and writes a table that no spreadsheet takes for formulas', () => {
    const reference = '=HYPERLINK("http://x")';
    const matters = [
      matterOf(sampleLoan(), { profile: PROFILE, cutOff: CUT_OFF, reference }),
      matterOf(sampleLoan(), {
        profile: PROFILE,
        cutOff: '2025-03-31',
        preparedOn: CUT_OFF,
        reference: 'L-2',
      }),
    ];
    const summary = summariseReadiness(matters.map((matter) => ({ matter })));
    expect(summary).to.include({ loans: 2, ready: 1 });
    expect(summary.byCode).to.deep.equal({ NOT_IN_ARREARS: 1 });
    expect(summary.rows[1]).to.include({ worst: 'block', total: '0.00', currency: 'CNY' });
    const [head, first] = readinessCsv(summary.rows).split('\r\n');
    expect(head).to.equal('\uFEFFloan,caseId,evidenceNo,ready,currency,total,worst,codes');
    expect(first?.startsWith(`"'=HYPERLINK(""http://x"")",CASE-TEST`)).to.equal(true);
  });
});
