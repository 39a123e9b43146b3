import { CodedError } from '../../formats/errors.ts';

/** Why a log cannot move from one target to another. */
export class AnchorMoveError extends CodedError<'MOVED_ELSEWHERE' | 'TARGET_UNKNOWN'> {}
