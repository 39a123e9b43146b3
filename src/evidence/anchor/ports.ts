import { CodedError } from '../../formats/errors.ts';

/*
 * What is ours (roots, log ids, code hashes) is 32 bytes in lower-case hex without prefix. What is
 * the chain's (addresses, hashes of blocks and transactions, raw transactions) is 0x-prefixed
 * lower-case hex, as every Ethereum tool shows it.
 * `target` names one registry on one network, such as `embedded` or `judicial`.
 */

export type AnchorChainErrorCode =
  | 'CHAIN_UNREACHABLE'
  | 'CHAIN_ANSWER_INVALID'
  | 'CHAIN_CALL_FAILED'
  | 'CHAIN_CODE_MISMATCH'
  | 'CHAIN_SETTINGS_INVALID';

/** What went wrong between us and a chain's node; nothing is known about the chain itself. */
export class AnchorChainError extends CodedError<AnchorChainErrorCode> {}

/** What must not change under our feet. */
export interface ChainIdentity {
  chainId: number;
  genesisHash: string;
  registry: string;
  /** SHA-256 of the registry's runtime code, as the verifiers' policy names it. */
  codeHash: string;
}

/** Latest head of a log in the registry; size 0 and 64 zeros before the first anchor. */
export interface AnchorHead {
  size: number;
  root: string;
}

/** An anchored root in the registry. */
export interface RegistryAnchor {
  size: number;
  blockNumber: number;
  /** Timestamp of the block, seconds since 1970-01-01 UTC. Worth what the chain is worth. */
  blockTime: number;
}

export interface TransactionReceipt {
  blockNumber: number;
  blockHash: string;
  succeeded: boolean;
}

/** Arguments of `EvidenceRegistry.anchor`. */
export interface AnchorCall {
  logId: string;
  newSize: number;
  newRoot: string;
  consistencyProof: string[];
}

/** A signed transaction that nobody but us has seen yet. */
export interface SignedTransaction {
  nonce: number;
  txHash: string;
  raw: string;
  /** What it offers to pay, for the operator to read. */
  fee: string;
}

/**
 * One registry on one network, with the key of the log's publisher. Every method may throw
 * AnchorChainError CHAIN_UNREACHABLE, CHAIN_ANSWER_INVALID or CHAIN_CALL_FAILED.
 */
export interface AnchorChain {
  readonly target: string;
  /** Address of the key that signs. */
  readonly publisher: string;
  /** What the network answers now; never a remembered value. */
  identity(): Promise<ChainIdentity>;
  head(logId: string): Promise<AnchorHead>;
  anchorOf(logId: string, root: string): Promise<RegistryAnchor | null>;
  /**
   * Address whose key signed a transaction that anchors this root in this registry, by the
   * signature itself and not by the node's word; null when the node shows no such transaction.
   */
  signerOf(logId: string, root: string): Promise<string | null>;
  /** Number of our publisher's transactions in mined blocks. */
  nextNonce(): Promise<number>;
  /** Why the registry would refuse this call now; null if it would accept it. Sends nothing. */
  refusal(call: AnchorCall): Promise<string | null>;
  /** Signs, does not send. */
  prepare(call: AnchorCall, nonce: number): Promise<SignedTransaction>;
  /**
   * The same nonce and payload for a fee 12.5 % higher; null when the fee cannot rise. Sends nothing.
   */
  prepareReplacement(raw: string): Promise<SignedTransaction | null>;
  /**
   * Hands the bytes to the network. The answer is for the record only: nodes word refusals of known
   * transactions as they like, so what happened is read from receipts and nonces.
   */
  broadcast(raw: string): Promise<string>;
  receipt(txHash: string): Promise<TransactionReceipt | null>;
  /** Hash of the canonical block of this number; null when the chain is shorter. */
  blockHash(blockNumber: number): Promise<string | null>;
  latestBlock(): Promise<number>;
}

/**
 * QUEUED: wanted. PREPARED: signed and recorded, maybe sent. SENT: sent at least once. MINED: in a
 * canonical block. FINAL: confirmed. REPLACED: a later checkpoint of the same log stands for it.
 * FAILED: mined, but the registry refused it. The last three are ends.
 */
