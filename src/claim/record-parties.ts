import { z } from 'zod';
import { currency, date, instant, longText, money, rate, text } from './record-fields.ts';

/**
 * Records of who the parties are and of what was established before the loan was granted. Only
 * what identifies somebody at all is required; a readiness check, not the schema, decides what
 * a court needs, because evidence must be accepted as it is.
 */

const naturalPerson = z.strictObject({
  type: z.literal('natural'),
  role: z.enum(['borrower', 'co-borrower', 'guarantor', 'lender', 'third-party']).optional(),
  /** The lender's own number for this customer. */
  clientReference: text.optional(),
  name: text.optional(),
  idType: z
    .enum([
      'resident-identity-card',
      'passport',
      'hong-kong-macao-permit',
      'taiwan-permit',
      'foreigner-permanent-residence',
      'other',
    ])
    .optional(),
  idNumber: text.optional(),
  birthDate: date.optional(),
  gender: z.enum(['male', 'female']).optional(),
  ethnicity: text.optional(),
  phone: text.optional(),
  email: text.optional(),
  employer: text.optional(),
  position: text.optional(),
  /** 住所地（户籍所在地） */
  domicile: text.optional(),
  /** 经常居住地 */
  residence: text.optional(),
});

const legalPerson = z.strictObject({
  type: z.literal('legal'),
  role: z.enum(['borrower', 'co-borrower', 'guarantor', 'lender', 'third-party']).optional(),
  clientReference: text.optional(),
  name: text.optional(),
  /** 统一社会信用代码, or the register number of another country. */
  registrationNumber: text.optional(),
  /** 类型, in the words of the official form, such as 有限责任公司. */
  entityType: text.optional(),
  /** 所有制性质, in the words of the official form, such as 国有控股 or 民营. */
  ownership: text.optional(),
  /** 住所地（主要办事机构所在地） */
  domicile: text.optional(),
  /** 注册地 / 登记地 */
  registeredAt: text.optional(),
  representative: z
    .strictObject({ name: text, position: text.optional(), phone: text.optional() })
    .optional(),
  phone: text.optional(),
  email: text.optional(),
});

export const identitySchema = z
  .discriminatedUnion('type', [naturalPerson, legalPerson])
  .refine(
    (party) => party.name !== undefined || party.clientReference !== undefined,
    'a party needs a name or a clientReference',
  );
export type IdentityRecord = z.infer<typeof identitySchema>;

export const accountSchema = z.strictObject({
  accountNo: text,
  bank: text.optional(),
  holder: text.optional(),
  currency: currency.optional(),
  openedOn: date.optional(),
  purpose: text.optional(),
  branch: text.optional(),
});
export type AccountRecord = z.infer<typeof accountSchema>;

export const creditDecisionSchema = z.strictObject({
  decision: z.enum(['approved', 'refused', 'referred']),
  decidedAt: instant.optional(),
  date: date.optional(),
  limit: money.optional(),
  annualRate: rate.optional(),
  product: text.optional(),
  decisionNo: text.optional(),
  model: text.optional(),
  reasons: z.array(text).max(100).optional(),
});
export type CreditDecisionRecord = z.infer<typeof creditDecisionSchema>;

/** Statement of the total cost of financing (综合融资成本明示表). */
export const costDisclosureSchema = z.strictObject({
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
export type CostDisclosureRecord = z.infer<typeof costDisclosureSchema>;

export const faceCheckSchema = z.strictObject({
  result: z.enum(['passed', 'failed']),
  checkedAt: instant.optional(),
  method: text.optional(),
  provider: text.optional(),
  device: text.optional(),
  ip: text.optional(),
  location: text.optional(),
  /** Scores stay decimal strings, as the provider gave them. */
  livenessScore: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,10})?$/, 'a decimal string')
    .optional(),
  similarityScore: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,10})?$/, 'a decimal string')
    .optional(),
  threshold: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,10})?$/, 'a decimal string')
    .optional(),
  serial: text.optional(),
});
export type FaceCheckRecord = z.infer<typeof faceCheckSchema>;

/** An address for service agreed in or beside the contract (送达地址确认). */
export const serviceAddressSchema = z.strictObject({
  recipient: text,
  address: text.optional(),
  phone: text.optional(),
  email: text.optional(),
  otherElectronic: text.optional(),
  electronicServiceAgreed: z.boolean(),
  clause: text.optional(),
  /** From pre-suit to enforcement, as the clause says. */
  stages: text.optional(),
  confirmedOn: date.optional(),
});
export type ServiceAddressRecord = z.infer<typeof serviceAddressSchema>;

const message = {
  date,
  channel: z.enum([
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
  ]),
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

export const noticeSchema = z.strictObject(message);
export type NoticeRecord = z.infer<typeof noticeSchema>;

export const demandSchema = z.strictObject({ ...message, payBy: date.optional() });
export type DemandRecord = z.infer<typeof demandSchema>;
