import { z } from 'zod';
import {
  currency,
  date,
  instant,
  longText,
  money,
  positiveMoney,
  rate,
  record,
  sha256,
  signedMoney,
  split,
  text,
} from './record-fields.ts';

/** Records of what happened in the life of a loan, each with the serial that ties it to a bank. */

export const disbursementSchema = record({
  amount: positiveMoney,
  date,
  currency: currency.optional(),
  payer: text.optional(),
  payerAccount: text.optional(),
  payee: text.optional(),
  payeeAccount: text.optional(),
  payeeBank: text.optional(),
  channel: text.optional(),
  serial: text.optional(),
  remark: text.optional(),
});
export type DisbursementRecord = z.infer<typeof disbursementSchema>;

export const repaymentSchema = record({
  amount: positiveMoney,
  date,
  currency: currency.optional(),
  payer: text.optional(),
  payerAccount: text.optional(),
  payeeAccount: text.optional(),
  channel: text.optional(),
  serial: text.optional(),
  instalmentNo: z.int().min(1).optional(),
  /** What payer and lender agreed that this payment is for (民法典 560, 561). */
  designated: split.optional(),
  /** How the lender's own system booked it; compared, never followed. */
  booked: split.optional(),
  remark: text.optional(),
});
export type RepaymentRecord = z.infer<typeof repaymentSchema>;

export const deductionFailedSchema = record({
  date,
  amount: money.optional(),
  currency: currency.optional(),
  account: text.optional(),
  channel: text.optional(),
  serial: text.optional(),
  reasonCode: text.optional(),
  reason: text.optional(),
  instalmentNo: z.int().min(1).optional(),
});
export type DeductionFailedRecord = z.infer<typeof deductionFailedSchema>;

export const rateChangeSchema = record({
  /** First day on which the new rate counts. */
  effectiveOn: date,
  annualRate: rate,
  reference: text.optional(),
  reason: text.optional(),
  clause: text.optional(),
});
export type RateChangeRecord = z.infer<typeof rateChangeSchema>;

/** Declaration that the whole debt is due at once (宣布提前到期). */
export const accelerationSchema = record({
  /** The day on which the whole debt falls due. */
  date,
  principal: money.optional(),
  amount: money.optional(),
  clause: text.optional(),
  channel: text.optional(),
  serial: text.optional(),
  delivered: z.boolean().optional(),
  deliveredAt: instant.optional(),
  deliveryProof: text.optional(),
  content: longText.optional(),
});
export type AccelerationRecord = z.infer<typeof accelerationSchema>;

/** The lender's own figures: compared with the calculation, never taken for it. */
export const ledgerStatusSchema = record({
  asOf: date.optional(),
  /** The lender's own code, as it stands, and what it means. */
  status: text.optional(),
  statusMeaning: text.optional(),
  currency: currency.optional(),
  outstandingPrincipal: signedMoney.optional(),
  overduePrincipal: signedMoney.optional(),
  interest: signedMoney.optional(),
  penalty: signedMoney.optional(),
  compound: signedMoney.optional(),
  fees: signedMoney.optional(),
  total: signedMoney.optional(),
  daysOverdue: z.int().min(0).optional(),
  instalmentsOverdue: z.int().min(0).optional(),
});
export type LedgerStatusRecord = z.infer<typeof ledgerStatusSchema>;

export const standingOrderSchema = record({
  orderNo: text.optional(),
  account: text.optional(),
  bankTo: text.optional(),
  accountTo: text.optional(),
  amount: money.optional(),
  currency: currency.optional(),
  purpose: text.optional(),
  authorisedOn: date.optional(),
});
export type StandingOrderRecord = z.infer<typeof standingOrderSchema>;

export const accountMovementSchema = record({
  serial: text.optional(),
  account: text,
  date,
  direction: z.enum(['credit', 'debit']),
  amount: money,
  currency: currency.optional(),
  balanceAfter: signedMoney.optional(),
  type: text.optional(),
  operation: text.optional(),
  purpose: text.optional(),
  counterpartyBank: text.optional(),
  counterpartyAccount: text.optional(),
});
export type AccountMovementRecord = z.infer<typeof accountMovementSchema>;

/** The receipt of a court for a filing, as its intake returned it. */
export const courtReceiptSchema = record({
  court: text,
  receiptNo: text,
  outcome: z.enum(['accepted', 'returned', 'received']),
  receivedAt: instant,
  packageSha256: sha256.optional(),
  caseNo: text.optional(),
  defects: z
    .array(z.strictObject({ code: text, message: longText, item: text.optional() }))
    .max(1000)
    .optional(),
  /** The signed receipt in the court's own form. */
  signature: longText.optional(),
  keyId: text.optional(),
});
export type CourtReceiptRecord = z.infer<typeof courtReceiptSchema>;
