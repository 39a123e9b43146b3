import { z } from 'zod';
import {
  count,
  currency,
  date,
  instant,
  longText,
  money,
  rate,
  record,
  sha256,
  text,
} from './record-fields.ts';

/** Records of how a contract was shown, signed, secured and altered. */

export const readingRecordSchema = record({
  document: text,
  documentSha256: sha256.optional(),
  version: text.optional(),
  pages: count.optional(),
  pagesShown: text.optional(),
  readingSeconds: z.int().min(0).max(86_400).optional(),
  forced: z.boolean().optional(),
  openedAt: instant.optional(),
  confirmedAt: instant.optional(),
  app: text.optional(),
  device: text.optional(),
  ip: text.optional(),
});

const signatory = z.strictObject({
  party: text,
  name: text.optional(),
  /** Masked: the identity record holds the whole number. */
  identity: text.optional(),
  certificateAuthority: text.optional(),
  certificateSerial: text.optional(),
  certificateSha256: sha256.optional(),
  signedAt: instant.optional(),
});

export const signatureRecordSchema = record({
  documentSha256: sha256.optional(),
  contractNo: text.optional(),
  signedAt: instant.optional(),
  provider: text.optional(),
  serial: text.optional(),
  intent: z
    .strictObject({
      oneTimePassword: text.optional(),
      phone: text.optional(),
      faceCheck: text.optional(),
      method: text.optional(),
    })
    .optional(),
  signers: z.array(signatory).min(1).max(50).optional(),
  pagesShown: text.optional(),
  app: text.optional(),
  ip: text.optional(),
}).refine(
  (signed) => signed.documentSha256 !== undefined || signed.contractNo !== undefined,
  'a signature record needs a documentSha256 or a contractNo',
);

export const signingCertificateSchema = record({
  subject: text,
  issuer: text,
  certificateSerial: text,
  certificateSha256: sha256.optional(),
  validFrom: instant.optional(),
  validUntil: instant.optional(),
  appliedAt: instant.optional(),
  /** How the authority made sure who applied. */
  identityCheck: text.optional(),
});

export const guaranteeSchema = record({
  kind: z.enum(['guarantee', 'mortgage', 'pledge', 'other']),
  guarantor: text,
  contractNo: text.optional(),
  liability: z.enum(['general', 'joint']).optional(),
  amount: money.optional(),
  currency: currency.optional(),
  scope: text.optional(),
  object: longText.optional(),
  registrationNumber: text.optional(),
  signedOn: date.optional(),
  startDate: date.optional(),
  endDate: date.optional(),
  clause: text.optional(),
  documentSha256: sha256.optional(),
});

/** 展期. The terms as altered are a `contract-terms` record that follows. */
export const extensionSchema = record({
  agreedOn: date,
  effectiveOn: date.optional(),
  endDate: date.optional(),
  instalments: count.optional(),
  annualRate: rate.optional(),
  reason: text.optional(),
  clause: text.optional(),
  documentSha256: sha256.optional(),
});

export type ReadingRecord = z.infer<typeof readingRecordSchema>;
export type SignatureRecord = z.infer<typeof signatureRecordSchema>;
export type SigningCertificateRecord = z.infer<typeof signingCertificateSchema>;
export type GuaranteeRecord = z.infer<typeof guaranteeSchema>;
export type ExtensionRecord = z.infer<typeof extensionSchema>;
