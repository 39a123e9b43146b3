import { toHex, utf8 } from '../../formats/bytes.ts';
import { commitment, entrySalt } from '../../formats/commitment.ts';
import { depositEntryText, parseEntry } from '../../formats/entry.ts';
import { leafHash } from '../../formats/merkle.ts';
import type { ReceiptParts } from '../../formats/receipt.ts';
import { completeStatement } from '../../formats/statement.ts';
import { type Loan, loanErased } from '../custody/loan-register.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositRow, EntryRow } from '../ports.ts';
import type { Outcome, ReadyDeposit, ReadyReference, WrittenDeposit } from './log-writer.ts';
import type { OpenLoan } from './open-loans.ts';

/** An earlier entry as a reference sees it. */
export interface EarlierEntry {
  leafIndex: number;
  /** Absent where nobody refers to it. */
  place?: { loanKey: string; seq: number };
}

/** What a commit must know of the log before it is built. */
export interface CommitContext {
  /** Leaf index of its first entry. */
  base: number;
  receivedAt: string;
  loans: Map<string, OpenLoan | EvidenceError>;
  /** By event key: the deposits' own events and those they refer to, as far as they are known. */
  events: Map<string, EarlierEntry>;
}

/** A new entry with what its receipt is made of. */
export interface BuiltEntry {
  row: EntryRow;
  leaf: Uint8Array;
  parts: ReceiptParts;
  outcome: WrittenDeposit;
}

/** Place of a stored entry in its loan. */
export function placeOf(data: Uint8Array): { loanKey: string; seq: number } | undefined {
  const entry = parseEntry(data);
  return entry.type === 'deposit' ? { loanKey: entry.loan, seq: entry.seq } : undefined;
}

/**
 * Builds the entries of one commit. Everything was looked up before, so nothing is waited for here.
 * A deposit that is refused leaves no trace in those after it.
 */
export class CommitBuilder {
  readonly built: BuiltEntry[] = [];
  /** Loans with new entries, by reference; undefined for one that was erased. */
  readonly touched = new Map<string, OpenLoan | undefined>();
  readonly newLoans: Loan[] = [];
  readonly #context: CommitContext;
  readonly #tombstoneOf: (open: OpenLoan) => OpenLoan;

  /** @param tombstoneOf a loan with the secret of its tombstone in place of its own */
  constructor(context: CommitContext, tombstoneOf: (open: OpenLoan) => OpenLoan) {
    this.#context = context;
    this.#tombstoneOf = tombstoneOf;
  }

  add(deposit: ReadyDeposit): Outcome {
    const known = this.#context.events.get(deposit.eventKey);
    if (known !== undefined) return { state: 'known', leafIndex: known.leafIndex };
    try {
      return this.#write(deposit);
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      const { code, message, remedy } = error;
      return { state: 'refused', code, message, remedy };
    }
  }

  #write(deposit: ReadyDeposit): WrittenDeposit {
    const open = this.#loanOf(deposit);
    const content = contentOf(deposit);
    const references = deposit.references.map((reference) => this.#resolve(reference, open));
    const { evidenceNo, loanKey: loan, secret } = open.loan;
    const { receivedAt } = this.#context;
    const { count: seq, leaf: prev } = open;
    const statement = completeStatement(deposit.draft, { evidenceNo, seq, receivedAt, references });
    const bytes = utf8(statement);
    const salt = entrySalt(secret, seq);
    const entry = depositEntryText({ loan, seq, prev, commitment: toHex(commitment(salt, bytes)) });
    const data = utf8(entry);
    const leafIndex = this.#context.base + this.built.length;
    const row: EntryRow = { leafIndex, data, deposit: sealed(deposit, open, bytes, content) };
    const leaf = leafHash(data);
    const opening = { prev, receivedAt, references, salt: toHex(salt) };
    const outcome: WrittenDeposit = {
      state: 'written',
      evidenceNo,
      seq,
      leafIndex,
      leafHash: toHex(leaf),
      opening,
    };
    this.built.push({ row, leaf, parts: { statement, salt, entry, leafIndex }, outcome });
    this.#context.events.set(deposit.eventKey, { leafIndex, place: { loanKey: loan, seq } });
    if (deposit.tombstone === undefined) {
      this.#advance(deposit.loan, { ...open, count: seq + 1, leaf: outcome.leafHash });
    } else this.#erase(deposit.loan, evidenceNo, leafIndex);
    return outcome;
  }

  /** A copy goes on: should the commit fail, what is remembered of the loan is still true. */
  #advance(reference: string, open: OpenLoan): void {
    if (open.count === 1) this.newLoans.push(open.loan);
    this.#context.loans.set(reference, open);
    this.touched.set(reference, open);
  }

  /** At once: what follows in this very commit must not come after it. */
  #erase(reference: string, evidenceNo: string, leafIndex: number): void {
    this.#context.loans.set(reference, loanErased(evidenceNo, leafIndex));
    this.touched.set(reference, undefined);
  }

  #loanOf({ loan, tombstone }: ReadyDeposit): OpenLoan {
    const open = this.#context.loans.get(loan);
    if (open instanceof EvidenceError) throw open;
    if (open === undefined) throw new RangeError('a deposit of a loan that was not looked up');
    if (tombstone === undefined) return open;
    const { expectedCount } = tombstone;
    if (expectedCount === open.count) return this.#tombstoneOf(open);
    const what = `loan ${open.loan.evidenceNo} has ${open.count} entries by now, not ${expectedCount}`;
    throw new EvidenceError('LOAN_CHANGED', what, 'Look at the loan again and repeat the command.');
  }

  #resolve({ rel, eventKey }: ReadyReference, { loan }: OpenLoan) {
    const place = this.#context.events.get(eventKey)?.place;
    if (place !== undefined && place.loanKey === loan.loanKey) return { rel, seq: place.seq };
    throw new EvidenceError(
      'REFERENCE_UNKNOWN',
      `the event has a reference "${rel}" to an event that this loan does not have`,
      'Deposit the event referred to first.',
    );
  }
}

function contentOf({ content }: ReadyDeposit): NonNullable<ReadyDeposit['content']> {
  if (content !== undefined) return content;
  const what = 'a deposit came without content although its event is new';
  throw new EvidenceError('LOG_DAMAGED', what, 'Stop the service and run "cunzheng log check".');
}

function sealed(
  { eventKey }: ReadyDeposit,
  { sealer }: OpenLoan,
  statement: Uint8Array,
  content: NonNullable<ReadyDeposit['content']>,
): DepositRow {
  if (content instanceof Uint8Array) {
    return { eventKey, sealed: sealer.sealDeposit(statement, content) };
  }
  const { id: objectId, secret } = content;
  return { eventKey, sealed: sealer.sealDeposit(statement, secret), objectId };
}
