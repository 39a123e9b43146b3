import { CodedError } from '../../formats/errors.ts';

export type BackupErrorCode =
  | 'BACKUP_TARGET_EXISTS'
  | 'BACKUP_SOURCE_INVALID'
  | 'BACKUP_DISTURBED'
  | 'BACKUP_DAMAGED'
  | 'BACKUP_PARTS_DIFFER'
  | 'BACKUP_STALE';

/** A backup cannot be made, trusted or restored. */
export class BackupError extends CodedError<BackupErrorCode> {}
