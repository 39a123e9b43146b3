import { fromUtf8, toHex } from '../../formats/bytes.ts';
import { commitment, entrySalt } from '../../formats/commitment.ts';
import { type DepositEntry, encodeEntry, NO_PREVIOUS } from '../../formats/entry.ts';
import { leafHash } from '../../formats/merkle.ts';
import { encodeStatement, type Statement } from '../../formats/statement.ts';
import { KINDS } from '../../formats/taxonomy.ts';
import { type Loan, type LoanRegister, loanErased } from '../custody/loan-register.ts';
import { sealDeposit } from '../custody/sealing.ts';
import type { StoredContent } from '../deposit/store-content.ts';
import { EvidenceError } from '../errors.ts';
import type {
  AppendBatch,
  Clock,
  DepositCommand,
  EntryRow,
  EvidenceStore,
  RandomSource,
} from '../ports.ts';
import { depositEntryOf } from './read-entry.ts';

/** A checked deposit whose content is stored: ready to be given its place. */
export interface ReadyDeposit {
  command: DepositCommand;
  loan: Loan;
  content: StoredContent;
  /** Only if the loan has this many entries: what was decided by its history still holds then. */
  expectedCount?: number;
}

/** Where a deposit stands. */
export interface SequencedDeposit {
  leafIndex: number;
  /** The event was deposited before; this is the entry it got then. */
  duplicate: boolean;
  /** The new entry with what its receipt is made of; absent for a duplicate. */
  written?: { row: EntryRow; seq: number; statement: string; salt: Uint8Array };
}

interface Waiting {
  ready: ReadyDeposit;
  resolve: (result: SequencedDeposit) => void;
  reject: (error: unknown) => void;
}

interface Head {
  count: number;
  leaf: string;
}

export interface SequencerPorts {
  store: EvidenceStore;
  register: LoanRegister;
  clock: Clock;
  random: RandomSource;
  /** Name of the lender as it stands in every statement. */
  depositor: string;
}

const MAX_BATCH = 1024;
const HEAD_CACHE = 100_000;

/**
 * The one place where entries get their position. Requests that arrive together share one commit;
 * nothing is acknowledged before that commit is on disk. A crash before the commit leaves nothing
 * of the batch, a crash after it leaves all of it, unacknowledged: the depositor sends the event
 * again and is told that it is there.
 */
export class Sequencer {
  readonly #ports: SequencerPorts;
  readonly #heads = new Map<string, Head>();
  #queue: Waiting[] = [];
  #chain: Promise<unknown> = Promise.resolve();
  #draining = false;

  constructor(ports: SequencerPorts) {
    this.#ports = ports;
  }

  /** @throws EvidenceError REFERENCE_UNKNOWN, EVENT_CONFLICT, or what the store throws */
  sequence(ready: ReadyDeposit): Promise<SequencedDeposit> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ ready, resolve, reject });
      if (this.#draining) return;
      this.#draining = true;
      void this.exclusive(() => this.#drain());
    });
  }

  /** Runs `work` while no batch is under way: publishing uses this. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#chain.then(work);
    this.#chain = run.catch(() => undefined);
    return run;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const waiting = this.#queue.splice(0, MAX_BATCH);
      await this.#commit(waiting).catch(async (error) => {
        // Nobody is told that it was written, though it may be: a disk can fail after the fact. So
        // forget what was computed and look again. Whoever sends again is told how it stands.
        this.#heads.clear();
        const loans = waiting.map(({ ready }) => ready.loan);
        await this.#ports.register.lookAgain(loans).catch(() => undefined);
        for (const { reject } of waiting) reject(error);
      });
    }
    this.#draining = false;
  }

  async #commit(waiting: Waiting[]): Promise<void> {
    const batch = new BatchBuilder(this.#ports, this.#heads, await this.#ports.store.treeSize());
    const done: (() => void)[] = [];
    for (const { ready, resolve, reject } of waiting) {
      try {
        const result = await batch.add(ready);
        done.push(() => resolve(result));
      } catch (error) {
        if (!(error instanceof EvidenceError)) throw error;
        done.push(() => reject(error));
      }
    }
    if (batch.entries.length > 0) {
      // A crash between the two leaves secrets that nothing uses.
      await this.#ports.register.keepSecrets(batch.newLoans);
      await this.#ports.store.append(batch.finish());
    }
    batch.markWritten();
    if (this.#heads.size > HEAD_CACHE) this.#heads.clear();
    for (const settle of done) settle();
  }
}

/** Builds the rows of one commit. */
class BatchBuilder {
  readonly entries: EntryRow[] = [];
  readonly #ports: SequencerPorts;
  readonly #heads: Map<string, Head>;
  readonly #base: number;
  readonly #events = new Map<string, EntryRow>();
  /** References of the loans whose first entry is in here. */
  readonly newLoans = new Set<string>();

  constructor(ports: SequencerPorts, heads: Map<string, Head>, base: number) {
    this.#ports = ports;
    this.#heads = heads;
    this.#base = base;
  }

