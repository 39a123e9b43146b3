import { z } from 'zod';
import type { Json } from '../formats/jcs.ts';
import type { Kind } from '../formats/taxonomy.ts';
import { ClaimError } from './claim-error.ts';
import {
  accelerationSchema,
  accountMovementSchema,
  courtReceiptSchema,
  deductionFailedSchema,
  disbursementSchema,
  ledgerStatusSchema,
  rateChangeSchema,
  repaymentSchema,
  standingOrderSchema,
} from './record-events.ts';
import {
  accountSchema,
  costDisclosureSchema,
  creditDecisionSchema,
  demandSchema,
  faceCheckSchema,
  identitySchema,
  noticeSchema,
  serviceAddressSchema,
} from './record-parties.ts';
import { contractTermsSchema, repaymentScheduleSchema } from './record-terms.ts';

export type {
  AccelerationRecord,
  AccountMovementRecord,
  CourtReceiptRecord,
  DeductionFailedRecord,
  DisbursementRecord,
  LedgerStatusRecord,
  RateChangeRecord,
  RepaymentRecord,
  StandingOrderRecord,
} from './record-events.ts';
export type { ScheduleRow, Split } from './record-fields.ts';
export type {
  AccountRecord,
  CostDisclosureRecord,
  CreditDecisionRecord,
  DemandRecord,
  FaceCheckRecord,
  IdentityRecord,
  NoticeRecord,
  ServiceAddressRecord,
} from './record-parties.ts';
export type { ContractTerms, FeeTerm, RepaymentScheduleRecord } from './record-terms.ts';

/** A calculation that was deposited: the bytes of `claimToJson`, whose own format is versioned. */
const calculationSchema = z.looseObject({
  schema: z.literal('cunzheng/claim/v1', 'a calculation has schema "cunzheng/claim/v1"'),
});

const SCHEMAS = {
  identity: identitySchema,
  'contract-terms': contractTermsSchema,
  disbursement: disbursementSchema,
  repayment: repaymentSchema,
  'deduction-failed': deductionFailedSchema,
  'rate-change': rateChangeSchema,
  acceleration: accelerationSchema,
  'repayment-schedule': repaymentScheduleSchema,
  'ledger-status': ledgerStatusSchema,
  account: accountSchema,
  'standing-order': standingOrderSchema,
  'account-movement': accountMovementSchema,
  'cost-disclosure': costDisclosureSchema,
  'credit-decision': creditDecisionSchema,
  'face-check': faceCheckSchema,
  'service-address': serviceAddressSchema,
  notice: noticeSchema,
  demand: demandSchema,
  'court-receipt': courtReceiptSchema,
  calculation: calculationSchema,
} as const satisfies Partial<Record<Kind, z.ZodType>>;

/** The kinds that have a record schema. */
export type RecordKind = keyof typeof SCHEMAS;
export type RecordOf<K extends RecordKind> = z.infer<(typeof SCHEMAS)[K]>;

/**
 * The schema of each kind that has one. A kind without a schema (a consent, a settlement, a
 * custody event) may still hold a JSON record; it is then deposited as it is.
 */
export const RECORD_SCHEMAS: Partial<Record<Kind, z.ZodType>> = SCHEMAS;

/** Whether records of `kind` have a schema. */
export function hasRecordSchema(kind: string): kind is RecordKind {
  return Object.hasOwn(SCHEMAS, kind);
}

/** Every violation as "path: message", in the order of the schema. */
export function recordDefects(kind: Kind, json: Json): string[] {
  const result = RECORD_SCHEMAS[kind]?.safeParse(json);
  if (result === undefined || result.success) return [];
  return result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
}

/**
 * The record, typed, when it fits the schema of its kind.
 * @throws {ClaimError} RECORD_INVALID naming the kind and every violation (no field values: they
 * may be personal data).
 */
export function parseRecord<K extends RecordKind>(kind: K, json: Json): RecordOf<K> {
  const result = SCHEMAS[kind].safeParse(json);
  if (result.success) return result.data as RecordOf<K>;
  throw new ClaimError(
    'RECORD_INVALID',
    `${kind} record is not valid: ${recordDefects(kind, json).join('; ')}`,
    'Correct the named fields; docs/formats/records.md lists them.',
  );
}
