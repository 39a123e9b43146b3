import { z } from 'zod';
import { instant, longText, record, sha256, text } from './record-fields.ts';

/** Records that the service itself makes of what was done with evidence. */

/** A package was handed in to a court. */
export const submittedSchema = record({
  caseId: text,
  revision: z.int().min(0),
  court: text,
  packageSha256: sha256,
  packageSize: z.int().min(0),
  receiptNo: text,
  submittedAt: instant,
});

const certificate = z.strictObject({
  subject: longText,
  issuer: longText,
  certificateSerial: text,
  certificateSha256: sha256,
  validFrom: instant,
  validUntil: instant,
});

const signature = z.strictObject({
  result: z.enum(['valid', 'invalid', 'undecided']),
  /** Code of the verifier (docs/formats/records.md); stable, for programs. */
  reason: text,
  detail: text.optional(),
  coversWholeFile: z.boolean(),
  certificate: certificate.optional(),
  /** The top of the chain, as far as the signature carries it. */
  root: certificate.optional(),
  /** Whether the chain ends in a root that the installation names. */
  rootNamed: z.boolean(),
  /** The signer's own word. */
  claimedTime: text.optional(),
  timestamp: z.boolean(),
});

/** What the service found when it checked the signatures of a deposited PDF. */
export const signatureCheckSchema = record({
  documentSha256: sha256,
  result: z.enum(['valid', 'invalid', 'undecided', 'unsigned', 'unreadable']),
  reason: text.optional(),
  detail: text.optional(),
  signatures: z.array(signature).max(64),
  checker: text,
  checkedAt: instant,
});

/** Who decided, and why: an office or an account, a provision or a matter; no personal data. */
const decision = { by: text, ground: text };

/** A legal hold: the loan is not erased until it is released. */
export const holdPlacedSchema = record(decision);

/** Its statement refers to the hold by the relation `releases`. */
export const holdReleasedSchema = record(decision);

/** The tombstone of a loan: its last entry, readable when all others are not. */
export const erasedSchema = record({
  ...decision,
  /** Entries of the loan before this one. */
  entries: z.int().min(1),
});

const disclosure = {
  ...decision,
  /** Who got it: a court, an office, an account. */
  to: text,
  what: z.enum(['content', 'statements', 'package']),
  /** Numbers of the entries within the loan, as runs from first to last. */
  entries: z
    .array(z.strictObject({ first: z.int().min(0), last: z.int().min(0) }))
    .min(1)
    .max(10_000),
};

/** Statements or contents were shown to somebody. */
export const disclosedSchema = record(disclosure);

/** Statements or contents left the system as files. */
export const exportedSchema = record({
  ...disclosure,
  caseId: text.optional(),
  packageSha256: sha256.optional(),
});

export type SubmittedRecord = z.infer<typeof submittedSchema>;
export type SignatureCheckRecord = z.infer<typeof signatureCheckSchema>;
