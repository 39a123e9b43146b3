import { parseStatement, type Statement } from '../../formats/statement.ts';
import type { Acknowledgement } from '../deposit/accept-deposit.ts';
import type { Prepared } from '../deposit/prepare-deposit.ts';
import { EvidenceError } from '../errors.ts';
import type { LogWriter } from '../log/log-writer.ts';
import type {
  Clock,
  DepositCommand,
  ErasureStore,
  EvidenceStore,
  RandomSource,
  SecretStore,
} from '../ports.ts';
import { openStatement } from '../proof/build-proof.ts';
import type { LoanRegister } from './loan-register.ts';

/** Rules and look-ups that decide whether a loan may be erased. */
export interface RetentionRules {
  erasures: ErasureStore;
  /** Days that a loan's records must be kept after the last one; 0 for none. */
  retentionDays: number;
  /** Filings of the loan that are not at their end, as words for people. */
  openFilings(evidenceNo: string): Promise<string[]>;
  /** Removes what was made of the loan's contents and is kept in clear, such as its packages. */
  removeCopies(evidenceNo: string): Promise<void>;
}

export interface CustodyPorts extends RetentionRules {
  store: EvidenceStore;
  secrets: SecretStore;
  register: LoanRegister;
  writer: LogWriter;
  clock: Clock;
  random: RandomSource;
  /** Checks and hashes a deposit that is about to get its place. */
  prepare(command: DepositCommand): Prepared | Promise<Prepared>;
  /** Deposits a custody event of the loan of this reference. */
  deposit(command: DepositCommand): Promise<Acknowledgement>;
  /** Runs `work` in its turn among the deposits of the loan of this reference. */
  inTurn<T>(reference: string, work: () => Promise<T>): Promise<T>;
}

/** Who decided, and why: an office or an account and a provision; no personal data. */
export interface Decision {
  by: string;
  ground: string;
}

/** What goes out, and to whom: shown (`disclosed`), or handed over as files (`exported`). */
export interface Disclosure {
  kind: 'disclosed' | 'exported';
  to: string;
  what: 'content' | 'statements' | 'package';
  /** The case that a package is of. */
  caseId?: string;
  /** Numbers of the entries, in any order. */
  seqs: readonly number[];
}

/** A legal hold that stands. */
export interface Hold {
  /** Number of the entry that placed it. */
  seq: number;
  placedAt: string;
  /** Title of the entry, which names the ground. */
  title: string;
}

/** A loan's tombstone, opened. */
export interface Erasure {
  evidenceNo: string;
  seq: number;
  leafIndex: number;
  /** RFC 3339, UTC: when the tombstone was taken in. */
  erasedAt: string;
  /** The tombstone's title, which names the ground. */
  title: string;
}

export function unknownLoan(evidenceNo: string): EvidenceError {
  const what = `no loan has the evidence number ${evidenceNo.slice(0, 60)}`;
  return new EvidenceError('LOAN_UNKNOWN', what, 'Compare the number with the contract.');
}

/** All statements of a loan in order. @throws EvidenceError LOAN_UNKNOWN, LOAN_ERASED */
export async function openedStatements(
  { register, store }: Pick<CustodyPorts, 'register' | 'store'>,
  evidenceNo: string,
): Promise<Statement[]> {
  const loan = await register.findByEvidenceNo(evidenceNo);
  if (loan === undefined) throw unknownLoan(evidenceNo);
  const rows = await store.loanEntries(loan.loanKey);
  return rows.map((row) => parseStatement(openStatement(loan, row)));
}

/** A hold stands until a later entry says that it releases it. */
export function standingHolds(statements: readonly Statement[]): Hold[] {
  const released = new Set(
    statements
      .filter(({ kind }) => kind === 'hold-released')
      .flatMap(({ references }) => references.map(({ seq }) => seq)),
  );
  return statements
    .filter(({ kind, seq }) => kind === 'hold-placed' && !released.has(seq))
    .map(({ seq, receivedAt, title }) => ({ seq, placedAt: receivedAt, title }));
}

export async function findErasure(
  { register, store }: Pick<CustodyPorts, 'register' | 'store'>,
  evidenceNo: string,
): Promise<Erasure | undefined> {
  const tombstone = await register.tombstone(evidenceNo);
  if (tombstone === undefined) return undefined;
  const { leafIndex, loan } = tombstone;
  const [row] = await store.readEntries(leafIndex, leafIndex + 1);
  if (row === undefined) return undefined;
  return erasureOf(leafIndex, parseStatement(openStatement(loan, row)));
}

export function erasureOf(leafIndex: number, statement: Statement): Erasure {
  const { evidenceNo, seq, receivedAt, title } = statement;
  return { evidenceNo, seq, leafIndex, erasedAt: receivedAt, title };
}
