import { CodedError } from '../../formats/errors.ts';

export type SigningErrorCode =
  /** No certificate or key where the configuration says. */
  | 'SIGNER_MISSING'
  | 'SIGNER_UNREADABLE'
  | 'SIGNER_PASSWORD_WRONG'
  /** Other users of the machine can read the private key. */
  | 'SIGNER_KEY_EXPOSED'
  /** The private key does not belong to the certificate. */
  | 'SIGNER_KEY_MISMATCH'
  | 'SIGNER_KEY_UNSUPPORTED'
  /** The certificate was issued for another use than signing documents. */
  | 'SIGNER_KEY_USAGE'
  /** The certificates of the file do not lead from the signer upwards. */
  | 'SIGNER_CHAIN_BROKEN'
  | 'SIGNER_NOT_YET_VALID'
  | 'SIGNER_EXPIRED'
  | 'AUTHORITY_EXISTS'
  | 'SUBJECT_INVALID'
  | 'PDF_UNREADABLE'
  | 'PDF_ENCRYPTED';

/** Why nothing was signed. Thrown before the private key is used. */
export class SigningError extends CodedError<SigningErrorCode> {}