  async add(ready: ReadyDeposit): Promise<SequencedDeposit> {
    const { command, loan, content } = ready;
    const { register, random } = this.#ports;
    const eventKey = register.eventKey(command.source.system, command.source.eventId);
    const known = this.#events.get(eventKey)?.leafIndex ?? (await this.#findEvent(eventKey));
    if (known !== undefined) return { leafIndex: known, duplicate: true };
    // Its content was sealed before the erasure came between.
    if (register.isErased(loan.loanKey)) throw loanErased(loan.evidenceNo, undefined);
    if (content.bytes === undefined && content.objectId === undefined) {
      const what = 'a deposit came without content although its event is new';
      throw new EvidenceError(
        'LOG_DAMAGED',
        what,
        'Stop the service and run "cunzheng log check".',
      );
    }
    const references = await this.#resolve(command, loan);
    const head = await this.#head(loan.loanKey);
    requireCount(ready, head.count);
    const statement = encodeStatement(this.#statement(command, loan, content, head, references));
    const salt = entrySalt(loan.secret, head.count);
    const entry: DepositEntry = {
      type: 'deposit',
      loan: loan.loanKey,
      seq: head.count,
      prev: head.leaf,
      commitment: toHex(commitment(salt, statement)),
    };
    const data = encodeEntry(entry);
    const row: EntryRow = {
      leafIndex: this.#base + this.entries.length,
      data,
      deposit: {
        eventKey,
        sealed: sealDeposit(loan.secret, statement, content.bytes, random),
        ...(content.objectId === undefined ? {} : { objectId: content.objectId }),
      },
    };
    this.entries.push(row);
    this.#events.set(eventKey, row);
    this.#heads.set(loan.loanKey, { count: head.count + 1, leaf: toHex(leafHash(data)) });
    // At once: what follows in this very batch must not come after it.
    if (command.kind === 'erased') register.markErased(loan.loanKey);
    if (register.pendingRow(loan.reference) !== undefined) this.newLoans.add(loan.reference);
    const written = { row, seq: head.count, statement: fromUtf8(statement), salt };
    return { leafIndex: row.leafIndex, duplicate: false, written };
  }

  finish(): AppendBatch {
    const loans = [...this.newLoans].flatMap((reference) => {
      const row = this.#ports.register.pendingRow(reference);
      return row === undefined ? [] : [row];
    });
    return { loans, entries: this.entries };
  }

  markWritten(): void {
    for (const reference of this.newLoans) this.#ports.register.markWritten(reference);
  }

  #findEvent(eventKey: string): Promise<number | undefined> {
    return this.#ports.store.findEvent(eventKey);
  }

  async #head(loanKey: string): Promise<Head> {
    const cached = this.#heads.get(loanKey);
    if (cached !== undefined) return cached;
    const [last] = await this.#ports.store.loanHeads([loanKey]);
    if (last === undefined) return { count: 0, leaf: NO_PREVIOUS };
    return { count: last.count, leaf: toHex(last.leafHash) };
  }

  async #resolve(command: DepositCommand, loan: Loan): Promise<Statement['references']> {
    const out: Statement['references'] = [];
    for (const { rel, eventId, system = command.source.system } of command.references ?? []) {
      const eventKey = this.#ports.register.eventKey(system, eventId);
      const row = this.#events.get(eventKey) ?? (await this.#stored(eventKey));
      const entry = row && depositEntryOf(row);
      if (entry?.loan !== loan.loanKey) {
        throw new EvidenceError(
          'REFERENCE_UNKNOWN',
          `the event refers to "${eventId.slice(0, 80)}", which this loan does not have`,
          'Deposit the event referred to first.',
        );
      }
      out.push({ rel, seq: entry.seq });
    }
    return out;
  }

  async #stored(eventKey: string): Promise<EntryRow | undefined> {
    const leafIndex = await this.#findEvent(eventKey);
    if (leafIndex === undefined) return undefined;
    return (await this.#ports.store.readEntries(leafIndex, leafIndex + 1))[0];
  }

  #statement(
    command: DepositCommand,
    loan: Loan,
    content: StoredContent,
    head: Head,
    references: Statement['references'],
  ): Statement {
    return {
      evidenceNo: loan.evidenceNo,
      seq: head.count,
      kind: command.kind,
      title: command.title ?? KINDS[command.kind].zh,
      file: content.file,
      occurredAt: command.occurredAt,
      receivedAt: this.#ports.clock.now().toISOString(),
      source: command.source,
      references,
      depositor: this.#ports.depositor,
    };
  }
}

function requireCount({ loan, expectedCount }: ReadyDeposit, count: number): void {
  if (expectedCount === undefined || expectedCount === count) return;
  const what = `loan ${loan.evidenceNo} has ${count} entries by now, not ${expectedCount}`;
  throw new EvidenceError('LOAN_CHANGED', what, 'Look at the loan again and repeat the command.');
}
