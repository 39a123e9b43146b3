import { concatBytes, fromUtf8, toHex, utf8 } from '../../formats/bytes.ts';
import { hmacSha256 } from '../../formats/digest.ts';
import { evidenceNumber, loanKey } from '../../formats/evidence-number.ts';
import { EvidenceError } from '../errors.ts';
import type {
  EvidenceStore,
  KeyVault,
  LoanRow,
  RandomSource,
  SecretStore,
  WrappedSecret,
} from '../ports.ts';

/** A loan with its secret at hand. */
export interface Loan {
  loanKey: string;
  evidenceNo: string;
  /** The lender's own loan identifier. */
  reference: string;
  secret: Uint8Array;
}

/** A loan as a list gives it; without `loan` its secret is gone. */
export interface ListedLoan {
  row: LoanRow;
  loan?: Loan;
}

/** A loan with what opens its entries: its secret, or none any more, and that of its tombstone. */
export interface KeyedLoan {
  loan?: Loan;
  /** Without a secret: leaf index of the tombstone. */
  erasedBy?: number;
  tombstone: Loan;
  /** Event key of the tombstone, whether there is one or not. */
  tombstoneKey: string;
}

/** Where the tombstone of an erased loan stands, and what opens it. */
export interface Tombstone {
  leafIndex: number;
  /** The loan with the secret of its tombstone in place of its own. */
  loan: Loan;
}

/** Name of this service as a source of custody events. */
export const CUSTODY_SYSTEM = 'cunzheng';

const SECRET_BYTES = 32;

export interface RegisterPorts {
  store: EvidenceStore;
  secrets: SecretStore;
  vault: KeyVault;
  random: RandomSource;
}

const CACHE_LIMIT = 10_000;

/**
 * Knows loans by the lender's reference and gives a new loan its evidence number and secret. The
 * secret becomes durable just before the loan's first entry, the loan with it: a crash between the
 * two leaves a secret that nothing uses.
 *
 * A lender's reference can hold personal data: it is wrapped together with the secret and goes
 * with it; the loan is found by a keyed hash of the reference.
 */
export class LoanRegister {
  readonly #store: EvidenceStore;
  readonly #secrets: SecretStore;
  readonly #vault: KeyVault;
  readonly #random: RandomSource;
  readonly #eventKey: Uint8Array;
  readonly #referenceKey: Uint8Array;
  readonly #cache = new Map<string, Loan>();
  /** Loan keys of those erased since the start: their secrets may be there a moment longer. */
  readonly #erased = new Set<string>();

  constructor({ store, secrets, vault, random }: RegisterPorts) {
    this.#store = store;
    this.#secrets = secrets;
    this.#vault = vault;
    this.#random = random;
    this.#eventKey = vault.derive('source-event index');
    this.#referenceKey = vault.derive('loan reference index');
  }

