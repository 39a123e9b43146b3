/**
 * The root of every error the project throws on purpose. Each component closes its own set of
 * codes by extending this class with a union type, so that a caller can switch over them.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  /** What the reader should do next; one sentence, no secrets, no personal data. */
  readonly remedy: string;

  constructor(code: Code, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}

export type FormatErrorCode =
  | 'BYTES_NOT_HEX'
  | 'BYTES_NOT_BASE64'
  | 'JSON_INVALID'
  | 'JSON_NOT_CANONICAL'
  | 'JSON_TOO_DEEP'
  | 'STATEMENT_INVALID'
  | 'KIND_UNKNOWN'
  | 'ENTRY_INVALID'
  | 'EVIDENCE_NUMBER_INVALID'
  | 'TILE_INVALID'
  | 'NOTE_INVALID'
  | 'CHECKPOINT_INVALID'
  | 'MAP_PROOF_INVALID'
  | 'RECEIPT_INVALID'
  | 'PROOF_INVALID'
  | 'MANIFEST_INVALID'
  | 'POLICY_INVALID'
  | 'STATE_INVALID'
  | 'DATE_INVALID'
  | 'CONTAINER_INVALID';

/** Bytes or text that do not have the form that `docs/formats/` prescribes. */
export class FormatError extends CodedError<FormatErrorCode> {}
