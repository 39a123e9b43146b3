import { CodedError } from '../formats/errors.ts';

export type ClaimErrorCode =
  | 'RECORD_INVALID'
  | 'TERMS_MISSING'
  | 'TERMS_AMBIGUOUS'
  | 'TERMS_INCONSISTENT'
  | 'CURRENCY_MIXED'
  | 'DISBURSEMENT_MISSING'
  | 'ACCELERATION_AMBIGUOUS'
  | 'MONEY_INVALID'
  | 'CUT_OFF_INVALID';

/** A claim that cannot be computed from what was deposited, and what would mend it. */
export class ClaimError extends CodedError<ClaimErrorCode> {}