  /** Key under which a source event is found again: HMAC of system and event id, 16 bytes, hex. */
  eventKey(system: string, eventId: string): string {
    const input = utf8(`${system.length}:${system}${eventId}`);
    return toHex(hmacSha256(this.#eventKey, input).subarray(0, 16));
  }

  /** Key under which a loan is found by the lender's reference: HMAC, hex. */
  referenceKey(reference: string): string {
    return toHex(hmacSha256(this.#referenceKey, utf8(reference)));
  }

  /** Key of the event that a loan's tombstone is. No loan has two. */
  tombstoneKey(evidenceNo: string): string {
    return this.eventKey(CUSTODY_SYSTEM, tombstoneEvent(evidenceNo));
  }

  /** @throws EvidenceError LOAN_ERASED, SECRET_DAMAGED */
  async findLoan(reference: string): Promise<Loan | undefined> {
    const cached = this.#cache.get(reference);
    if (cached !== undefined) return cached;
    const row = await this.#store.findLoan(this.referenceKey(reference));
    return row && this.#remember(await this.#withSecret(row));
  }

  /**
   * Loans by reference in one look-up each of store and secrets, in the order asked for. Whether a
   * loan was erased is read from the log and not from memory: a commit that was reported as failed
   * may have left its tombstone all the same.
   * @returns nothing for a loan that there is not yet; the error of a loan that was erased or whose
   *   secret does not open, which must not stand in the way of the others
   */
  async findLoans(references: string[]): Promise<(Loan | EvidenceError | undefined)[]> {
    const keys = references.map((reference) => this.referenceKey(reference));
    const rows = await this.#store.findLoans(keys);
    const known = rows.filter((row) => row !== undefined);
    const wrapped = await this.#secrets.get(known.map((row) => row.loanKey));
    const tombstones = await this.#store.findEvents(
      known.map((row) => this.tombstoneKey(row.evidenceNo)),
    );
    const erasedBy = new Map(known.map((row, i) => [row, tombstones[i]]));
    return rows.map((row) => {
      if (row === undefined) return undefined;
      const leafIndex = erasedBy.get(row);
      if (leafIndex !== undefined) return loanErased(row.evidenceNo, leafIndex);
      return this.#unwrapped(row, wrapped.get(row.loanKey));
    });
  }

  #unwrapped(row: LoanRow, wrapped: Uint8Array | undefined): Loan | EvidenceError {
    try {
      return wrapped === undefined ? secretMissing(row.evidenceNo) : this.#unwrap(row, wrapped);
    } catch (error) {
      if (error instanceof EvidenceError) return error;
      throw error;
    }
  }

  /** Evidence number of the loan of this reference, also of an erased one. */
  async evidenceNoOf(reference: string): Promise<string | undefined> {
    return (await this.#store.findLoan(this.referenceKey(reference)))?.evidenceNo;
  }

  /** @throws EvidenceError LOAN_ERASED, SECRET_DAMAGED */
  async findByEvidenceNo(evidenceNo: string): Promise<Loan | undefined> {
    const row = await this.#store.findLoanByEvidenceNo(evidenceNo);
    return row && this.#withSecret(row);
  }

  /**
   * For a check, in the order of the keys.
   * @throws EvidenceError SECRET_DAMAGED when one was changed, or is missing without an erasure
   */
  async loansByKey(loanKeys: string[]): Promise<(KeyedLoan | undefined)[]> {
    const rows = await this.#store.findLoansByKey(loanKeys);
    const wrapped = await this.#secrets.get(loanKeys);
    return Promise.all(rows.map((row) => row && this.#keyed(row, wrapped.get(row.loanKey))));
  }

  async #keyed(row: LoanRow, wrapped: Uint8Array | undefined): Promise<KeyedLoan> {
    const tombstone = this.tombstoneLoan(row);
    const tombstoneKey = this.tombstoneKey(row.evidenceNo);
    if (wrapped !== undefined) return { loan: this.#unwrap(row, wrapped), tombstone, tombstoneKey };
    const erasedBy = await this.#store.findEvent(tombstoneKey);
    if (erasedBy === undefined) throw secretMissing(row.evidenceNo);
    return { erasedBy, tombstone, tombstoneKey };
  }

  /** All loans, those that were erased too. @throws EvidenceError SECRET_DAMAGED */
  async listLoans(): Promise<ListedLoan[]> {
    const rows = await this.#store.listLoans();
    const wrapped = await this.#secrets.get(rows.map((row) => row.loanKey));
    return rows.map((row) => {
      const secret = wrapped.get(row.loanKey);
      return secret === undefined ? { row } : { row, loan: this.#unwrap(row, secret) };
    });
  }

  /** The tombstone, once the log has it; whether the secret is gone by then or not. */
  async tombstone(evidenceNo: string): Promise<Tombstone | undefined> {
    const row = await this.#store.findLoanByEvidenceNo(evidenceNo);
    const leafIndex = await this.#store.findEvent(this.tombstoneKey(evidenceNo));
    if (row === undefined || leafIndex === undefined) return undefined;
    return { leafIndex, loan: this.tombstoneLoan(row) };
  }

  /**
   * The loan with the secret that its tombstone is sealed under: derived, so that the tombstone
   * can be shown when the loan's own secret is gone. It opens nothing else.
   */
  tombstoneLoan({ loanKey, evidenceNo }: LoanRow): Loan {
    const secret = this.#vault.derive(`tombstone ${loanKey}`);
    return { loanKey, evidenceNo, reference: '', secret };
  }

  /** From now on the loan takes no deposit and its secret is used no more. */
  markErased(loanKey: string): void {
    this.#erased.add(loanKey);
    for (const [reference, loan] of this.#cache) {
      if (loan.loanKey === loanKey) this.#cache.delete(reference);
    }
  }

  isErased(loanKey: string): boolean {
    return this.#erased.has(loanKey);
  }

  /** A new loan, which nothing knows of until its first entry is written. */
  makeLoan(reference: string): Loan {
    const evidenceNo = evidenceNumber(this.#random.bytes(16));
    const secret = this.#random.bytes(SECRET_BYTES);
    return { loanKey: toHex(loanKey(evidenceNo)), evidenceNo, reference, secret };
  }

  /** The row to write with a loan's first entry. */
  rowOf({ loanKey, evidenceNo, reference }: Loan): LoanRow {
    return { loanKey, evidenceNo, reference: this.referenceKey(reference) };
  }

  /**
   * Makes the secrets of new loans durable: before the commit of their first entries, never after.
   */
  async keepSecrets(loans: Loan[]): Promise<void> {
    const secrets = loans.map(({ loanKey, secret, reference }): WrappedSecret => {
      const plain = concatBytes(secret, utf8(reference));
      return { loanKey, wrapped: this.#vault.wrap(plain, loanKey) };
    });
    if (secrets.length > 0) await this.#secrets.put(secrets);
  }

  async #withSecret(row: LoanRow): Promise<Loan> {
    const wrapped = (await this.#secrets.get([row.loanKey])).get(row.loanKey);
    if (wrapped !== undefined && !this.isErased(row.loanKey)) return this.#unwrap(row, wrapped);
    const tombstone = await this.tombstone(row.evidenceNo);
    if (tombstone !== undefined) throw loanErased(row.evidenceNo, tombstone.leafIndex);
    throw secretMissing(row.evidenceNo);
  }

  /** @throws EvidenceError SECRET_DAMAGED when it was changed */
  #unwrap({ loanKey, evidenceNo }: LoanRow, wrapped: Uint8Array): Loan {
    const plain = this.#vault.unwrap(wrapped, loanKey);
    const reference = fromUtf8(plain.subarray(SECRET_BYTES));
    return { loanKey, evidenceNo, reference, secret: plain.subarray(0, SECRET_BYTES) };
  }

  #remember(loan: Loan): Loan {
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
    this.#cache.set(loan.reference, loan);
    return loan;
  }
}

/** Source event id of the tombstone of a loan. */
export function tombstoneEvent(evidenceNo: string): string {
  return `erasure ${evidenceNo}`;
}

function secretMissing(evidenceNo: string): EvidenceError {
  const what = `the secret of ${evidenceNo} is missing, and no erasure says why`;
  return new EvidenceError('SECRET_DAMAGED', what, 'Restore secrets.db from the backup.');
}

/** The answer to everything that needs what was destroyed. */
export function loanErased(evidenceNo: string, leafIndex: number | undefined): EvidenceError {
  const where = leafIndex === undefined ? '' : `; entry ${leafIndex} of the log is its tombstone`;
  return new EvidenceError(
    'LOAN_ERASED',
    `loan ${evidenceNo} was erased${where}`,
    'What was deposited is gone. "cunzheng loan show" says when and on what ground; proofs given out earlier still hold.',
  );
}
