import { entrySalt } from '../../formats/commitment.ts';
import { parseVerifierKey, type VerifierKey } from '../../formats/note.ts';
import { encodeReceipt } from '../../formats/receipt.ts';
import { parseStatement } from '../../formats/statement.ts';
import type { Loan } from '../custody/loan-register.ts';
import { EvidenceError } from '../errors.ts';
import type { EntryOpening, Outcome, WrittenDeposit } from '../log/log-writer.ts';
import { depositEntryOf, entryText } from '../log/read-entry.ts';
import type { DepositCommand, EntryRow, LogSigner } from '../ports.ts';
import { openStatement } from '../proof/build-proof.ts';
import { type DepositPorts, isAtOnce, type Prepared, prepareDeposit } from './prepare-deposit.ts';
import type { Turn } from './turns.ts';

/** The acknowledgement of a deposit: durable when it is given. */
export interface Acknowledgement {
  evidenceNo: string;
  seq: number;
  leafIndex: number;
  /** True when the same event was deposited before; the entry is then the earlier one. */
  duplicate: boolean;
  /** The signed receipt (docs/formats/receipt.md). */
  receipt: string;
}

/** What became of one deposit out of many. */
export type BulkResult =
  | BulkAcknowledgement
  | (Acknowledgement & { duplicate: true })
  | { error: unknown };

/**
 * The acknowledgement of a new deposit out of many. The promise for it is the note of its batch,
 * which signs its leaf hash; with the opening its holder can rebuild the whole receipt.
 */
export interface BulkAcknowledgement extends Omit<Acknowledgement, 'duplicate' | 'receipt'> {
  duplicate: false;
  /** Hex. */
  leafHash: string;
  opening: EntryOpening;
}

/** What became of many deposits, in their order. */
export interface BulkAcknowledgements {
  results: BulkResult[];
  /** The signed promise for the new ones together; absent when there are none. */
  note?: string;
}

/**
 * Takes in one artifact: checks it, hashes it, seals it, gives it its entry and signs the receipt.
 * The same source event twice gives the same entry and receipt.
 * @throws EvidenceError DEPOSIT_INVALID, RECORD_INVALID, CONTENT_TOO_LARGE, REFERENCE_UNKNOWN, and
 *   EVENT_CONFLICT when the event is known with another content, kind or time, or of another loan
 */
export async function acceptDeposit(
  ports: DepositPorts,
  command: DepositCommand,
): Promise<Acknowledgement> {
  const { prepared, sequenced } = await enqueue(ports, command);
  const [outcome] = (await sequenced).outcomes;
  if (outcome?.state !== 'written') return knownBefore(ports, prepared, leafIndexOf(outcome));
  const { evidenceNo, seq, leafIndex, receipt = '' } = outcome;
  return { evidenceNo, seq, leafIndex, duplicate: false, receipt };
}

/** Prepares the deposit and queues it; those of one loan queue in the order of the calls. */
async function enqueue(ports: DepositPorts, command: DepositCommand) {
  const preparing = prepareDeposit(ports, command);
  if (isAtOnce(preparing) && !ports.turns.isTaken(command.loan)) {
    const sequenced = ports.writer.sequence([preparing.ready], 'single');
    return { prepared: preparing, sequenced };
  }
  const turn = ports.turns.take(command.loan);
  try {
    const prepared = await preparing;
    await turn.come;
    // Wrapped: a promise returned from an async function would be waited for here.
    return { prepared, sequenced: ports.writer.sequence([prepared.ready], 'single') };
  } finally {
    turn.end();
  }
}

/**
 * Takes in many artifacts with one commit and one signature. One that is refused stops no other;
 * those of one loan keep their order, and may refer to each other.
 * @param commands contents in memory, no streams
 * @param check what the caller asks of each besides; throws
 * @throws EvidenceError STORE_FULL, WRITER_STOPPED: nothing was acknowledged then
 */
export async function acceptDeposits(
  ports: DepositPorts,
  commands: readonly DepositCommand[],
  check: (command: DepositCommand) => void = () => undefined,
): Promise<BulkAcknowledgements> {
  const prepare = (command: DepositCommand) => {
    check(command);
    return prepareDeposit(ports, command);
  };
  const { prepared, sequenced } = await enqueueAll(ports, commands, prepare);
  const { outcomes, note } = await sequenced;
  const results: BulkResult[] = [];
  let at = 0;
  for (const one of prepared) {
    const outcome = 'error' in one ? undefined : outcomes[at++];
    if ('error' in one) results.push(one);
    else if (outcome?.state === 'written') results.push(bulkAcknowledgement(outcome));
    else results.push(await resultOf(ports, one, outcome));
  }
  return { results, ...(note === undefined ? {} : { note }) };
}

