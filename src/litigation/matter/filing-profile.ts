import { z } from 'zod';
import type { LatenessLimits } from '../../claim/lateness.ts';
import { identitySchema } from '../../claim/record-parties.ts';
import type { Json } from '../../formats/jcs.ts';
import { isKind, type Kind } from '../../formats/taxonomy.ts';
import { LitigationError } from '../errors.ts';

const text = z.string().min(1).max(300);
const longText = z.string().min(1).max(2_000);
const kindName = z.string().refine(isKind, 'must be a kind of the taxonomy');

/**
 * How one lender files before one kind of court: data that legal staff keep, not code. Spec:
 * `docs/filing-profiles.md`.
 */
const schema = z.strictObject({
  filing: z.literal(1),
  name: text,
  /** Which set of documents is rendered. */
  jurisdiction: z.enum(['cn', 'en']),
  /** 案由, or the heading of the English claim. */
  cause: text,
  /** The lender as a party; a legal person. */
  plaintiff: identitySchema,
  agents: z
    .array(
      z.strictObject({
        name: text,
        firm: text,
        position: text.optional(),
        phone: text.optional(),
        authority: text.optional(),
      }),
    )
    .max(5),
  /** Court to address when the contract names none; also printed on the documents. */
  court: z.strictObject({ name: text, division: text.optional() }),
  /** Whether costs are asked for, and what is said about mediation. */
  requests: z.strictObject({
    courtFees: z.boolean(),
    mediation: z.enum(['yes', 'no', 'undecided']),
  }),
  /** Application to preserve property, in the words of 财产保全规定 Art. 1 (4) and (5). */
  preservation: z
    .strictObject({ requested: z.boolean(), property: longText, security: longText })
    .optional(),
  gate: z.strictObject({
    /** Kinds that must be there; `block` stops the filing, `review` asks a person to look. */
    required: z.array(
      z.strictObject({ kind: kindName, severity: z.enum(['block', 'review']), rule: text }),
    ),
    /** A deposit later than this many days after its event is flagged (在线诉讼规则 Art. 18). */
    lateDepositDays: z.int().min(0).max(36_500),
    /** The same for single kinds, in place of the stricter limits of the program. */
    lateDepositDaysByKind: z.partialRecord(kindName, z.int().min(0).max(36_500)).optional(),
    /** Limitation, counted from the last due date or the last proven demand (民法典 188, 189, 195). */
    limitationYears: z.int().min(1).max(30),
    /** Overdue amount below which a person should look before filing; money as text. */
    trivialBelow: z.string().regex(/^\d+\.\d{2}$/, 'money with two decimals'),
    /** Whether a defendant must be named and identified by number for this court. */
    defendantIdentity: z.enum(['block', 'review']),
    /** Whether a clause on jurisdiction must show its connection (民事诉讼法 Art. 35). */
    jurisdictionClause: z.enum(['block', 'review', 'off']),
    /** Status codes of the lender's ledger that count as default there. */
    defaultStatuses: z.array(text).max(50),
  }),
});

export type FilingProfile = Omit<z.infer<typeof schema>, 'gate'> & {
  gate: Omit<z.infer<typeof schema>['gate'], 'required'> & {
    required: { kind: Kind; severity: 'block' | 'review'; rule: string }[];
  };
};

/** From how many days on a deposit is late in a case of this profile. */
export function latenessLimits({ gate }: FilingProfile): LatenessLimits {
  return { days: gate.lateDepositDays, byKind: gate.lateDepositDaysByKind };
}

/**
 * Reads a filing profile.
 * @throws LitigationError FILING_PROFILE_INVALID naming every wrong field
 */
export function parseFilingProfile(value: Json): FilingProfile {
  const result = schema.safeParse(value);
  if (result.success) return result.data as FilingProfile;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new LitigationError(
    'FILING_PROFILE_INVALID',
    `filing profile: ${problems.join('; ')}`,
    'Correct the named fields; docs/filing-profiles.md lists them.',
  );
}