export type AnchorState =
  | 'QUEUED'
  | 'PREPARED'
  | 'SENT'
  | 'MINED'
  | 'FINAL'
  | 'REPLACED'
  | 'FAILED';

/** Where a root was found in the chain. `txHash` is null when another run of ours anchored it. */
export interface AnchorPlace {
  txHash: string | null;
  blockNumber: number;
  blockHash: string;
  blockTime: number;
}

export interface AnchorAttempt extends SignedTransaction {
  publisher: string;
  /** RFC 3339, UTC. */
  createdAt: string;
}

/** One checkpoint on its way to one target. */
export interface AnchorItem {
  id: number;
  target: string;
  logId: string;
  size: number;
  root: string;
  queuedAt: string;
  state: AnchorState;
  /** Time of the latest change, RFC 3339, UTC. */
  changedAt: string;
  /** Words for the operator about the latest change. */
  detail: string;
  /** Present in the states MINED and FINAL. */
  place: AnchorPlace | null;
  /** Oldest first; those of one key have the same nonce, and each may still be mined. */
  attempts: AnchorAttempt[];
}

export interface AnchorEvent {
  /** PREPARED comes with an attempt and so through `insertAttempt` only. */
  state: Exclude<AnchorState, 'PREPARED'>;
  /** RFC 3339, UTC. */
  at: string;
  detail: string;
  /** Required for MINED and FINAL. */
  place?: AnchorPlace;
}

/** The log left one target for another. */
export interface AnchorMove {
  from: string;
  to: string;
  /** Text of the note in the log (docs/formats/chain-move.md). */
  note: string;
  /** Entries of the log when it was decided: the note is at this place or later. */
  logSize: number;
  /** RFC 3339, UTC. */
  at: string;
}

/** Remembers everything that is on its way to a chain. Rows are only ever added. */
export interface AnchorOutboxStore {
  /** The identity under which this target was first used; null before. */
  identity(target: string): Promise<ChainIdentity | null>;
  /** Remembers it for ever. A second call for a target changes nothing. */
  pinIdentity(target: string, identity: ChainIdentity, at: string): Promise<void>;
  /** Adds a wanted checkpoint; gives the existing item for the same root unless that one FAILED. */
  enqueue(wanted: {
    target: string;
    logId: string;
    size: number;
    root: string;
    at: string;
  }): Promise<AnchorItem>;
  /** Everything of a target that has not ended, oldest first. */
  open(target: string): Promise<AnchorItem[]>;
  /** Attempt and state PREPARED in one transaction, on the disk when this returns. */
  insertAttempt(itemId: number, attempt: AnchorAttempt): Promise<void>;
  record(itemId: number, event: AnchorEvent): Promise<void>;
  /** One more than the highest nonce we ever signed with this key for this target; null if none. */
  nextOwnNonce(target: string, publisher: string): Promise<number | null>;
  /** The FINAL item of the largest size; null if none. */
  lastFinal(target: string, logId: string): Promise<AnchorItem | null>;
  /** The FINAL item of the smallest size ≥ `size`: the anchor that covers an entry below it. */
  firstFinalCovering(target: string, logId: string, size: number): Promise<AnchorItem | null>;
  /** The item that was wanted first, whatever became of it; null if none. */
  firstItem(target: string, logId: string): Promise<AnchorItem | null>;
  /** Every target that was ever used. */
  targets(): Promise<string[]>;
  /** Oldest first. */
  moves(): Promise<AnchorMove[]>;
  /** A log leaves a target once. */
  recordMove(move: AnchorMove): Promise<void>;
  /** Newest first. */
  list(filter: { target?: string; limit: number }): Promise<AnchorItem[]>;
}

/** The log as the anchorer needs it; the authority on what may be anchored. */
export interface AnchoredLog {
  /** 32 bytes, lower-case hex. */
  readonly logId: string;
  /** Root of the first `size` entries; null when the log has fewer. */
  rootAt(size: number): Promise<string | null>;
  /** RFC 9162 §2.1.4.1, oldest node first. Both sizes exist in the log. */
  consistencyProof(oldSize: number, newSize: number): Promise<string[]>;
}
