import { CodedError } from '../../formats/errors.ts';

export type ImportFileErrorCode =
  | 'PROFILE_NOT_FOUND'
  | 'TABLE_UNREADABLE'
  | 'TABLE_TOO_LARGE'
  | 'DOCUMENT_REFUSED';

/** A file of an import is not what the profile says it is. Messages name no cell values. */
export class ImportFileError extends CodedError<ImportFileErrorCode> {}
