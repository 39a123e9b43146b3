import { z } from 'zod';
import {
  currency,
  date,
  decimal,
  instant,
  longText,
  money,
  rate,
  record,
  sha256,
  text,
} from './record-fields.ts';

/**
 * Records of how a loan came about: what was asked for, agreed to, looked at and decided, and by
 * whom or by what program. A court that doubts the generation of a record (在线诉讼规则 Art. 18)
 * asks for exactly these.
 */

const seconds = z.int().min(0).max(86_400);

export const applicationSchema = record({
  applicationNo: text,
  appliedAt: instant.optional(),
  channel: text.optional(),
  product: text.optional(),
  amount: money.optional(),
  currency: currency.optional(),
  months: z.int().min(1).max(1200).optional(),
  purpose: text.optional(),
  employer: text.optional(),
  position: text.optional(),
  monthlyIncome: money.optional(),
});

export const consentSchema = record({
  /** Title of what was consented to. */
  document: text,
  version: text.optional(),
  text: longText.optional(),
  documentSha256: sha256.optional(),
  separate: z.boolean().optional(),
  purposes: z.array(text).max(50).optional(),
  dataCategories: z.array(text).max(100).optional(),
  recipients: z.array(text).max(100).optional(),
  retention: text.optional(),
  confirmedAt: instant.optional(),
  withdrawnAt: instant.optional(),
  method: text.optional(),
  readingSeconds: seconds.optional(),
  app: text.optional(),
  ip: text.optional(),
});

export const creditAuthorisationSchema = record({
  purpose: text,
  scope: text.optional(),
  text: longText.optional(),
  version: text.optional(),
  documentSha256: sha256.optional(),
  confirmedAt: instant.optional(),
  validUntil: date.optional(),
  method: text.optional(),
  readingSeconds: seconds.optional(),
  app: text.optional(),
});

export const identityVerificationSchema = record({
  result: z.enum(['matched', 'not-matched', 'unavailable']),
  checkedAt: instant.optional(),
  provider: text.optional(),
  checked: z.array(text).max(50).optional(),
  serial: text.optional(),
  remark: text.optional(),
});

export const faceCheckSchema = record({
  result: z.enum(['passed', 'failed']),
  checkedAt: instant.optional(),
  method: text.optional(),
  provider: text.optional(),
  device: text.optional(),
  ip: text.optional(),
  location: text.optional(),
  /** Scores stay decimal strings, as the provider gave them. */
  livenessScore: decimal.optional(),
  similarityScore: decimal.optional(),
  threshold: decimal.optional(),
  serial: text.optional(),
  comparedWith: text.optional(),
  comparedWithSha256: sha256.optional(),
});

/** Who looked at a decision, when, why, and what came of it; the reviewer by a pseudonym. */
const manualReview = z.strictObject({
  reviewer: text,
  reviewedAt: instant,
  why: text,
  outcome: z.enum(['upheld', 'changed', 'referred']),
  reasons: z.array(text).max(100).optional(),
});

/** 个人信息保护法 Art. 24: a decision by automated means alone, and the right to an explanation. */
const automatedDecision = z.strictObject({
  automated: z.boolean(),
  noticeShown: z.boolean().optional(),
  noticeShownAt: instant.optional(),
  noticeVersion: text.optional(),
  reviewOffered: z.boolean().optional(),
});

export const creditDecisionSchema = record({
  decision: z.enum(['approved', 'refused', 'referred']),
  decidedAt: instant.optional(),
  date: date.optional(),
  limit: money.optional(),
  annualRate: rate.optional(),
  product: text.optional(),
  decisionNo: text.optional(),
  model: text.optional(),
  modelVersion: text.optional(),
  modelSha256: sha256.optional(),
  policyVersion: text.optional(),
  score: decimal.optional(),
  inputs: z
    .array(
      z.strictObject({
        name: text,
        source: text.optional(),
        eventId: text.optional(),
        sha256: sha256.optional(),
        asOf: date.optional(),
      }),
    )
    .max(200)
    .optional(),
  thresholds: z
    .array(
      z.strictObject({
        name: text,
        value: text.optional(),
        limit: text,
        met: z.boolean().optional(),
      }),
    )
    .max(200)
    .optional(),
  reasons: z.array(text).max(100).optional(),
  manualReview: manualReview.optional(),
  automatedDecision: automatedDecision.optional(),
});

export const decisionReviewSchema = record({
  reviewer: text,
  outcome: z.enum(['upheld', 'changed', 'referred']),
  reviewedAt: instant.optional(),
  decisionNo: text.optional(),
  requestedBy: z.enum(['borrower', 'lender', 'regulator']).optional(),
  requestedAt: instant.optional(),
  why: text.optional(),
  reasons: z.array(text).max(100).optional(),
  answeredAt: instant.optional(),
});

/** Statement of the total cost of financing (综合融资成本明示表). */
export const costDisclosureSchema = record({
  currency: currency,
  principal: money,
  /** All-in yearly cost as a fraction. */
  annualCost: rate,
  items: z
    .array(
      z.strictObject({
        name: text,
        payee: text.optional(),
        amount: money.optional(),
        annualRate: rate.optional(),
      }),
    )
    .max(100)
    .optional(),
  shownAt: instant.optional(),
  confirmedAt: instant.optional(),
  confirmation: text.optional(),
});

export type ApplicationRecord = z.infer<typeof applicationSchema>;
export type ConsentRecord = z.infer<typeof consentSchema>;
export type CreditAuthorisationRecord = z.infer<typeof creditAuthorisationSchema>;
export type IdentityVerificationRecord = z.infer<typeof identityVerificationSchema>;
export type FaceCheckRecord = z.infer<typeof faceCheckSchema>;
export type CreditDecisionRecord = z.infer<typeof creditDecisionSchema>;
export type DecisionReviewRecord = z.infer<typeof decisionReviewSchema>;
export type CostDisclosureRecord = z.infer<typeof costDisclosureSchema>;
