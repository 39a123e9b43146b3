import { CodedError } from '../../formats/errors.ts';

export type RenderErrorCode = 'UNKNOWN_TEMPLATE' | 'TEMPLATE_FAILED' | 'CHARACTER_MISSING';

/** A document that could not be typeset; nothing was written. */
export class RenderError extends CodedError<RenderErrorCode> {}
