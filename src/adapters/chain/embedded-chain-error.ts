import { CodedError } from '../../formats/errors.ts';

export type EmbeddedChainErrorCode =
  | 'CHAIN_IN_USE'
  | 'CHAIN_GENESIS_INVALID'
  | 'CHAIN_GENESIS_MISMATCH'
  | 'CHAIN_JOURNAL_MISSING'
  | 'CHAIN_JOURNAL_CORRUPT'
  | 'CHAIN_JOURNAL_WRITE_FAILED'
  | 'CHAIN_REPLAY_DIVERGED'
  | 'CHAIN_METHOD_REFUSED'
  | 'CHAIN_TRANSACTION_REFUSED'
  | 'CHAIN_INSTALLATION_MISMATCH'
  | 'CHAIN_CLOSED';

/** What can be wrong with the embedded chain or its folder. */
export class EmbeddedChainError extends CodedError<EmbeddedChainErrorCode> {}
