import { createHash, hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openLogSigner } from '../src/adapters/keys/key-files.ts';
import { openKeyVault } from '../src/adapters/keys/key-vault.ts';
import { createTileFiles } from '../src/adapters/objects/tile-files.ts';
import { createSqliteEvidenceStore } from '../src/adapters/sqlite/evidence-store.ts';
import { createSqliteSecretStore } from '../src/adapters/sqlite/secret-store.ts';
import { systemClock, systemRandom } from '../src/adapters/system/system-ports.ts';
import { openInstallation } from '../src/compose.ts';
import { openDatabases } from '../src/compose-databases.ts';
import { readConfig } from '../src/config.ts';
import { LoanRegister } from '../src/evidence/custody/loan-register.ts';
import { Sealer } from '../src/evidence/custody/sealing.ts';
import { publishCheckpoint } from '../src/evidence/log/publish-checkpoint.ts';
import type { AppendBatch, EntryRow } from '../src/evidence/ports.ts';
import { toHex, utf8 } from '../src/formats/bytes.ts';
import { commitment, entrySalt } from '../src/formats/commitment.ts';
import { encodeEntry, NO_PREVIOUS } from '../src/formats/entry.ts';
import { evidenceNumber, loanKey } from '../src/formats/evidence-number.ts';
import { encodeStatement } from '../src/formats/statement.ts';
import { openInstallationFacts } from '../src/installation-facts.ts';

/** Entries of one commit. */
export const BATCH = 1000;
const ENTRIES_A_LOAN = 10;
/** New entries between two checkpoints: a minute's at some 4,000 a second. */
const CHECKPOINT_EVERY = 250_000;
/** Sealed statement and 1 KB record. */
const SEALED_BYTES = 1750;
const MAX_REAL_LOANS = 1000;

interface BuiltLoan {
  key: string;
  evidenceNo: string;
  count: number;
  head: string;
  secret?: Uint8Array;
}

/**
 * Fills an installation's log through its real store with its index in a thread, as the service
 * has it. Entries, chains and checkpoints are real; the sealed bytes are random but for some loans,
 * out of which proofs can be made. One entry in ten is the first of a new loan, the others belong
 * to any of the loans there are.
 */
export class LogBuilder {
  readonly folder: string;
  readonly #allReal: boolean;
  /** Evidence numbers of loans whose deposits can be opened. */
  readonly realLoans: string[] = [];
  readonly #databases: ReturnType<typeof openDatabases>;
  readonly #store: ReturnType<typeof createSqliteEvidenceStore>;
  readonly #secrets: ReturnType<typeof createSqliteSecretStore>;
  readonly #tiles: ReturnType<typeof createTileFiles>;
  readonly #signer: ReturnType<typeof openLogSigner>;
  readonly #vault: ReturnType<typeof openKeyVault>;
  readonly #register: LoanRegister;
  readonly #loans: BuiltLoan[] = [];
  readonly #pool = randomBytes(1 << 20);
  #chain: Promise<unknown> = Promise.resolve();
  #publishing: Promise<unknown> = Promise.resolve();
  #published = 0;
  #seed = 1;
  size = 0;

  private constructor(folder: string, allReal: boolean) {
    this.#allReal = allReal;
    const config = readConfig({ CUNZHENG_DATA: folder });
    this.folder = folder;
    this.#databases = openDatabases(folder);
    this.#vault = openKeyVault(join(folder, 'keys'), systemRandom);
    const facts = openInstallationFacts(
      join(folder, 'installation.json'),
      config,
      systemRandom,
      systemClock,
    );
    this.#signer = openLogSigner(join(folder, 'keys', 'log.key'), facts.origin);
    const role = { role: 'thread' } as const;
    this.#store = createSqliteEvidenceStore(
      this.#databases.db,
      this.#vault.derive('row mac'),
      role,
    );
    this.#secrets = createSqliteSecretStore(this.#databases.secretsDb);
    this.#tiles = createTileFiles(join(folder, 'log'));
    const [store, secrets, vault] = [this.#store, this.#secrets, this.#vault];
    this.#register = new LoanRegister({ store, secrets, vault, random: systemRandom });
  }

  /** @param total entries there will be: a small log is checked whole at its start, so all is real */
  static async open(folder: string, total: number): Promise<LogBuilder> {
    await (await openInstallation(readConfig({ CUNZHENG_DATA: folder }))).close();
    return new LogBuilder(folder, total <= 20_000);
  }

