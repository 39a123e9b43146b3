import { z } from 'zod';
import { currency, date, record, text } from './record-fields.ts';

/**
 * Records of who the parties are and where they are found. Only
 * what identifies somebody at all is required; a readiness check, not the schema, decides what
 * a court needs, because evidence must be accepted as it is.
 */

const naturalPerson = record({
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

const legalPerson = record({
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

export const accountSchema = record({
  accountNo: text,
  bank: text.optional(),
  holder: text.optional(),
  currency: currency.optional(),
  openedOn: date.optional(),
  purpose: text.optional(),
  branch: text.optional(),
});
export type AccountRecord = z.infer<typeof accountSchema>;

/** An address for service agreed in or beside the contract (送达地址确认). */
export const serviceAddressSchema = record({
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
