import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { toHex } from '../../formats/bytes.ts';
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
  reference: string;
  secret: Uint8Array;
}

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
 */
export class LoanRegister {
  readonly #store: EvidenceStore;
  readonly #secrets: SecretStore;
  readonly #vault: KeyVault;
  readonly #random: RandomSource;
  readonly #eventKey: KeyObject;
  readonly #cache = new Map<string, Loan>();
  /** Made but not yet written; shared by all deposits that wait for the same first commit. */
  readonly #pending = new Map<string, { loan: Loan; row: LoanRow }>();
  readonly #opening = new Map<string, Promise<Loan>>();

  constructor({ store, secrets, vault, random }: RegisterPorts) {
    this.#store = store;
    this.#secrets = secrets;
    this.#vault = vault;
    this.#random = random;
    this.#eventKey = createSecretKey(vault.derive('source-event index'));
  }

  /** Key under which a source event is found again: HMAC of system and event id, 16 bytes, hex. */
  eventKey(system: string, eventId: string): string {
    const input = `${system.length}:${system}${eventId}`;
    return createHmac('sha256', this.#eventKey).update(input).digest('hex').slice(0, 32);
  }

  /**
   * The loan of this reference; made when there is none yet. Callers that come together get the
   * same loan: what is under way is looked up before anything is awaited, else two of them could
   * each find the table empty and give the loan two numbers.
   */
  openLoan(reference: string): Promise<Loan> {
    const waiting = this.#pending.get(reference);
    if (waiting !== undefined) return Promise.resolve(waiting.loan);
    const underWay = this.#opening.get(reference);
    if (underWay !== undefined) return underWay;
    const opening = this.#findOrMake(reference).finally(() => this.#opening.delete(reference));
    this.#opening.set(reference, opening);
    return opening;
  }

  async #findOrMake(reference: string): Promise<Loan> {
    const known = await this.findLoan(reference);
    if (known !== undefined) return known;
    const evidenceNo = evidenceNumber(this.#random.bytes(16));
    const secret = this.#random.bytes(32);
    const key = toHex(loanKey(evidenceNo));
    const loan = { loanKey: key, evidenceNo, reference, secret };
    const row = { loanKey: key, evidenceNo, reference };
    this.#pending.set(reference, { loan, row });
    return loan;
  }

  async findLoan(reference: string): Promise<Loan | undefined> {
    const cached = this.#cache.get(reference);
    if (cached !== undefined) return cached;
    const row = await this.#store.findLoan(reference);
    return row && this.#remember(await this.#withSecret(row));
  }

  async findByEvidenceNo(evidenceNo: string): Promise<Loan | undefined> {
    const row = await this.#store.findLoanByEvidenceNo(evidenceNo);
    return row && this.#withSecret(row);
  }

  /** In the order of the keys. @throws EvidenceError SECRET_DAMAGED when one is missing or changed */
  async loansByKey(loanKeys: string[]): Promise<(Loan | undefined)[]> {
    const rows = await this.#store.findLoansByKey(loanKeys);
    const wrapped = await this.#secrets.get(loanKeys);
    return rows.map((row) => row && this.#unwrap(row, wrapped.get(row.loanKey)));
  }

  async listLoans(): Promise<Loan[]> {
    const rows = await this.#store.listLoans();
    const wrapped = await this.#secrets.get(rows.map((row) => row.loanKey));
    return rows.map((row) => this.#unwrap(row, wrapped.get(row.loanKey)));
  }

  /** The row to write with the loan's first entry; undefined once it is written. */
  pendingRow(reference: string): LoanRow | undefined {
    return this.#pending.get(reference)?.row;
  }

  /**
   * Makes the secrets of new loans durable: before the commit of their first entries, never after.
   * Written again after a failure, the secret stays the one it was.
   */
  async keepSecrets(references: Iterable<string>): Promise<void> {
    const secrets: WrappedSecret[] = [];
    for (const reference of references) {
      const loan = this.#pending.get(reference)?.loan;
      if (loan === undefined) continue;
      const wrapped = this.#vault.wrap(loan.secret, loan.loanKey);
      secrets.push({ loanKey: loan.loanKey, wrapped });
    }
    if (secrets.length > 0) await this.#secrets.put(secrets);
  }

  /** Called when the commit that held the loan's row is durable. */
  markWritten(reference: string): void {
    const written = this.#pending.get(reference);
    if (written !== undefined) this.#remember(written.loan);
    this.#pending.delete(reference);
  }

  /** After a commit that was reported as failed: new loans whose row is there all the same. */
  async lookAgain(references: string[]): Promise<void> {
    for (const reference of new Set(references)) {
      if (!this.#pending.has(reference)) continue;
      if ((await this.#store.findLoan(reference)) !== undefined) this.markWritten(reference);
    }
  }

  async #withSecret(row: LoanRow): Promise<Loan> {
    return this.#unwrap(row, (await this.#secrets.get([row.loanKey])).get(row.loanKey));
  }

  /** @throws EvidenceError SECRET_DAMAGED when it is missing or changed */
  #unwrap(row: LoanRow, wrapped: Uint8Array | undefined): Loan {
    if (wrapped !== undefined) return { ...row, secret: this.#vault.unwrap(wrapped, row.loanKey) };
    throw new EvidenceError(
      'SECRET_DAMAGED',
      `the secret of loan key ${row.loanKey} is missing`,
      'Restore secrets.db from the backup.',
    );
  }

  #remember(loan: Loan): Loan {
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
    this.#cache.set(loan.reference, loan);
    return loan;
  }
}
