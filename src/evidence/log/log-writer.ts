import type { EvidenceErrorCode } from '../errors.ts';
import type { CheckpointRow } from '../ports.ts';

/** A checked deposit, ready to be given its place: all that can be told of it before. */
export interface ReadyDeposit {
  /** The lender's own loan identifier. */
  loan: string;
  /** Key of its event (`LoanRegister.eventKey`), hex. */
  eventKey: string;
  /** Its statement without its place (`draftStatement`). */
  draft: string;
  references: ReadyReference[];
  /** Small content itself; where larger content is; nothing when the event was known already. */
  content: Uint8Array | StoredObject | undefined;
  /** The loan's tombstone: sealed under a secret that stays, and nothing of the loan after it. */
  tombstone?: {
    /** Entries that the loan must have; else it is refused with LOAN_CHANGED. */
    expectedCount: number;
  };
}

export interface ReadyReference {
  rel: string;
  eventKey: string;
  /** For the message when it is unknown. */
  eventId: string;
}

/** Content in the object store, durable. */
export interface StoredObject {
  id: string;
  /** Opens it; sealed into the entry's row under the loan's secret. */
  secret: Uint8Array;
}

/** What became of a deposit. */
export type Outcome =
  | WrittenDeposit
  | { state: 'known'; leafIndex: number }
  | { state: 'refused'; code: EvidenceErrorCode; message: string; remedy: string };

/** A deposit that has its place: on disk when this is told. */
export interface WrittenDeposit {
  state: 'written';
  evidenceNo: string;
  seq: number;
  leafIndex: number;
  /** Hex. */
  leafHash: string;
  /** What is needed besides the deposit itself to rebuild statement and entry. */
  opening: EntryOpening;
  /** The signed receipt, where one was asked for each deposit. */
  receipt?: string;
}

/** With the deposit itself, all that its leaf hash is made of. Hashes in hex. */
export interface EntryOpening {
  prev: string;
  receivedAt: string;
  references: { rel: string; seq: number }[];
  salt: string;
}

/** What became of deposits that were handed in together, in their order. */
export interface SequencedBatch {
  outcomes: Outcome[];
  /** One signed promise for all that were written (`signReceiptGroup`), where none was asked for each. */
  note?: string;
}

/**
 * `single`: somebody waits for the answer, and each deposit gets a receipt of its own; comes before
 * all that is `bulk`, which shares one signature.
 */
export type Lane = 'single' | 'bulk';

/**
 * The writing side of the log, in this thread or in one of its own. Deposits handed in together
 * are written in one commit or not at all; those of one lane keep the order of the calls.
 */
export interface LogWriter {
  /** @throws EvidenceError STORE_FULL, WRITER_STOPPED, or what the store throws: nobody was told then */
  sequence(deposits: ReadyDeposit[], lane: Lane): Promise<SequencedBatch>;
  /** See `publish-checkpoint.ts`. */
  publishCheckpoint(): Promise<CheckpointRow | undefined>;
  /** After a restart: writes published files that a crash left out. @returns their number */
  finishPublishing(): Promise<number>;
  /** See `ensure-note.ts`. @returns leaf index of the note */
  ensureNote(text: string, since: number): Promise<number>;
  /** Forgets the secrets that it holds in memory: some of them were destroyed. */
  forgetLoans(): Promise<void>;
  close(): Promise<void>;
}
