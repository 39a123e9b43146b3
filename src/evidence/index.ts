import type { AsOf } from '../claim/as-of.ts';
import { fromUtf8, toHex, utf8 } from '../formats/bytes.ts';
import { parseCheckpoint } from '../formats/checkpoint.ts';
import { entrySalt } from '../formats/commitment.ts';
import { withSignatures } from '../formats/cosignature.ts';
import { consistencyProof } from '../formats/merkle.ts';
import type { VerifierKey } from '../formats/note.ts';
import type { AnchorRecord } from '../formats/proof-file.ts';
import type { TimestampRecord } from '../formats/timestamp.ts';
import { CustodyDesk } from './custody/custody-desk.ts';
import { type RetentionRules, unknownLoan } from './custody/custody-history.ts';
import { type Loan, LoanRegister } from './custody/loan-register.ts';
import { type DepositPlace, isPdfCommand, pdfsBetween } from './custody/pdf-deposits.ts';
import { contentStream, readContent } from './custody/read-content.ts';
import {
  type Acknowledgement,
  acceptDeposit,
  acceptDeposits,
  type BulkAcknowledgements,
  receiptOf,
} from './deposit/accept-deposit.ts';
import { checkOrigin } from './deposit/check-origin.ts';
import { type DepositPorts, prepareDeposit } from './deposit/prepare-deposit.ts';
import { Turns } from './deposit/turns.ts';
import { EvidenceError } from './errors.ts';
import { addCosignature } from './log/add-cosignature.ts';
import { checkLog, type LogCheck } from './log/check-log.ts';
import { createLogWriter } from './log/local-writer.ts';
import type { LogWriter } from './log/log-writer.ts';
import { CHECKPOINT_PATH } from './log/publish-checkpoint.ts';
import { quickCheck } from './log/quick-check.ts';
import { depositEntryOf } from './log/read-entry.ts';
import { TileTree } from './log/tile-tree.ts';
import type {
  CheckpointRow,
  Clock,
  CosignatureStore,
  DepositCommand,
  EntryRow,
  EvidenceStore,
  KeyVault,
  LogSigner,
  ObjectStore,
  RandomSource,
  SecretStore,
  TileFiles,
} from './ports.ts';
import { type Artifact, type ArtifactContent, openArtifact } from './proof/artifact.ts';
import { buildCompletenessProof, buildProof, openStatement } from './proof/build-proof.ts';
import { type CheckpointAt, checkpointAt } from './proof/checkpoint-at.ts';
import { depositTimes } from './proof/deposit-times.ts';

export type { CustodyDesk } from './custody/custody-desk.ts';
export type {
  Decision,
  Disclosure,
  Erasure,
  Hold,
  RetentionRules,
} from './custody/custody-history.ts';
export { type Rotation, rotateMasterKey } from './custody/rotate-master-key.ts';
export { type SignatureCheckPorts, SignatureChecks } from './custody/signature-checks.ts';
export type {
  Acknowledgement,
  BulkAcknowledgement,
  BulkAcknowledgements,
  BulkResult,
} from './deposit/accept-deposit.ts';
export { ProfileError } from './deposit/mapping-errors.ts';
export { type ImportItem, planImport, prepareImport } from './deposit/mapping-plan.ts';
export { parseProfile } from './deposit/mapping-profile.ts';
export { EvidenceError, type EvidenceErrorCode } from './errors.ts';
export type { LogCheck } from './log/check-log.ts';
export type { Artifact, ArtifactContent } from './proof/artifact.ts';
export type { CheckpointAt } from './proof/checkpoint-at.ts';

export interface EvidencePorts {
  store: EvidenceStore;
  secrets: SecretStore;
  objects: ObjectStore;
  tiles: TileFiles;
  cosignatures: CosignatureStore;
  vault: KeyVault;
  signer: LogSigner;
  clock: Clock;
  random: RandomSource;
  depositor: string;
  maxFileBytes: number;
  retention: RetentionRules;
  /** Writes the log; in this thread when there is none. */
  writer?: LogWriter;
  /** Anchors known of a checkpoint; none while it waits. */
  anchorsOf(checkpoint: CheckpointRow): Promise<AnchorRecord[]>;
  /** Time-stamp tokens known of a checkpoint; absent = nobody stamps. */
  timestampsOf?(checkpoint: CheckpointRow): Promise<TimestampRecord[]>;
}

