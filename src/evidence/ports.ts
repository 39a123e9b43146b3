import type { Json } from '../formats/jcs.ts';
import type { LoanMapProof } from '../formats/loan-map.ts';
import type { Kind } from '../formats/taxonomy.ts';

/** Where the clock of the service is read. Services never call `Date.now()`. */
export interface Clock {
  now(): Date;
}

/** Cryptographically secure random bytes. */
export interface RandomSource {
  bytes(length: number): Uint8Array;
}

/** What a lender's system hands in for one event of a loan's life. */
export interface DepositCommand {
  /** The lender's own loan identifier; the evidence number is given at the loan's first deposit. */
  loan: string;
  kind: Kind;
  /** Shown in evidence lists; no personal data. Default: the kind's title. */
  title?: string;
  /** When the event happened, by the depositor's word: RFC 3339 date or date-time. */
  occurredAt: string;
  source: DepositSource;
  /** Earlier events of the same loan that this one refers to. */
  references?: DepositReference[];
  content: DepositContent;
}

/** An earlier event; `system` only where it is not the system of the event that refers to it. */
export interface DepositReference {
  rel: string;
  eventId: string;
  system?: string;
}

/** Provenance as the depositor states it. `system` + `eventId` identify the event: twice = one entry. */
export interface DepositSource {
  system: string;
  eventId: string;
  generator?: string;
  version?: string;
  operator?: string;
  device?: string;
}

/** A structured record (stored as its JCS bytes), a file as it came, or a file still arriving. */
export type DepositContent =
  | { form: 'record'; record: Json }
  | { form: 'file'; name: string; mediaType: string; bytes: Uint8Array }
  | { form: 'stream'; name: string; mediaType: string; stream: AsyncIterable<Uint8Array> };

/** A loan as the store knows it. Its secret is in the secret store, where it can be destroyed. */
export interface LoanRow {
  /** Hex. */
  loanKey: string;
  evidenceNo: string;
  /**
   * Keyed hash of the lender's own loan identifier, hex. The identifier itself can hold personal
   * data, so it stands with the secret and goes with it.
   */
  reference: string;
}

/** One leaf of the log as the store keeps it. Loan, number and chain stand in `data`. */
export interface EntryRow {
  leafIndex: number;
  /** The entry's bytes. */
  data: Uint8Array;
  /** Absent for map entries and notes. */
  deposit?: DepositRow;
}

/** The private side of a deposit: sealed under the loan's secret. */
export interface DepositRow {
  /** First 16 bytes of an HMAC of system and event id, hex: finds a repeated event. */
  eventKey: string;
  /** Statement and small content, see `custody/sealing.ts`. */
  sealed: Uint8Array;
  /** Where larger content is. */
  objectId?: string;
}

/** The last entry of a loan. */
export interface LoanHead {
  /** Number of the loan's entries. */
  count: number;
  leafIndex: number;
  leafHash: Uint8Array;
}

/** A published checkpoint. */
export interface CheckpointRow {
  size: number;
  /** The signed note, as text. */
  note: string;
  /** Root of the loan map, hex, as the last entry of this size states it. */
  mapRoot: string;
  publishedAt: string;
}

/** Everything that one commit writes; all of it becomes durable, or nothing. */
export interface AppendBatch {
  loans: LoanRow[];
  entries: EntryRow[];
  /** `mapRoot` must be what the batch's last entry states: it is kept there only. */
  checkpoint?: CheckpointRow;
}

/** The loan map over the first `covers` entries. */
export interface MapState {
  covers: number;
  root: Uint8Array;
}

/**
 * The evidence tables: insert-only. One writer at a time; whatever `append` returned for is on
 * disk, and whatever was appended is found.
 *
 * The answers to look-ups come from indexes that can be rebuilt from the entries at any time, and
 * so does the map. Batched look-ups answer in the order of their keys.
 */
export interface EvidenceStore {
  treeSize(): Promise<number>;
  /**
   * @throws EvidenceError STORE_FULL when the disk is, LOG_DAMAGED when the batch does not continue
   *   the log: a place that is taken, an event or loan that is known, a number that is not the next
   */
  append(batch: AppendBatch): Promise<void>;
  findLoan(reference: string): Promise<LoanRow | undefined>;
  findLoans(references: string[]): Promise<(LoanRow | undefined)[]>;
  findLoansByKey(loanKeys: string[]): Promise<(LoanRow | undefined)[]>;
  findLoanByEvidenceNo(evidenceNo: string): Promise<LoanRow | undefined>;
  listLoans(): Promise<LoanRow[]>;
  /** Leaf index of the event, if it was deposited. */
  findEvent(eventKey: string): Promise<number | undefined>;
  findEvents(eventKeys: string[]): Promise<(number | undefined)[]>;
  loanHeads(loanKeys: string[]): Promise<(LoanHead | undefined)[]>;
  readEntries(begin: number, end: number): Promise<EntryRow[]>;
  /** Only what is public of [begin, end): the entries' bytes. */
  readData(begin: number, end: number): Promise<Uint8Array[]>;
  /** Leaf hashes of [begin, end), 32 bytes each, in one array. */
  leafHashes(begin: number, end: number): Promise<Uint8Array>;
  /** The loan's entries in order of seq; only those with a leaf index below `below`, if given. */
  loanEntries(loanKey: string, below?: number): Promise<EntryRow[]>;
  loanEntry(loanKey: string, seq: number): Promise<EntryRow | undefined>;
  latestCheckpoint(): Promise<CheckpointRow | undefined>;
  checkpoint(size: number): Promise<CheckpointRow | undefined>;
  listCheckpoints(): Promise<CheckpointRow[]>;
  /** The first checkpoint above `size`. */
  checkpointAfter(size: number): Promise<CheckpointRow | undefined>;
  /** The latest checkpoint below `size`. */
  checkpointBefore(size: number): Promise<CheckpointRow | undefined>;
  /** Brings the loan map up to the entries there are by now. */
  updateMap(): Promise<MapState>;
  /** Root of the map of the checkpoint of `size`. */
  mapRoot(size: number): Promise<Uint8Array>;
  /** What the map of the checkpoint of `size` says, or does not say, of a key. */
  proveLoan(keyHash: Uint8Array, size: number): Promise<LoanMapProof>;
  /** An empty index, for a check that adds all entries again and trusts no other. */
  replay(): LoanReplay;
  /**
   * What the store finds wrong with itself, one line each, naming table and row. `quick`: without
   * reading all of it.
   */
  checkIntegrity(options?: { quick?: boolean }): Promise<string[]>;
  close(): Promise<void>;
}

