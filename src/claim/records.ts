import { z } from 'zod';
import type { Json } from '../formats/jcs.ts';
import type { Kind } from '../formats/taxonomy.ts';
import { ClaimError } from './claim-error.ts';
import {
  assignmentNoticeSchema,
  assignmentSchema,
  costSchema,
  courtPaperSchema,
  debtAcknowledgementSchema,
  deliverySchema,
  demandSchema,
  noticeSchema,
  objectionSchema,
  settlementSchema,
} from './record-collection.ts';
import {
  disclosedSchema,
  erasedSchema,
  exportedSchema,
  holdPlacedSchema,
  holdReleasedSchema,
  signatureCheckSchema,
  submittedSchema,
} from './record-custody.ts';
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
  applicationSchema,
  consentSchema,
  costDisclosureSchema,
  creditAuthorisationSchema,
  creditDecisionSchema,
  decisionReviewSchema,
  faceCheckSchema,
  identityVerificationSchema,
} from './record-lending.ts';
import { accountSchema, identitySchema, serviceAddressSchema } from './record-parties.ts';
import {
  extensionSchema,
  guaranteeSchema,
  readingRecordSchema,
  signatureRecordSchema,
  signingCertificateSchema,
} from './record-signing.ts';
import { contractTermsSchema, repaymentScheduleSchema } from './record-terms.ts';
import { shapeDefect } from './shape-defect.ts';

export type { CostRecord, DemandRecord, NoticeRecord } from './record-collection.ts';
export type { SignatureCheckRecord } from './record-custody.ts';
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
  CostDisclosureRecord,
  CreditDecisionRecord,
  FaceCheckRecord,
} from './record-lending.ts';
export type { AccountRecord, IdentityRecord, ServiceAddressRecord } from './record-parties.ts';
export type { ContractTerms, FeeTerm, RepaymentScheduleRecord } from './record-terms.ts';

/** A calculation that was deposited: the bytes of `claimToJson`, whose own format is versioned. */
const calculationSchema = z.looseObject({
  schema: z.literal('cunzheng/claim/v1', 'a calculation has schema "cunzheng/claim/v1"'),
});

const SCHEMAS = {
  application: applicationSchema,
  identity: identitySchema,
  'face-check': faceCheckSchema,
  consent: consentSchema,
  'credit-authorisation': creditAuthorisationSchema,
  'credit-decision': creditDecisionSchema,
  'cost-disclosure': costDisclosureSchema,
  account: accountSchema,
  'identity-verification': identityVerificationSchema,
  'decision-review': decisionReviewSchema,
  'contract-terms': contractTermsSchema,
  'signature-record': signatureRecordSchema,
  guarantee: guaranteeSchema,
  'service-address': serviceAddressSchema,
  'reading-record': readingRecordSchema,
  'signing-certificate': signingCertificateSchema,
  disbursement: disbursementSchema,
  'repayment-schedule': repaymentScheduleSchema,
  'standing-order': standingOrderSchema,
  repayment: repaymentSchema,
  'deduction-failed': deductionFailedSchema,
  'rate-change': rateChangeSchema,
  extension: extensionSchema,
  'account-movement': accountMovementSchema,
  'ledger-status': ledgerStatusSchema,
  notice: noticeSchema,
  demand: demandSchema,
  acceleration: accelerationSchema,
  settlement: settlementSchema,
  assignment: assignmentSchema,
  objection: objectionSchema,
  calculation: calculationSchema,
  delivery: deliverySchema,
  'debt-acknowledgement': debtAcknowledgementSchema,
  'assignment-notice': assignmentNoticeSchema,
  complaint: objectionSchema,
  cost: costSchema,
  'court-receipt': courtReceiptSchema,
  'court-document': courtPaperSchema,
  'service-receipt': deliverySchema,
  judgment: courtPaperSchema,
  mediation: courtPaperSchema,
  'preservation-ruling': courtPaperSchema,
  submitted: submittedSchema,
  disclosed: disclosedSchema,
  exported: exportedSchema,
  'hold-placed': holdPlacedSchema,
  'hold-released': holdReleasedSchema,
  erased: erasedSchema,
  'signature-check': signatureCheckSchema,
} as const satisfies Partial<Record<Kind, z.ZodType>>;

/** The kinds that have a record schema. */
export type RecordKind = keyof typeof SCHEMAS;
export type RecordOf<K extends RecordKind> = z.infer<(typeof SCHEMAS)[K]>;

/**
 * The schema of each kind that has one. A kind without a schema (`other`) may still hold
 * a JSON record; it is then deposited as it is.
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
  return result.error.issues.map(shapeDefect);
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