/** A loan as the rest of the service sees it: without its secret. */
export interface LoanSummary {
  evidenceNo: string;
  reference: string;
}

/** The face of the evidence side. */
export class Evidence {
  readonly #ports: EvidencePorts;
  readonly #register: LoanRegister;
  readonly #deposits: DepositPorts;
  readonly #tree: TileTree;
  /** Legal holds, disclosures, erasure. */
  readonly custody: CustodyDesk;
  /** Told of every PDF once it is deposited; returns at once. */
  onPdf: (place: DepositPlace) => void = () => undefined;

  constructor(ports: EvidencePorts) {
    this.#ports = ports;
    this.#register = new LoanRegister(ports);
    const writer = ports.writer ?? createLogWriter(ports);
    const turns = new Turns();
    this.#deposits = { ...ports, register: this.#register, writer, turns };
    this.custody = new CustodyDesk({
      ...ports,
      ...ports.retention,
      register: this.#register,
      writer,
      prepare: (command) => prepareDeposit(this.#deposits, command),
      deposit: (command) => this.#deposit(command),
      inTurn: (reference, work) => turns.run(reference, work),
    });
    this.#tree = new TileTree(ports.tiles, ports.store);
  }

  /** Verifier key of the log. */
  get vkey(): string {
    return this.#ports.signer.vkey;
  }

  /** See `accept-deposit.ts`. Acknowledged = durable. */
  async acceptDeposit(command: DepositCommand): Promise<Acknowledgement> {
    checkOrigin(command);
    return this.#deposit(command);
  }

  #deposit(command: DepositCommand): Promise<Acknowledgement> {
    const deposit = acceptDeposit(this.#deposits, command);
    const tell = (it: Acknowledgement) => (it.duplicate ? undefined : this.onPdf(it));
    if (isPdfCommand(command)) deposit.then(tell, () => undefined);
    return deposit;
  }

  /** A deposit that the service itself makes of others; its system name is reserved. */
  depositOwn(command: DepositCommand): Promise<Acknowledgement> {
    return this.#deposit(command);
  }

  /** PDFs among the entries with a leaf index in [from, to). */
  pdfsBetween(from: number, to: number): AsyncIterable<DepositPlace> {
    return pdfsBetween({ store: this.#ports.store, register: this.#register }, from, to);
  }

  /** Whether an event is in the log. */
  async wasDeposited(system: string, eventId: string): Promise<boolean> {
    const key = this.#register.eventKey(system, eventId);
    return (await this.#ports.store.findEvent(key)) !== undefined;
  }

  /** One deposit. @throws EvidenceError LOAN_UNKNOWN, ENTRY_UNKNOWN */
  async artifact(evidenceNo: string, seq: number): Promise<Artifact> {
    const { loan, row } = await this.#entry(evidenceNo, seq);
    return openArtifact(loan, row);
  }

  /** Many at once, after all single ones; see `accept-deposit.ts`. */
  async acceptDeposits(commands: readonly DepositCommand[]): Promise<BulkAcknowledgements> {
    const bulk = await acceptDeposits(this.#deposits, commands, checkOrigin);
    for (const [i, result] of bulk.results.entries()) {
      const command = commands[i];
      if (command === undefined || 'error' in result || result.duplicate) continue;
      if (isPdfCommand(command)) this.onPdf(result);
    }
    return bulk;
  }

  /** Publishes a checkpoint over everything deposited so far; the last one when nothing is new. */
  publishCheckpoint(): Promise<CheckpointRow | undefined> {
    return this.#deposits.writer.publishCheckpoint();
  }

  /** After a restart: writes published files that a crash left out. */
  finishPublishing(): Promise<number> {
    return this.#deposits.writer.finishPublishing();
  }

  /**
   * Adds a note to the log unless one of the entries from `since` on is this very note.
   * @returns its leaf index
   */
  ensureNote(text: string, since: number): Promise<number> {
    return this.#deposits.writer.ensureNote(text, since);
  }

  latestCheckpoint(): Promise<CheckpointRow | undefined> {
    return this.#ports.store.latestCheckpoint();
  }

  listCheckpoints(): Promise<CheckpointRow[]> {
    return this.#ports.store.listCheckpoints();
  }

  treeSize(): Promise<number> {
    return this.#ports.store.treeSize();
  }

  /** Consistency proof between two sizes, hashes in hex; for the registry and for auditors. */
  consistencyProof(oldSize: number, newSize: number): Promise<string[]> {
    return this.#tree.read(newSize, (read) => consistencyProof(oldSize, newSize, read).map(toHex));
  }

  /** Root of the log as it was at `size`, hex. */
  async rootAt(size: number): Promise<string> {
    return toHex(await this.#tree.rootAt(size));
  }

  /** Loans in order of their reference, without those that were erased. */
  async listLoans(): Promise<LoanSummary[]> {
    const loans = (await this.#register.listLoans()).flatMap(({ loan }) => loan ?? []);
    return loans
      .map(({ evidenceNo, reference }) => ({ evidenceNo, reference }))
      .toSorted((a, b) => (a.reference < b.reference ? -1 : 1));
  }

  /** Also finds an erased loan, by a reference that only the caller still knows. */
  async findLoan(reference: string): Promise<LoanSummary | undefined> {
    const evidenceNo = await this.#register.evidenceNoOf(reference);
    return evidenceNo === undefined ? undefined : { evidenceNo, reference };
  }

  /** @throws EvidenceError LOAN_UNKNOWN */
  async loanByEvidenceNo(evidenceNo: string): Promise<LoanSummary> {
    const { reference } = await this.#loan(evidenceNo);
    return { evidenceNo, reference };
  }

  /** A loan's whole history in order. @throws EvidenceError LOAN_UNKNOWN */
  async history(evidenceNo: string, below?: number): Promise<Artifact[]> {
    const loan = await this.#loan(evidenceNo);
    const rows = await this.#ports.store.loanEntries(loan.loanKey, below);
    return rows.map((row) => openArtifact(loan, row));
  }

  /** What the times of a loan's history say, anchors and time stamps included; in its order. */
  timesOf = (history: readonly Artifact[]) => depositTimes(this.#source(), history);

  /** The original bytes of one artifact; a changed byte does not open (AES-GCM). */
  async content(evidenceNo: string, seq: number): Promise<Uint8Array> {
    const { loan, row } = await this.#entry(evidenceNo, seq);
    return readContent(this.#ports.objects, loan.secret, row);
  }

  /**
   * The same as a stream that holds nothing in memory, with its statement. Its bytes can be trusted
   * when it has ended without an error.
   */
  async contentStream(evidenceNo: string, seq: number): Promise<ArtifactContent> {
    const { loan, row } = await this.#entry(evidenceNo, seq);
    const bytes = contentStream(this.#ports.objects, loan.secret, row);
    return { ...openArtifact(loan, row), bytes };
  }

  /** Statements and salts of the loan's first `count` entries, for whoever may see them. */
  async openedHistory(
    evidenceNo: string,
    count: number,
  ): Promise<{ statement: string; salt: string }[]> {
    const loan = await this.#loan(evidenceNo);
    const rows = await this.#ports.store.loanEntries(loan.loanKey);
    return rows.slice(0, count).map((row, seq) => ({
      statement: openStatement(loan, row),
      salt: toHex(entrySalt(loan.secret, seq)),
    }));
  }

  /** A published checkpoint (the latest, if no size is named). @throws EvidenceError CHECKPOINT_UNKNOWN */
  checkpoint(size?: number): Promise<CheckpointRow> {
    return this.#checkpoint(size);
  }

  /** Anchors of a checkpoint that are final. */
  anchorsOf(checkpoint: CheckpointRow): Promise<AnchorRecord[]> {
    return this.#ports.anchorsOf(checkpoint);
  }

  /** Time-stamp tokens of a checkpoint, or of later ones that begin with it. */
  async timestampsOf(checkpoint: CheckpointRow): Promise<TimestampRecord[]> {
    return (await this.#ports.timestampsOf?.(checkpoint)) ?? [];
  }

  /** The signed note of a published checkpoint. @throws EvidenceError CHECKPOINT_UNKNOWN */
  async checkpointNote(size: number): Promise<string> {
    return (await this.#checkpoint(size)).note;
  }

  async receipt(evidenceNo: string, seq: number): Promise<string> {
    const { loan, row } = await this.#entry(evidenceNo, seq);
    return receiptOf(this.#ports.signer, loan, row);
  }

  /** Proof file of one artifact as of a checkpoint (the latest, if none is named). */
  async proof(evidenceNo: string, seq: number, size?: number): Promise<string> {
    const { loan, row } = await this.#entry(evidenceNo, seq);
    return buildProof(this.#source(), loan, row, await this.#checkpoint(size));
  }

  /** Proof that a loan's entries as of a checkpoint are all there are. */
  async completeness(evidenceNo: string, size?: number): Promise<string> {
    return buildCompletenessProof(this.#source(), evidenceNo, await this.#checkpoint(size));
  }

  /**
   * The checkpoint that answers for a moment: the first one that a registry recorded since.
   * @param targets names of registries, best clock first
   * @throws EvidenceError NOT_ANCHORED
   */
  checkpointAt(asOf: AsOf, targets: string[]): Promise<CheckpointAt> {
    return checkpointAt(this.#source(), asOf, targets);
  }

  /** Takes an auditor's cosignature of a checkpoint; see `add-cosignature.ts`. */
  addCosignature(cosigned: string, witness: VerifierKey): Promise<{ size: number; added: number }> {
    return addCosignature(this.#ports, cosigned, witness);
  }

  /**
   * A published file of the log: the checkpoint with the cosignatures that came since, a tile, an
   * entry bundle.
   */
  async logFile(path: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#ports.tiles.read(path);
    if (bytes === undefined || path !== CHECKPOINT_PATH) return bytes;
    const note = fromUtf8(bytes);
    const lines = await this.#ports.cosignatures.list(parseCheckpoint(note).size);
    return utf8(withSignatures(note, lines));
  }

  /** What a start can know in seconds; see `quick-check.ts`. */
  quickCheck(): Promise<string[]> {
    return quickCheck({ ...this.#ports, vkey: this.vkey });
  }

  /** Recomputes everything; see `check-log.ts`. */
  check(): Promise<LogCheck> {
    const { store, secrets, tiles, objects } = this.#ports;
    return checkLog({ store, secrets, tiles, objects, register: this.#register, vkey: this.vkey });
  }

  #source() {
    const { store, anchorsOf, cosignatures } = this.#ports;
    const timestampsOf = (checkpoint: CheckpointRow) => this.timestampsOf(checkpoint);
    return { store, tree: this.#tree, anchorsOf, timestampsOf, cosignatures };
  }

  async #checkpoint(size?: number): Promise<CheckpointRow> {
    const { store } = this.#ports;
    const row = await (size === undefined ? store.latestCheckpoint() : store.checkpoint(size));
    if (row !== undefined) return row;
    const what = size === undefined ? 'nothing is published yet' : `no checkpoint of size ${size}`;
    throw new EvidenceError('CHECKPOINT_UNKNOWN', what, 'Wait for the next checkpoint.');
  }

  async #loan(evidenceNo: string): Promise<Loan> {
    const loan = await this.#register.findByEvidenceNo(evidenceNo);
    if (loan === undefined) throw unknownLoan(evidenceNo);
    return loan;
  }

  /** The tombstone, if this entry of the loan is one: it can be shown when nothing else can. */
  async #tombstone(evidenceNo: string, seq: number) {
    const tombstone = await this.#register.tombstone(evidenceNo);
    if (tombstone === undefined) return undefined;
    const { leafIndex, loan } = tombstone;
    const [row] = await this.#ports.store.readEntries(leafIndex, leafIndex + 1);
    return row && depositEntryOf(row).seq === seq ? { loan, row } : undefined;
  }

  async #entry(evidenceNo: string, seq: number): Promise<{ loan: Loan; row: EntryRow }> {
    const tombstone = await this.#tombstone(evidenceNo, seq);
    if (tombstone !== undefined) return tombstone;
    const loan = await this.#loan(evidenceNo);
    const row = await this.#ports.store.loanEntry(loan.loanKey, seq);
    if (row !== undefined) return { loan, row };
    const what = `loan ${evidenceNo} has no entry with number ${seq}`;
    throw new EvidenceError('ENTRY_UNKNOWN', what, 'Numbers count from 0.');
  }
}

/** Root (hex) of a checkpoint row. */
export function checkpointRoot(row: CheckpointRow): string {
  return toHex(parseCheckpoint(row.note).root);
}
