import { entrySalt } from '../../formats/commitment.ts';
import { parseVerifierKey, type VerifierKey } from '../../formats/note.ts';
import { encodeReceipt } from '../../formats/receipt.ts';
import { parseStatement } from '../../formats/statement.ts';
import type { Loan, LoanRegister } from '../custody/loan-register.ts';
import { EvidenceError } from '../errors.ts';
import { depositEntryOf, entryText } from '../log/read-entry.ts';
import type { Sequencer } from '../log/sequencer.ts';
import type {
  DepositCommand,
  EntryRow,
  EvidenceStore,
  LogSigner,
  ObjectStore,
  RandomSource,
} from '../ports.ts';
import { openStatement } from '../proof/build-proof.ts';
import { checkCommand } from './check-command.ts';
import { storeContent } from './store-content.ts';
import type { Turns } from './turns.ts';

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

export interface DepositPorts {
  store: EvidenceStore;
  objects: ObjectStore;
  register: LoanRegister;
  sequencer: Sequencer;
  turns: Turns;
  signer: LogSigner;
  random: RandomSource;
  /** Largest file, bytes. */
  maxFileBytes: number;
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
  checkCommand(command);
  const { loan, content, sequenced } = await enqueue(ports, command);
  const { leafIndex, written } = await sequenced;
  if (written === undefined) return knownBefore(ports, command, leafIndex, content.file.sha256);
  const { row, seq, statement, salt } = written;
  const parts = { statement, salt, entry: entryText(row), leafIndex };
  const receipt = signReceipt(ports.signer, parts);
  return { evidenceNo: loan.evidenceNo, seq, leafIndex, duplicate: false, receipt };
}

/** The acknowledgement of an event that has its entry already. */
async function knownBefore(
  ports: DepositPorts,
  command: DepositCommand,
  leafIndex: number,
  sha256: string,
): Promise<Acknowledgement> {
  const [row] = await ports.store.readEntries(leafIndex, leafIndex + 1);
  if (row === undefined) {
    const what = `entry ${leafIndex} is gone after it was written`;
    throw new EvidenceError('LOG_DAMAGED', what, 'Stop the service and run "cunzheng log check".');
  }
  const owner = await ownerOf(ports, row, command);
  checkSameEvent(owner, row, command, sha256);
  const receipt = receiptOf(ports.signer, owner, row);
  const { seq } = depositEntryOf(row);
  return { evidenceNo: owner.evidenceNo, seq, leafIndex, duplicate: true, receipt };
}

/** Stores the content and queues the deposit; those of one loan queue in the order of the calls. */
async function enqueue(ports: DepositPorts, command: DepositCommand) {
  const turn = ports.turns.take(command.loan);
  try {
    const loan = await ports.register.openLoan(command.loan);
    const { system, eventId } = command.source;
    const content = await storeContent(command, loan.secret, {
      objects: ports.objects,
      random: ports.random,
      maxBytes: ports.maxFileBytes,
      isKnown: async () =>
        (await ports.store.findEvent(ports.register.eventKey(system, eventId))) !== undefined,
    });
    await turn.come;
    // Wrapped: a promise returned from an async function would be waited for here.
    return { loan, content, sequenced: ports.sequencer.sequence({ command, loan, content }) };
  } finally {
    turn.end();
  }
}

/** The receipt of a stored entry; the same bytes every time, since Ed25519 is deterministic. */
export function receiptOf(signer: LogSigner, loan: Loan, row: EntryRow): string {
  return signReceipt(signer, {
    statement: openStatement(loan, row),
    salt: entrySalt(loan.secret, depositEntryOf(row).seq),
    entry: entryText(row),
    leafIndex: row.leafIndex,
  });
}

function signReceipt(signer: LogSigner, parts: Parameters<typeof encodeReceipt>[0]): string {
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
  const { system, eventId } = command.source;
  return new EvidenceError(
    'EVENT_CONFLICT',
    `event "${eventId.slice(0, 80)}" of "${system.slice(0, 80)}" is known already, but ${why}`,
    'A deposit is never replaced: send a correction under a new event id with a reference to this one.',
  );
}
