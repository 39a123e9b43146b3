import { calculateClaim } from '../../../src/claim/calculate-claim.ts';
import type { Claim } from '../../../src/claim/claim.ts';
import { type DepositedRecord, fromRecords } from '../../../src/claim/from-records.ts';
import type { Json } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';

/** A loan's deposits, numbered from 0 in the order given. */
export function deposits(...records: [Kind, Json][]): DepositedRecord[] {
  return records.map(([kind, record], seq) => ({
    seq,
    kind,
    record,
    occurredAt: '2024-01-01T00:00:00Z',
  }));
}

export function claimOf(cutOff: string, ...records: [Kind, Json][]): Claim {
  return calculateClaim(fromRecords(deposits(...records)), cutOff);
}

/** 10,000 at 7.2 %, lent on 2024-01-01, due with its interest on 2024-07-01: 182 days. */
export const BULLET: Record<string, Json> = {
  contractNo: 'HT-1',
  currency: 'CNY',
  principal: '10000.00',
  annualRate: '0.072',
  method: 'bullet',
  instalments: 1,
  firstDueDate: '2024-07-01',
  dayCount: 'actual/360',
  endpoint: 'count-last-day',
  penalty: { kind: 'uplift', uplift: '0.5' },
  compound: { agreed: true },
};

export const LENT: [Kind, Json] = ['disbursement', { amount: '10000.00', date: '2024-01-01' }];

/** 50,000 at 14.4 % in 12 equal instalments, lent on 2024-01-15, due on the 15th. */
export const CONSUMER: Record<string, Json> = {
  contractNo: 'HT-2',
  currency: 'CNY',
  principal: '50000.00',
  annualRate: '0.144',
  method: 'equal-instalment',
  instalments: 12,
  firstDueDate: '2024-02-15',
  dueDay: 15,
  dayCount: '30/360',
  penaltyDayCount: 'actual/360',
  endpoint: 'count-last-day',
  penalty: { kind: 'uplift', uplift: '0.5' },
  compound: { agreed: true },
  acceleration: { agreed: true, clause: '9.2' },
};
