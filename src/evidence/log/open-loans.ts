import { toHex } from '../../formats/bytes.ts';
import { NO_PREVIOUS } from '../../formats/entry.ts';
import type { Loan, LoanRegister } from '../custody/loan-register.ts';
import { Sealer } from '../custody/sealing.ts';
import { EvidenceError } from '../errors.ts';
import type { EvidenceStore, RandomSource } from '../ports.ts';

/** A loan as the writer holds it: its secret, and where its history ends. */
export interface OpenLoan {
  loan: Loan;
  sealer: Sealer;
  /** Number of its entries. */
  count: number;
  /** Leaf hash of its last entry, hex; 64 zeros when there is none. */
  leaf: string;
}

const isLoan = (found: Loan | EvidenceError | undefined): found is Loan =>
  found !== undefined && !(found instanceof EvidenceError);

/** Loans held at a time: a day's loans, at half a kilobyte each. */
const LIMIT = 50_000;

/**
 * The loans that the writer works on. Others are looked up, all of a commit at once; those that were
 * used least lately are let go.
 */
export class OpenLoans {
  readonly #store: EvidenceStore;
  readonly #register: LoanRegister;
  readonly #random: RandomSource;
  readonly #open = new Map<string, OpenLoan>();

  constructor(ports: { store: EvidenceStore; register: LoanRegister; random: RandomSource }) {
    this.#store = ports.store;
    this.#register = ports.register;
    this.#random = ports.random;
  }

  /**
   * The loans of these references; a loan that there is not yet is made, and known to nobody else
   * until `keep` is told of it.
   */
  async open(references: Set<string>): Promise<Map<string, OpenLoan | EvidenceError>> {
    const found = new Map<string, OpenLoan | EvidenceError>();
    const unknown: string[] = [];
    for (const reference of references) {
      const open = this.#open.get(reference);
      if (open === undefined) unknown.push(reference);
      else found.set(reference, open);
    }
    if (unknown.length > 0) await this.#lookUp(unknown, found);
    return found;
  }

  async #lookUp(references: string[], found: Map<string, OpenLoan | EvidenceError>): Promise<void> {
    const loans = await this.#register.findLoans(references);
    const known = loans.filter(isLoan);
    const heads = await this.#store.loanHeads(known.map(({ loanKey }) => loanKey));
    const headOf = new Map(known.map((loan, i) => [loan, heads[i]]));
    for (const [i, reference] of references.entries()) {
      const loan = loans[i];
      if (loan instanceof EvidenceError) {
        found.set(reference, loan);
        continue;
      }
      const head = loan && headOf.get(loan);
      const { count, leafHash } = head ?? { count: 0, leafHash: undefined };
      const leaf = leafHash === undefined ? NO_PREVIOUS : toHex(leafHash);
      const opened = loan ?? this.#register.makeLoan(reference);
      const sealer = new Sealer(opened.secret, this.#random);
      found.set(reference, { loan: opened, sealer, count, leaf });
    }
  }

  /** The loan with the secret of its tombstone in place of its own. */
  tombstoneOf(open: OpenLoan): OpenLoan {
    const loan = this.#register.tombstoneLoan(open.loan);
    return { ...open, loan, sealer: new Sealer(loan.secret, this.#random) };
  }

  /** Remembers loans whose new entries are on disk; undefined for one that was erased. */
  keep(loans: Map<string, OpenLoan | undefined>): void {
    for (const [reference, open] of loans) {
      this.#open.delete(reference);
      if (open !== undefined) this.#open.set(reference, open);
    }
    for (const reference of this.#open.keys()) {
      if (this.#open.size <= LIMIT) return;
      this.#open.delete(reference);
    }
  }

  /** Forgets all: what was computed may not be what is on disk. */
  forget(): void {
    this.#open.clear();
  }
}