async function enqueueAll(
  ports: DepositPorts,
  commands: readonly DepositCommand[],
  prepare: (command: DepositCommand) => Prepared | Promise<Prepared>,
) {
  const preparing = commands.map((command) => attempt(() => prepare(command)));
  const ready = (all: (Prepared | Failed)[]) =>
    ports.writer.sequence(
      all.flatMap((one) => ('error' in one ? [] : [one.ready])),
      'bulk',
    );
  const loans = new Set(commands.map(({ loan }) => loan));
  const atOnce = preparing.filter(isAtOnce);
  const mustWait = [...loans].some((loan) => ports.turns.isTaken(loan));
  if (atOnce.length === preparing.length && !mustWait) {
    return { prepared: atOnce, sequenced: ready(atOnce) };
  }
  const turns: Turn[] = [...loans].map((loan) => ports.turns.take(loan));
  try {
    const prepared = await Promise.all(preparing);
    await Promise.all(turns.map(({ come }) => come));
    return { prepared, sequenced: ready(prepared) };
  } finally {
    for (const turn of turns) turn.end();
  }
}

interface Failed {
  error: unknown;
}

function attempt(
  prepare: () => Prepared | Promise<Prepared>,
): Prepared | Failed | Promise<Prepared | Failed> {
  try {
    const prepared = prepare();
    return isAtOnce(prepared) ? prepared : prepared.catch((error: unknown) => ({ error }));
  } catch (error) {
    return { error };
  }
}

async function resultOf(
  ports: DepositPorts,
  prepared: Prepared,
  outcome: Exclude<Outcome, WrittenDeposit> | undefined,
): Promise<BulkResult> {
  try {
    const known = await knownBefore(ports, prepared, leafIndexOf(outcome));
    return { ...known, duplicate: true };
  } catch (error) {
    return { error };
  }
}

function bulkAcknowledgement(written: WrittenDeposit): BulkAcknowledgement {
  const { evidenceNo, seq, leafIndex, leafHash, opening } = written;
  return { evidenceNo, seq, leafIndex, duplicate: false, leafHash, opening };
}

/** Where a known event stands. @throws EvidenceError why a deposit was refused */
function leafIndexOf(outcome: Exclude<Outcome, WrittenDeposit> | undefined): number {
  if (outcome?.state === 'known') return outcome.leafIndex;
  const { code, message, remedy } = outcome ?? lostOutcome;
  throw new EvidenceError(code, message, remedy);
}

const lostOutcome = {
  code: 'LOG_DAMAGED',
  message: 'a deposit was answered by nothing',
  remedy: 'Stop the service and run "cunzheng log check".',
} as const;

/** The acknowledgement of an event that has its entry already. */
async function knownBefore(
  ports: DepositPorts,
  { command, file }: Prepared,
  leafIndex: number,
): Promise<Acknowledgement> {
  const [row] = await ports.store.readEntries(leafIndex, leafIndex + 1);
  if (row === undefined) {
    const what = `entry ${leafIndex} is gone after it was written`;
    throw new EvidenceError('LOG_DAMAGED', what, 'Stop the service and run "cunzheng log check".');
  }
  const owner = await ownerOf(ports, row, command);
  checkSameEvent(owner, row, command, file.sha256);
  const receipt = receiptOf(ports.signer, owner, row);
  return {
    evidenceNo: owner.evidenceNo,
    seq: depositEntryOf(row).seq,
    leafIndex,
    duplicate: true,
    receipt,
  };
}

/** The receipt of a stored entry; the same bytes every time, since Ed25519 is deterministic. */
export function receiptOf(signer: LogSigner, loan: Loan, row: EntryRow): string {
  const parts = {
    statement: openStatement(loan, row),
    salt: entrySalt(loan.secret, depositEntryOf(row).seq),
    entry: entryText(row),
    leafIndex: row.leafIndex,
  };
  const key = keys.get(signer) ?? parseVerifierKey(signer.vkey);
  keys.set(signer, key);
  return encodeReceipt(parts, key, (data) => signer.sign(data));
}

/** The signer's key, read once and not for every receipt. */
const keys = new WeakMap<LogSigner, VerifierKey>();

async function ownerOf(ports: DepositPorts, row: EntryRow, command: DepositCommand): Promise<Loan> {
  const loan = await ports.register.findLoan(command.loan);
  if (loan !== undefined && loan.loanKey === depositEntryOf(row).loan) return loan;
  throw conflict(command, 'it was deposited for another loan');
}

function checkSameEvent(loan: Loan, row: EntryRow, command: DepositCommand, sha256: string): void {
  const known = parseStatement(openStatement(loan, row));
  if (known.file.sha256 !== sha256) throw conflict(command, 'its content was different then');
  if (known.kind !== command.kind) throw conflict(command, `its kind was "${known.kind}" then`);
  if (known.occurredAt !== command.occurredAt) {
    throw conflict(command, `it had happened at ${known.occurredAt} then`);
  }
}

function conflict(command: DepositCommand, why: string): EvidenceError {
  const { kind } = command;
  return new EvidenceError(
    'EVENT_CONFLICT',
    `an event of kind "${kind}" with this event id is known already, but ${why}`,
    'A deposit is never replaced: send a correction under a new event id with a reference to this one.',
  );
}
