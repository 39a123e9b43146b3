import { CodedError } from '../formats/errors.ts';

export type EvidenceErrorCode =
  | 'DEPOSIT_INVALID'
  | 'RECORD_INVALID'
  | 'EVENT_CONFLICT'
  | 'REFERENCE_UNKNOWN'
  | 'CONTENT_TOO_LARGE'
  | 'LOAN_UNKNOWN'
  | 'LOAN_ERASED'
  | 'LOAN_HELD'
  | 'LOAN_CHANGED'
  | 'RETENTION_RUNNING'
  | 'CUSTODY_INVALID'
  | 'ENTRY_UNKNOWN'
  | 'NOT_PUBLISHED'
  | 'CHECKPOINT_UNKNOWN'
  | 'NOT_ANCHORED'
  | 'COSIGNATURE_REFUSED'
  | 'OBJECT_MISSING'
  | 'OBJECT_DAMAGED'
  | 'SECRET_DAMAGED'
  | 'LOG_DAMAGED'
  | 'INDEX_DAMAGED'
  | 'STORE_VERSION'
  | 'STORE_FULL'
  | 'SERVICE_STOPPING'
  | 'WRITER_STOPPED';

/** What can go wrong on the evidence side; the message names the value, the remedy the next step. */
export class EvidenceError extends CodedError<EvidenceErrorCode> {}