  /** Appends until the log has about `size` entries; all are indexed and published then. */
  async growTo(size: number): Promise<void> {
    while (this.size < size) {
      await this.#exclusive(() => this.#append(Math.min(BATCH, size - this.size)));
      if (this.size - this.#published >= CHECKPOINT_EVERY) this.#publish();
    }
    this.#publish();
    await this.#publishing;
    this.size = await this.#store.treeSize();
  }

  async close(): Promise<void> {
    await this.#store.close();
    this.#databases.close();
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#chain.then(work);
    this.#chain = run.catch(() => undefined);
    return run;
  }

  /** One publication after the other, beside the appending. */
  #publish(): void {
    this.#published = this.size;
    const ports = { store: this.#store, tiles: this.#tiles, signer: this.#signer };
    const exclusive = <T>(work: () => Promise<T>) => this.#exclusive(work);
    this.#publishing = this.#publishing.then(() =>
      publishCheckpoint({ ...ports, clock: systemClock, exclusive }),
    );
  }

  async #append(count: number): Promise<void> {
    const batch: AppendBatch = { loans: [], entries: [] };
    const base = await this.#store.treeSize();
    const isNew = new Set<BuiltLoan>();
    for (let i = 0; i < count; i++) {
      const leafIndex = base + i;
      const first = leafIndex % ENTRIES_A_LOAN === 0 || this.#loans.length === 0;
      const loan = first ? this.#newLoan(batch) : this.#anyLoan();
      if (first && loan.secret !== undefined) isNew.add(loan);
      batch.entries.push(this.#entry(leafIndex, loan));
    }
    await this.#secrets.put(
      [...isNew].map(({ key, secret }) => ({
        loanKey: key,
        wrapped: this.#vault.wrap(secret ?? new Uint8Array(32), key),
      })),
    );
    await this.#store.append(batch);
    this.size = base + count;
  }

  #newLoan(batch: AppendBatch): BuiltLoan {
    const number = this.#loans.length;
    const evidenceNo = evidenceNumber(randomBytes(16));
    const key = toHex(loanKey(evidenceNo));
    const loan: BuiltLoan = { key, evidenceNo, count: 0, head: NO_PREVIOUS };
    if (this.#allReal || (number % 1000 === 0 && this.realLoans.length < MAX_REAL_LOANS)) {
      loan.secret = randomBytes(32);
      this.realLoans.push(evidenceNo);
    }
    this.#loans.push(loan);
    batch.loans.push({ loanKey: key, evidenceNo, reference: `loan ${number}` });
    return loan;
  }

  #anyLoan(): BuiltLoan {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    const at = Math.floor((this.#seed / 2 ** 32) * this.#loans.length);
    return this.#loans[at] ?? this.#newLoan({ loans: [], entries: [] });
  }

  #entry(leafIndex: number, loan: BuiltLoan): EntryRow {
    const { key, count, head } = loan;
    const private_ = loan.secret === undefined ? this.#filler(leafIndex) : realDeposit(loan);
    const body = { loan: key, seq: count, prev: head, commitment: private_.commitment };
    const data = encodeEntry({ type: 'deposit', ...body });
    loan.count++;
    loan.head = hash('sha256', Buffer.concat([Uint8Array.of(0), data]), 'hex');
    const eventKey =
      loan.secret === undefined
        ? hash('sha256', `event ${leafIndex}`, 'hex').slice(0, 32)
        : this.#register.eventKey('core', `${loan.evidenceNo} ${count}`);
    return { leafIndex, data, deposit: { eventKey, sealed: private_.sealed } };
  }

  #filler(leafIndex: number) {
    const at = (leafIndex * 7919) % (this.#pool.length - SEALED_BYTES);
    const sealed = this.#pool.subarray(at, at + SEALED_BYTES);
    return { sealed, commitment: hash('sha256', `commitment ${leafIndex}`, 'hex') };
  }
}

function realDeposit({ secret, evidenceNo, count }: BuiltLoan) {
  const content = Buffer.alloc(1000, count);
  const digest = (name: string) => createHash(name).update(content).digest('hex');
  const statement = encodeStatement({
    evidenceNo,
    seq: count,
    kind: 'repayment',
    title: '还款',
    file: {
      name: 'repayment.json',
      mediaType: 'application/json',
      size: content.length,
      sha256: digest('sha256'),
      sha512: digest('sha512'),
      sm3: digest('sm3'),
    },
    occurredAt: '2026-03-31',
    receivedAt: '2026-03-31T00:00:00.000Z',
    source: { system: 'core', eventId: `${evidenceNo} ${count}` },
    references: [],
    depositor: 'bench',
  });
  const salt = entrySalt(secret ?? utf8(''), count);
  return {
    sealed: new Sealer(secret ?? utf8(''), systemRandom).sealDeposit(statement, content),
    commitment: toHex(commitment(salt, statement)),
  };
}
