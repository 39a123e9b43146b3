import { z } from 'zod';
import {
  currency,
  date,
  instant,
  longText,
  money,
  positiveMoney,
  record,
  sha256,
  text,
} from './record-fields.ts';

/** Records of what followed default: messages, agreements, costs, and what courts sent. */

const channel = z.enum([
  'sms',
  'email',
  'post',
  'courier',
  'phone',
  'app',
  'visit',
  'lawyer-letter',
  'public-notice',
  'other',
]);

const message = {
  date,
  channel,
  recipient: text.optional(),
  address: text.optional(),
  serial: text.optional(),
  content: longText.optional(),
  overdueAmount: money.optional(),
  daysOverdue: z.int().min(0).optional(),
  delivered: z.boolean().optional(),
  deliveredAt: instant.optional(),
  /** What proves delivery: a carrier's receipt, a read receipt, a recording. */
  deliveryProof: text.optional(),
};

export const noticeSchema = record(message);
export const demandSchema = record({ ...message, payBy: date.optional() });

export const deliverySchema = record({
  result: z.enum(['delivered', 'refused', 'returned', 'unknown']),
  channel: channel.optional(),
  document: text.optional(),
  documentSha256: sha256.optional(),
  recipient: text.optional(),
  address: text.optional(),
  serial: text.optional(),
  sentAt: instant.optional(),
  deliveredAt: instant.optional(),
  deliveryProof: text.optional(),
});

export const settlementSchema = record({
  agreedOn: date,
  amount: money.optional(),
  currency: currency.optional(),
  payBy: date.optional(),
  waivedAmount: money.optional(),
  content: longText.optional(),
  documentSha256: sha256.optional(),
});

export const debtAcknowledgementSchema = record({
  date,
  amount: money.optional(),
  currency: currency.optional(),
  channel: channel.optional(),
  content: longText.optional(),
  payBy: date.optional(),
  documentSha256: sha256.optional(),
});

export const assignmentSchema = record({
  date,
  assignor: text,
  assignee: text,
  contractNo: text.optional(),
  amount: money.optional(),
  currency: currency.optional(),
  scope: text.optional(),
  documentSha256: sha256.optional(),
});

/** 民法典 Art. 546: the assignment binds the debtor from this notice on. */
export const assignmentNoticeSchema = record({
  date,
  channel,
  assignee: text,
  recipient: text.optional(),
  address: text.optional(),
  serial: text.optional(),
  content: longText.optional(),
  delivered: z.boolean().optional(),
  deliveredAt: instant.optional(),
  deliveryProof: text.optional(),
});

/** An objection or a complaint of the borrower, and what was answered. */
export const objectionSchema = record({
  date,
  content: longText,
  channel: channel.optional(),
  serial: text.optional(),
  answer: longText.optional(),
  answeredOn: date.optional(),
});

/** 实现债权的费用: a cost of enforcing the claim, once it has been incurred (民法典 Art. 561). */
export const costSchema = record({
  category: z.enum([
    'lawyer',
    'preservation',
    'preservation-guarantee',
    'notarial',
    'appraisal',
    'announcement',
    'enforcement',
    'other',
  ]),
  name: text,
  amount: positiveMoney,
  /** The day on which it was incurred: from then on the borrower owes it. */
  date,
  currency: currency.optional(),
  payer: text.optional(),
  payee: text.optional(),
  clause: text.optional(),
  serial: text.optional(),
  invoiceNo: text.optional(),
  remark: text.optional(),
});

export const courtPaperSchema = record({
  court: text,
  caseNo: text.optional(),
  documentNo: text.optional(),
  document: text.optional(),
  date: date.optional(),
  receivedAt: instant.optional(),
  documentSha256: sha256.optional(),
  content: longText.optional(),
});

export type NoticeRecord = z.infer<typeof noticeSchema>;
export type DemandRecord = z.infer<typeof demandSchema>;
export type DeliveryRecord = z.infer<typeof deliverySchema>;
export type SettlementRecord = z.infer<typeof settlementSchema>;
export type DebtAcknowledgementRecord = z.infer<typeof debtAcknowledgementSchema>;
export type AssignmentRecord = z.infer<typeof assignmentSchema>;
export type AssignmentNoticeRecord = z.infer<typeof assignmentNoticeSchema>;
export type ObjectionRecord = z.infer<typeof objectionSchema>;
export type CostRecord = z.infer<typeof costSchema>;
export type CourtPaperRecord = z.infer<typeof courtPaperSchema>;