/** Loan heads and map, made anew from entries in their order. Held in bounded memory. */
export interface LoanReplay {
  loanHeads(loanKeys: string[]): (LoanHead | undefined)[];
  /** Adds the next entries. @returns indexes of those whose event was there before */
  add(entries: EntryRow[]): number[];
  /** The map over everything added so far. */
  map(): MapState;
  close(): void;
}

/** Cosignatures that auditors handed back: signature lines by the size of the checkpoint. */
export interface CosignatureStore {
  /** Durable when it returns. @returns whether the line is new */
  add(size: number, line: string): Promise<boolean>;
  /** In the order in which they came. */
  list(size: number): Promise<string[]>;
}

/** Large sealed objects, addressed by the SHA-256 of their sealed bytes. */
export interface ObjectStore {
  /** Durable when it returns. @returns object id: hex SHA-256 of what was written */
  write(source: AsyncIterable<Uint8Array>): Promise<string>;
  /** @throws EvidenceError OBJECT_MISSING; OBJECT_DAMAGED after the last byte (checked against the id) */
  readStream(objectId: string): AsyncIterable<Uint8Array>;
  list(): Promise<string[]>;
}

/** The published log: files by C2SP tlog-tiles path. */
export interface TileFiles {
  /** Durable when it returns; replaces an existing file as one step. In any order. */
  write(files: { path: string; bytes: Uint8Array }[]): Promise<void>;
  read(path: string): Promise<Uint8Array | undefined>;
  has(path: string): Promise<boolean>;
  /** Paths of all files there are. */
  list(): Promise<string[]>;
  /** The same, one after the other. */
  walk(): AsyncIterable<string>;
}

/** A loan's secret as it is kept: wrapped by the vault with the loan key as context. */
export interface WrappedSecret {
  /** Hex. */
  loanKey: string;
  wrapped: Uint8Array;
}

/**
 * The loan secrets: the one store out of which things can be deleted, so that a loan's content can
 * be erased while every proof stands. A secret is put before the entry that uses it; a crash
 * between the two leaves a secret that nothing uses.
 */
export interface SecretStore {
  /** Durable when it returns. A loan that has a secret keeps it. */
  put(secrets: WrappedSecret[]): Promise<void>;
  /** By loan key; those without a secret are not in the map. */
  get(loanKeys: string[]): Promise<Map<string, Uint8Array>>;
  /** In order of loan key, those after `after` (hex; '' for the first), at most `limit`. */
  page(after: string, limit: number): Promise<WrappedSecret[]>;
  /** Puts other wrapped bytes in the place of a loan's; a loan without secret stays without. */
  rewrap(secrets: WrappedSecret[]): Promise<void>;
  /** When it returns the bytes are in no file of the store any more. */
  destroy(loanKeys: string[]): Promise<void>;
  /** What the store finds wrong with itself, one line each. */
  checkIntegrity(): Promise<string[]>;
}

/** A loan that is to be erased. */
export interface ErasureRequest {
  evidenceNo: string;
  /** RFC 3339, UTC. */
  requestedAt: string;
}

/**
 * The list of loans that were to be erased, insert-only. It outlives a crash, and a secret store
 * that was put back from an older backup: each start destroys what it names and the log confirms.
 */
export interface ErasureStore {
  /** Durable when it returns. Twice is once. */
  request(request: ErasureRequest): Promise<void>;
  list(): Promise<ErasureRequest[]>;
}

/** Wraps loan secrets under the master key, which never leaves the adapter. */
export interface KeyVault {
  /** @param context bound to the wrapped bytes; the same must be given to unwrap */
  wrap(secret: Uint8Array, context: string): Uint8Array;
  /** @throws EvidenceError SECRET_DAMAGED */
  unwrap(wrapped: Uint8Array, context: string): Uint8Array;
  /** A key for one purpose; the same for the whole life of the installation. */
  derive(purpose: string): Uint8Array;
}

/** A vault whose master key can be replaced. Master keys are numbered from 1. */
export interface RotatingKeyVault extends KeyVault {
  /** Numbers of the master keys there are, oldest first; more than one while a rotation lasts. */
  masterNumbers(): number[];
  /** Number of the master key that opens these bytes, as they state it. */
  numberOf(wrapped: Uint8Array): number;
  /** Makes the next master key, durable when it returns; from then on it wraps. @returns its number */
  addMasterKey(): number;
  /** Destroys all master keys but the newest. Only once nothing is wrapped under them. */
  retireMasterKeys(): void;
}

/** The log's signing key. */
export interface LogSigner {
  /** Key name = log origin. */
  readonly vkey: string;
  sign(data: Uint8Array): Uint8Array;
}
