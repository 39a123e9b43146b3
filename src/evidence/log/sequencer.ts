import { parseVerifierKey, type VerifierKey } from '../../formats/note.ts';
import { encodeReceipt, signReceiptGroup } from '../../formats/receipt.ts';
import type { LoanRegister } from '../custody/loan-register.ts';
import type { Clock, EvidenceStore, LogSigner, RandomSource } from '../ports.ts';
import {
  type BuiltEntry,
  CommitBuilder,
  type CommitContext,
  type EarlierEntry,
  placeOf,
} from './commit-builder.ts';
import type { Lane, Outcome, ReadyDeposit, SequencedBatch } from './log-writer.ts';
import { OpenLoans } from './open-loans.ts';

interface Waiting {
  deposits: ReadyDeposit[];
  lane: Lane;
  resolve: (result: SequencedBatch) => void;
  reject: (error: unknown) => void;
}

/** A batch whose entries are built and not yet on disk. */
interface Built {
  outcomes: Outcome[];
  lane: Lane;
  built: BuiltEntry[];
}

export interface SequencerPorts {
  store: EvidenceStore;
  register: LoanRegister;
  signer: LogSigner;
  clock: Clock;
  random: RandomSource;
}

/** Deposits of a commit, but for the batch that passes the number: it is written whole. */
const MAX_COMMIT = 1024;

/**
 * The one place where entries get their position. What waits together shares one commit, singles
 * before bulk; nothing is acknowledged before that commit is on disk. A crash before the commit
 * leaves nothing of it, a crash after it leaves all of it, unacknowledged: the depositor sends the
 * event again and is told that it is there.
 */
export class Sequencer {
  readonly #ports: SequencerPorts;
  readonly #key: VerifierKey;
  readonly #loans: OpenLoans;
  readonly #queues: Record<Lane, Waiting[]> = { single: [], bulk: [] };
  #chain: Promise<unknown> = Promise.resolve();
  #draining = false;

  constructor(ports: SequencerPorts) {
    this.#ports = ports;
    this.#key = parseVerifierKey(ports.signer.vkey);
    this.#loans = new OpenLoans(ports);
  }

  /** See `LogWriter`. */
  sequence(deposits: ReadyDeposit[], lane: Lane): Promise<SequencedBatch> {
    return new Promise((resolve, reject) => {
      this.#queues[lane].push({ deposits, lane, resolve, reject });
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

  /** Forgets the secrets held in memory, once nothing is under way. */
  forgetLoans(): Promise<void> {
    return this.exclusive(async () => this.#loans.forget());
  }

  /** One commit; the next one queues behind whoever else wants the log for themselves. */
  async #drain(): Promise<void> {
    const next = this.#next();
    await this.#commit(next).catch((error) => {
      // Nobody is told that it was written, though it may be: a disk can fail after the fact. So
      // forget what was computed and look again. Whoever sends again is told how it stands.
      this.#loans.forget();
      for (const { reject } of next) reject(error);
    });
    // Nothing of a commit may really wait: without this nobody would be heard until the queues are
    // empty, and singles could not come first.
    await new Promise((heard) => setImmediate(heard));
    const { single, bulk } = this.#queues;
    this.#draining = single.length + bulk.length > 0;
    if (this.#draining) void this.exclusive(() => this.#drain());
  }

  /** What goes into the next commit. One bulk batch at a time while somebody waits. */
  #next(): Waiting[] {
    const { single, bulk } = this.#queues;
    const taken: Waiting[] = [];
    let size = 0;
    const take = (queue: Waiting[]) => {
      const waiting = queue.shift();
      if (waiting === undefined) return;
      taken.push(waiting);
      size += waiting.deposits.length;
    };
    while (single.length > 0 && size < MAX_COMMIT) take(single);
    const alone = taken.length === 0;
    do take(bulk);
    while (alone && bulk.length > 0 && size < MAX_COMMIT);
    return taken;
  }

  async #commit(waiting: Waiting[]): Promise<void> {
    const { store, register } = this.#ports;
    const commit = new CommitBuilder(await this.#context(waiting), (open) =>
      this.#loans.tombstoneOf(open),
    );
    const results = waiting.map((one) => this.#build(commit, one));
    if (commit.built.length > 0) {
      await register.keepSecrets(commit.newLoans);
      const loans = commit.newLoans.map((loan) => register.rowOf(loan));
      await store.append({ loans, entries: commit.built.map(({ row }) => row) });
      this.#loans.keep(commit.touched);
    }
    // Signed only now: a receipt for what is not on disk must not exist anywhere.
    for (const [i, { resolve }] of waiting.entries()) {
      const result = results[i];
      if (result !== undefined) resolve(this.#signed(result));
    }
  }

  #build(commit: CommitBuilder, { deposits, lane }: Waiting): Built {
    const begin = commit.built.length;
    const outcomes = deposits.map((deposit) => commit.add(deposit));
    return { outcomes, lane, built: commit.built.slice(begin) };
  }

  #signed({ outcomes, lane, built }: Built): SequencedBatch {
    const sign = (data: Uint8Array) => this.#ports.signer.sign(data);
    const [first] = built;
    if (first === undefined) return { outcomes };
    if (lane === 'single') {
      for (const { outcome, parts } of built) {
        outcome.receipt = encodeReceipt(parts, this.#key, sign);
      }
      return { outcomes };
    }
    const leaves = built.map(({ leaf }) => leaf);
    return {
      outcomes,
      note: signReceiptGroup(first.row.leafIndex, leaves, this.#key, sign).noteText,
    };
  }

  /** Everything that the commit must know, in as few look-ups as possible. */
  async #context(waiting: Waiting[]): Promise<CommitContext> {
    const { store, clock } = this.#ports;
    const deposits = waiting.flatMap((one) => one.deposits);
    const [base, loans, events] = [
      await store.treeSize(),
      await this.#loans.open(new Set(deposits.map(({ loan }) => loan))),
      await this.#events(deposits),
    ];
    return { base, loans, events, receivedAt: clock.now().toISOString() };
  }

  async #events(deposits: ReadyDeposit[]): Promise<Map<string, EarlierEntry>> {
    const { store } = this.#ports;
    const referred = new Set<string>();
    const keys = new Set<string>();
    for (const { eventKey, references } of deposits) {
      keys.add(eventKey);
      for (const reference of references) referred.add(reference.eventKey);
    }
    const asked = [...new Set([...keys, ...referred])];
    const found = await store.findEvents(asked);
    const events = new Map<string, EarlierEntry>();
    for (const [i, key] of asked.entries()) {
      const leafIndex = found[i];
      if (leafIndex === undefined) continue;
      const [row] = referred.has(key) ? await store.readEntries(leafIndex, leafIndex + 1) : [];
      const place = row && placeOf(row.data);
      events.set(key, { leafIndex, ...(place && { place }) });
    }
    return events;
  }
}
