import { CodedError } from '../formats/errors.ts';

export type ClaimErrorCode =
  | 'RECORD_INVALID'
  | 'RECORD_CONFLICT'
  | 'TERMS_MISSING'
  | 'TERMS_AMBIGUOUS'
  | 'TERMS_ALTERED'
  | 'TERMS_INCOMPLETE'
  | 'TERMS_INCONSISTENT'
  | 'CURRENCY_MIXED'
  | 'DISBURSEMENT_MISSING'
  | 'MONEY_INVALID'
  | 'CUT_OFF_INVALID'
  | 'CLAIM_TOO_LARGE';

/** A claim that cannot be computed from what was deposited, and what would mend it. */
export class ClaimError extends CodedError<ClaimErrorCode> {}
