import { CodedError } from '../../formats/errors.ts';

export type AnchorHaltCode =
  | 'WRONG_CHAIN_ID'
  | 'WRONG_GENESIS'
  | 'WRONG_REGISTRY'
  | 'WRONG_REGISTRY_CODE'
  | 'CONFIRMED_BLOCK_GONE'
  | 'CONFIRMED_ANCHOR_GONE'
  | 'CHAIN_CONTRADICTS_ITSELF'
  | 'LOG_CONTRADICTS_CHAIN'
  | 'UNPROVEN_HEAD'
  | 'LOG_CONTRADICTS_QUEUE'
  | 'FOREIGN_NONCE'
  | 'REGISTRY_REFUSES';

const remedies: Record<AnchorHaltCode, string> = {
  WRONG_CHAIN_ID: 'Point the service at the network it was set up with.',
  WRONG_GENESIS:
    'The network was reset or exchanged. Restore it, or set up a new target with a new name.',
  WRONG_REGISTRY:
    'Configure the registry this target was set up with, or give the target a new name.',
  WRONG_REGISTRY_CODE:
    'Another program, or none, runs at the registry address. Ask who changed it.',
  CONFIRMED_BLOCK_GONE:
    'The chain dropped a block it had confirmed, or the node is on a wrong branch. Ask its operator: work goes on by itself once the block is back. If it never comes back, add a target with a new registry and more confirmations, and move the log there.',
  CONFIRMED_ANCHOR_GONE:
    'The chain dropped an anchor it had confirmed, or the node lags. Ask another node.',
  CHAIN_CONTRADICTS_ITSELF: 'The node gives answers that exclude each other. Ask another node.',
  LOG_CONTRADICTS_CHAIN:
    'The chain knows a log state that this installation does not have: it was restored from an old backup, or its log was changed. Restore the newest backup; do not anchor from here.',
  UNPROVEN_HEAD:
    'The node claims a log state that this installation does not have, and cannot show that one of our keys signed it. Ask another node. If it says the same, this is an old backup from before the publisher was rotated, or the key was stolen.',
  LOG_CONTRADICTS_QUEUE:
    'The log no longer has a checkpoint it had issued. Run the log check and restore the newest backup.',
  FOREIGN_NONCE:
    'Somebody else sends with the key of the publisher. Stop them, or have the admin rotate the key.',
  REGISTRY_REFUSES: 'Check that the configured key is the publisher of this log in the registry.',
};

/**
 * Anchoring cannot go on until somebody looks. Evidence is accepted all the same. The cause is
 * looked for anew at each tick, so work goes on by itself once it is gone.
 */
export class AnchorHalt extends CodedError<AnchorHaltCode> {
  constructor(code: AnchorHaltCode, message: string) {
    super(code, message, remedies[code]);
  }
}
