import { EvidenceError, type EvidenceErrorCode } from '../evidence/index.ts';
import { CodedError, FormatError, type FormatErrorCode } from '../formats/errors.ts';

export type ApiErrorCode =
  | 'REQUEST_INVALID'
  | 'KEY_MISSING'
  | 'KEY_UNKNOWN'
  | 'ROLE_MISSING'
  | 'ROUTE_UNKNOWN'
  | 'METHOD_NOT_ALLOWED'
  | 'FILE_UNKNOWN'
  | 'BODY_TOO_LARGE'
  | 'LINE_TOO_LONG'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'DIGEST_INVALID'
  | 'DIGEST_MISMATCH'
  | 'KIND_RESERVED'
  | 'UPLOAD_ABORTED'
  | 'SERVICE_BUSY'
  | 'INTERNAL';

/** What can be wrong with a request itself. */
export class ApiError extends CodedError<ApiErrorCode> {}

/** RFC 9457 problem details; `code` is the stable name that programs switch over. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  remedy: string;
  requestId: string;
}

type Answer = readonly [status: number, title: string];

const API = {
  REQUEST_INVALID: [400, 'The request is not valid'],
  KEY_MISSING: [401, 'No API key was sent'],
  KEY_UNKNOWN: [401, 'The API key is not valid'],
  ROLE_MISSING: [403, 'The API key lacks the role'],
  ROUTE_UNKNOWN: [404, 'There is no such address'],
  METHOD_NOT_ALLOWED: [405, 'The address does not take this method'],
  FILE_UNKNOWN: [404, 'The log has no such file'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  LINE_TOO_LONG: [413, 'The line is too long'],
  MEDIA_TYPE_UNSUPPORTED: [415, 'The body has a form that is not taken'],
  DIGEST_INVALID: [400, 'The Content-Digest cannot be checked'],
  DIGEST_MISMATCH: [400, 'The body is not the one that was digested'],
  KIND_RESERVED: [422, 'The kind is written by the service itself'],
  UPLOAD_ABORTED: [400, 'The upload ended early'],
  SERVICE_BUSY: [429, 'Too many deposits are waiting'],
  INTERNAL: [500, 'The service failed'],
} as const satisfies Record<ApiErrorCode, Answer>;

const DAMAGED = [500, 'The service found its own data damaged'] as const;

const EVIDENCE = {
  DEPOSIT_INVALID: [400, 'The deposit is not valid'],
  RECORD_INVALID: [422, 'The record does not have the form of its kind'],
  EVENT_CONFLICT: [409, 'The event is known with other content'],
  REFERENCE_UNKNOWN: [422, 'The event refers to one that is not there'],
  CONTENT_TOO_LARGE: [413, 'The file is too large'],
  LOAN_UNKNOWN: [404, 'There is no such loan'],
  LOAN_ERASED: [410, 'The loan was erased'],
  LOAN_HELD: [409, 'A legal hold stands'],
  LOAN_CHANGED: [409, 'The loan changed meanwhile'],
  RETENTION_RUNNING: [409, 'The loan must still be kept'],
  CUSTODY_INVALID: [400, 'The custody event is not valid'],
  ENTRY_UNKNOWN: [404, 'The loan has no such entry'],
  NOT_PUBLISHED: [409, 'The entry is in no checkpoint yet'],
  CHECKPOINT_UNKNOWN: [404, 'There is no such checkpoint'],
  NOT_ANCHORED: [409, 'Nothing was anchored since then'],
  COSIGNATURE_REFUSED: [422, 'The cosignature does not hold'],
  OBJECT_MISSING: DAMAGED,
  OBJECT_DAMAGED: DAMAGED,
  SECRET_DAMAGED: DAMAGED,
  LOG_DAMAGED: DAMAGED,
  INDEX_DAMAGED: [503, 'The index has to be made anew'],
  STORE_VERSION: DAMAGED,
  STORE_FULL: [507, 'There is no room left to store it'],
  SERVICE_STOPPING: [503, 'The service is stopping'],
  WRITER_STOPPED: [503, 'The log cannot be written'],
} as const satisfies Record<EvidenceErrorCode, Answer>;

const MALFORMED = [400, 'The input is malformed'] as const;

// Requests are read with the first six; the others speak of formats that only our own store holds.
const FORMAT = {
  BYTES_NOT_HEX: MALFORMED,
  BYTES_NOT_BASE64: MALFORMED,
  JSON_INVALID: MALFORMED,
  JSON_NOT_CANONICAL: MALFORMED,
  JSON_TOO_DEEP: MALFORMED,
  EVIDENCE_NUMBER_INVALID: MALFORMED,
  STATEMENT_INVALID: DAMAGED,
  KIND_UNKNOWN: [422, 'The kind is unknown'],
  ENTRY_INVALID: DAMAGED,
  TILE_INVALID: DAMAGED,
  NOTE_INVALID: DAMAGED,
  CHECKPOINT_INVALID: DAMAGED,
  MAP_PROOF_INVALID: DAMAGED,
  RECEIPT_INVALID: DAMAGED,
  PROOF_INVALID: DAMAGED,
  MANIFEST_INVALID: DAMAGED,
  POLICY_INVALID: DAMAGED,
  CONTAINER_INVALID: DAMAGED,
  STATE_INVALID: DAMAGED,
  DATE_INVALID: [400, 'The date is malformed'],
} as const satisfies Record<FormatErrorCode, Answer>;

function answerOf(error: unknown): { code: string; answer: Answer } | undefined {
  if (error instanceof ApiError) return { code: error.code, answer: API[error.code] };
  if (error instanceof EvidenceError) return { code: error.code, answer: EVIDENCE[error.code] };
  if (error instanceof FormatError) return { code: error.code, answer: FORMAT[error.code] };
  return undefined;
}

/** Express' router throws its own errors for a path that does not decode, and the like. */
function isRouterRefusal(error: unknown): boolean {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}

/**
 * What the caller is told. Of a failure of the service nothing inside is shown: the request id
 * leads the operator to the log line.
 */
export function problemOf(error: unknown, requestId: string): Problem {
  if (isRouterRefusal(error)) return problemOf(malformedAddress(), requestId);
  const known = answerOf(error) ?? { code: 'INTERNAL', answer: API.INTERNAL };
  const [status, title] = known.answer;
  const shown = status < 500 || status === 503;
  const { message, remedy } =
    shown && error instanceof CodedError
      ? error
      : { message: title, remedy: `Tell the operator the request id ${requestId}.` };
  return {
    type: `urn:cunzheng:problem:${known.code}`,
    title,
    status,
    code: known.code,
    detail: message,
    remedy,
    requestId,
  };
}

function malformedAddress(): ApiError {
  const remedy = 'Percent-encode the address as UTF-8.';
  return new ApiError('REQUEST_INVALID', 'the address does not decode', remedy);
}

/** What the log may keep of a failure: where it happened, and no message, which could quote data. */
export function failureDetails(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { error: error.name, ...code, at: frames.slice(0, 5).join('').trim() };
}
