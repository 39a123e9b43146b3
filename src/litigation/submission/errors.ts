import { CodedError } from '../../formats/errors.ts';

export type SubmissionErrorCode =
  /** No or no complete answer; try again. */
  | 'COURT_UNREACHABLE'
  /** The court asks to come back later; try again. */
  | 'COURT_BUSY'
  /** The court does not know our key: nothing of ours gets through. */
  | 'COURT_DENIED'
  /** The court will not take this package, for good. */
  | 'COURT_REFUSED'
  | 'RECEIPT_INVALID'
  /** Another package of this case and revision was sent already. */
  | 'CASE_SENT_OTHERWISE'
  /** The package in hand is not the one that was named. */
  | 'PACKAGE_CHANGED';

const RETRYABLE: readonly SubmissionErrorCode[] = ['COURT_UNREACHABLE', 'COURT_BUSY'];

/** What can go wrong between a finished package and a court's receipt. */
export class SubmissionError extends CodedError<SubmissionErrorCode> {
  /** When the court asked us to come back, milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: SubmissionErrorCode,
    message: string,
    remedy: string,
    options: ErrorOptions & { retryAfterMs?: number | undefined } = {},
  ) {
    super(code, message, remedy, options);
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the same package may be sent again without anybody doing anything. */
  get retryable(): boolean {
    return RETRYABLE.includes(this.code);
  }
}
