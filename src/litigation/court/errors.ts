import { CodedError } from '../../formats/errors.ts';

export type CourtErrorCode =
  | 'NOT_A_PACKAGE'
  | 'PACKAGE_TOO_LARGE'
  | 'PACKAGE_DIFFERS'
  | 'CASE_CONFLICT'
  | 'FILING_UNKNOWN'
  | 'CHAIN_SILENT'
  | 'POLICY_MISSING'
  | 'COURT_BUSY'
  | 'COURT_IN_USE'
  | 'COURT_DAMAGED';

/** What can go wrong at a court's intake. A defective package is no error: it gets a receipt. */
export class CourtError extends CodedError<CourtErrorCode> {}
