import { z } from 'zod';
import {
  count,
  currency,
  date,
  longText,
  money,
  positiveMoney,
  rate,
  record,
  scheduleRow,
  text,
  uplift,
} from './record-fields.ts';

/** How penalty interest (罚息) was agreed: an uplift on the contract rate, or a rate itself. */
const penalty = z.union(
  [
    z.strictObject({ kind: z.literal('uplift'), uplift, clause: text.optional() }),
    z.strictObject({ kind: z.literal('rate'), annualRate: rate, clause: text.optional() }),
  ],
  'a penalty is {kind:"uplift", uplift} or {kind:"rate", annualRate}',
);

/** An agreed fee; `amount` only where a sum is fixed, `dueOn` only where a day is. */
const fee = z.strictObject({
  name: text,
  kind: z.enum(['lawyer', 'enforcement', 'service', 'guarantee', 'insurance', 'other']),
  amount: positiveMoney.optional(),
  dueOn: date.optional(),
  clause: text.optional(),
});
export type FeeTerm = z.infer<typeof fee>;

/** Element of the official form -> the clause as the form wants it, e.g. "5.1". */
const clauses = z.strictObject({
  annualRate: text.optional(),
  penaltyUplift: text.optional(),
  penalty: text.optional(),
  compound: text.optional(),
  principal: text.optional(),
  term: text.optional(),
  repaymentMethod: text.optional(),
  acceleration: text.optional(),
  allocation: text.optional(),
  fees: text.optional(),
  jurisdiction: text.optional(),
  service: text.optional(),
  liability: text.optional(),
});

const jurisdiction = z.strictObject({
  /** ISO 3166-1 alpha-2, lower case: whose law of court fees and interest caps applies. */
  country: z
    .string()
    .regex(/^[a-z]{2}$/, 'a country is an ISO 3166-1 code in lower case, such as cn')
    .optional(),
  agreedCourt: text.optional(),
  clause: text.optional(),
  /** The words of the clause. */
  text: longText.optional(),
  /** What ties the agreed place to the dispute (民事诉讼法 Art. 35): a clause without it fails. */
  connection: z
    .enum([
      'defendant-domicile',
      'performance-place',
      'signing-place',
      'plaintiff-domicile',
      'subject-matter-place',
      'other',
    ])
    .optional(),
});

const serviceClause = z.strictObject({
  agreed: z.boolean(),
  electronic: z.boolean().optional(),
  clause: text.optional(),
  text: longText.optional(),
});

const accelerationClause = z.strictObject({
  agreed: z.boolean(),
  clause: text.optional(),
  text: longText.optional(),
  /** Instalments or days in arrears from which the clause may be used. */
  afterMissedInstalments: count.optional(),
  afterDaysOverdue: count.optional(),
});

export const contractTermsSchema = record({
  contractNo: text,
  title: text.optional(),
  /** The lender's number of this drawing (借据号), where one contract has several. */
  loanNo: text.optional(),
  product: text.optional(),
  purpose: text.optional(),
  currency,
  lender: text.optional(),
  borrower: text.optional(),
  principal: positiveMoney,
  signedOn: date.optional(),
  signingPlace: text.optional(),
  startDate: date.optional(),
  endDate: date.optional(),
  /** Contract rate p.a. as a fraction. Absent: no interest is known, and none is claimed. */
  annualRate: rate.optional(),
  method: z.enum([
    'equal-instalment',
    'equal-principal',
    'interest-only',
    'bullet',
    'fixed-instalments',
  ]),
  frequency: z.enum(['monthly', 'quarterly', 'half-yearly', 'yearly']).optional(),
  /** Number of instalments. */
  instalments: count,
  firstDueDate: date.optional(),
  dueDay: z.int().min(1).max(31).optional(),
  instalmentAmount: positiveMoney.optional(),
  /** The agreed table, when there is one: it then prevails over the method. */
  schedule: z.array(scheduleRow).min(1).max(1200).optional(),
  dayCount: z.enum(['30/360', 'actual/360', 'actual/365']).optional(),
  /** For penalty and compound interest, where it differs from `dayCount`. */
  penaltyDayCount: z.enum(['30/360', 'actual/360', 'actual/365']).optional(),
  /** 算头不算尾 = count-first-day; 算尾不算头 = count-last-day. */
  endpoint: z.enum(['count-first-day', 'count-last-day']).optional(),
  /** null: agreed that there is none; absent: not known. */
  penalty: penalty.nullable().optional(),
  compound: z
    .strictObject({
      agreed: z.boolean(),
      base: z.enum(['in-term-interest', 'in-term-and-penalty-interest']).optional(),
      clause: text.optional(),
    })
    .optional(),
  allocation: z
    .enum(['fees-interest-principal', 'principal-first', 'instalment-by-instalment'])
    .optional(),
  /** Yearly cap on interest, penalty, compound interest and fees; null: none is applied. */
  feeCap: rate.nullable().optional(),
  fees: z.array(fee).max(50).optional(),
  clauses: clauses.optional(),
  jurisdiction: jurisdiction.optional(),
  serviceClause: serviceClause.optional(),
  acceleration: accelerationClause.optional(),
  secured: z.boolean().optional(),
}).refine((terms) => terms.schedule === undefined || terms.schedule.length === terms.instalments, {
  message: 'schedule must have as many rows as instalments',
  path: ['schedule'],
});
export type ContractTerms = z.infer<typeof contractTermsSchema>;

export const repaymentScheduleSchema = record({
  currency: currency.optional(),
  asOf: date.optional(),
  contractNo: text.optional(),
  rows: z.array(scheduleRow).min(1).max(1200),
  total: money.optional(),
});
export type RepaymentScheduleRecord = z.infer<typeof repaymentScheduleSchema>;
