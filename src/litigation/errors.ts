import { CodedError } from '../formats/errors.ts';

export type LitigationErrorCode =
  | 'FILING_PROFILE_INVALID'
  | 'MATTER_NOT_READY'
  | 'NOTHING_DEPOSITED'
  | 'NOT_ANCHORED'
  | 'COURT_UNREACHABLE'
  | 'COURT_REFUSED'
  | 'RECEIPT_INVALID'
  | 'PACKAGE_REJECTED';

/** What can go wrong on the way from evidence to court. */
export class LitigationError extends CodedError<LitigationErrorCode> {}
