import { readFileSync } from 'node:fs';
import type { Json } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';
import {
  type FilingProfile,
  parseFilingProfile,
} from '../../../src/litigation/matter/filing-profile.ts';
import type { SampleDeposit } from './case-samples.ts';

/** A filing profile of the project. */
export function filingProfile(name: string): FilingProfile {
  const file = new URL(`../../../profiles/filing/${name}.json`, import.meta.url);
  return parseFilingProfile(JSON.parse(readFileSync(file, 'utf8')));
}

type Fields = Record<string, Json>;

/** Somebody who does not exist; the number is the example of GB 11643-1999. */
export const BORROWER: Fields = {
  type: 'natural',
  role: 'borrower',
  name: '张样本',
  idType: 'resident-identity-card',
  idNumber: '11010519491231002X',
  birthDate: '1949-12-31',
  gender: 'female',
  domicile: '北京市朝阳区样本路1号',
};

export const TERMS: Fields = {
  contractNo: 'HT-7',
  title: '个人消费借款合同',
  currency: 'CNY',
  principal: '12000.00',
  signedOn: '2025-01-10',
  startDate: '2025-01-10',
  annualRate: '0.18',
  method: 'equal-principal',
  frequency: 'monthly',
  instalments: 12,
  firstDueDate: '2025-02-10',
  dueDay: 10,
  dayCount: '30/360',
  penaltyDayCount: 'actual/360',
  endpoint: 'count-last-day',
  penalty: { kind: 'uplift', uplift: '0.5', clause: '8.1' },
  compound: { agreed: true, clause: '9.1' },
  secured: false,
  clauses: { annualRate: '3.1', principal: '2.1' },
  jurisdiction: { agreedCourt: '样本区人民法院', clause: '15.1', connection: 'plaintiff-domicile' },
  serviceClause: { agreed: true, electronic: true, clause: '14.1' },
};

const record = (kind: Kind, fields: Fields, occurredAt: string): SampleDeposit => ({
  kind,
  record: fields,
  occurredAt,
});

/** The loan's deposits; two instalments paid, the others not. Nothing stands against filing it. */
export function sampleLoan(
  changed: { terms?: Fields; identity?: Fields; without?: Kind[]; more?: SampleDeposit[] } = {},
): SampleDeposit[] {
  const { terms = TERMS, identity = BORROWER, without = [], more = [] } = changed;
  const day = '2025-01-10';
  const all: SampleDeposit[] = [
    record('identity', identity, day),
    { kind: 'identity-document', mediaType: 'image/jpeg', occurredAt: day },
    record('face-check', { result: 'passed' }, day),
    { kind: 'credit-authorisation', occurredAt: day },
    { kind: 'cost-disclosure', occurredAt: day },
    { kind: 'contract', occurredAt: day },
    record('contract-terms', terms, day),
    {
      kind: 'signature-record',
      record: { contractNo: 'HT-1', signedAt: `${day}T10:00:00+08:00` },
      occurredAt: day,
    },
    { kind: 'service-address', occurredAt: day },
    record('disbursement', { amount: '12000.00', date: day, serial: 'S1' }, day),
    record('repayment', { amount: '1180.00', date: '2025-02-10', serial: 'R1' }, '2025-02-10'),
    record('repayment', { amount: '1165.00', date: '2025-03-10', serial: 'R2' }, '2025-03-10'),
    record('deduction-failed', { date: '2025-04-10', amount: '1150.00' }, '2025-04-10'),
    record(
      'demand',
      { date: '2025-06-01', channel: 'courier', delivered: true, deliveryProof: 'signed slip' },
      '2025-06-01',
    ),
  ];
  return [...all.filter(({ kind }) => !without.includes(kind)), ...more];
}
