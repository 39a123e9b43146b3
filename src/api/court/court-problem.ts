import { CourtError, type CourtErrorCode } from '../../litigation/court/errors.ts';
import { type Problem, problemOf } from '../errors.ts';

type Answer = readonly [status: number, title: string, retryAfterSeconds?: number];

const ANSWERS = {
  NOT_A_PACKAGE: [422, 'The body is no case package'],
  PACKAGE_TOO_LARGE: [413, 'The package is too large'],
  PACKAGE_DIFFERS: [400, 'The body is not the one that was announced'],
  CASE_CONFLICT: [409, 'The case is here already as another package'],
  FILING_UNKNOWN: [404, 'There is no such filing'],
  CHAIN_SILENT: [503, 'The court cannot look at the chain now', 30],
  POLICY_MISSING: [503, 'The court is not set up yet', 60],
  COURT_BUSY: [429, 'The court is busy', 2],
  COURT_IN_USE: [500, 'The service failed'],
  COURT_DAMAGED: [500, 'The court found its own data damaged'],
} as const satisfies Record<CourtErrorCode, Answer>;

/** The problem document (RFC 9457) of an error, and when to come back. */
export function courtProblemOf(
  error: unknown,
  requestId: string,
): { problem: Problem; retryAfter: number | undefined } {
  if (!(error instanceof CourtError)) {
    const problem = problemOf(error, requestId);
    return { problem, retryAfter: problem.status === 503 ? 5 : undefined };
  }
  const [status, title, retryAfter]: Answer = ANSWERS[error.code];
  const type = `urn:cunzheng:problem:${error.code}`;
  const shown =
    status === 500
      ? { detail: title, remedy: `Tell the operator the request id ${requestId}.` }
      : { detail: error.message, remedy: error.remedy };
  return { problem: { type, title, status, code: error.code, ...shown, requestId }, retryAfter };
}
