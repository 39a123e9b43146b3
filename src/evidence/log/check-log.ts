import { createHash } from 'node:crypto';
import { toHex, utf8 } from '../../formats/bytes.ts';
import { commitment, entrySalt } from '../../formats/commitment.ts';
import { type DepositEntry, NO_PREVIOUS, parseEntry } from '../../formats/entry.ts';
import { leafHash } from '../../formats/merkle.ts';
import { parseStatement, type Statement } from '../../formats/statement.ts';
import { TILE_WIDTH } from '../../formats/tile.ts';
import type { KeyedLoan, Loan, LoanRegister } from '../custody/loan-register.ts';
import { contentStream } from '../custody/read-content.ts';
import { openDeposit } from '../custody/sealing.ts';
import type {
  EntryRow,
  EvidenceStore,
  LoanReplay,
  ObjectStore,
  SecretStore,
  TileFiles,
} from '../ports.ts';
import { CheckpointCheck, messageOf } from './check-checkpoints.ts';
import { checkFiles, FileCheck } from './check-files.ts';

export interface CheckPorts {
  store: EvidenceStore;
  secrets: SecretStore;
  tiles: TileFiles;
  objects: ObjectStore;
  register: LoanRegister;
  vkey: string;
}

/** What the check read, and what it found wrong: one line a finding, naming file or row. */
export interface LogCheck {
  entries: number;
  checkpoints: number;
  files: number;
  objects: number;
  /** Entries of erased loans: chained and proven as all others, their content gone. */
  erased: number;
  findings: string[];
}

/** After so many findings the check names no more of them: a damaged log must not fill the memory. */
const MAX_FINDINGS = 10_000;

/**
 * Recomputes everything from the entries: per-loan chains, commitments, sealed contents, every
 * checkpoint's map and root, every published file. Nothing is repaired; a byte changed anywhere is
 * named. It trusts no index, and its memory does not grow with the log: what it must remember of
 * loans stands in a temporary index of its own.
 */
export async function checkLog(ports: CheckPorts): Promise<LogCheck> {
  const findings = [
    ...(await ports.store.checkIntegrity()),
    ...(await ports.secrets.checkIntegrity()),
  ];
  const replay = ports.store.replay();
  try {
    const check = new LogReplay(ports, replay, findings);
    await check.run();
    return { ...check.counts, findings: findings.slice(0, MAX_FINDINGS) };
  } finally {
    replay.close();
  }
}

/** Walks the entries in order, a tile at a time, and checks each against what came before. */
class LogReplay {
  readonly #ports: CheckPorts;
  readonly #replay: LoanReplay;
  readonly #findings: string[];
  readonly #loans: Map<string, KeyedLoan | 'unreadable' | undefined> = new Map();
  readonly counts = { entries: 0, checkpoints: 0, files: 0, objects: 0, erased: 0 };
  #seen = 0;

  constructor(ports: CheckPorts, replay: LoanReplay, findings: string[]) {
    this.#ports = ports;
    this.#replay = replay;
    this.#findings = findings;
  }

  async run(): Promise<void> {
    const { store, tiles, vkey } = this.#ports;
    const size = await store.treeSize();
    this.counts.entries = size;
    const checkpoints = new CheckpointCheck(store, vkey, this.#replay, this.#findings);
    const files = new FileCheck(tiles, this.#findings);
    for (let at = 0; at < size && this.#findings.length < MAX_FINDINGS; ) {
      // Up to the next tile's end or checkpoint: both are looked at as of exactly that size.
      const boundary = await checkpoints.sizeAbove(at);
      const end = Math.min(size, at - (at % TILE_WIDTH) + TILE_WIDTH, boundary);
      const rows = await store.readEntries(at, end);
      await this.#entries(rows, end, boundary);
      files.add(rows.map((row) => row.data));
      if (end === boundary) {
        await checkpoints.check(end, files.root(), rows.at(-1));
        await files.partial();
      }
      if (end % TILE_WIDTH === 0) await files.full();
      at = end;
    }
    await checkpoints.finish(size);
    this.counts.checkpoints = checkpoints.sizes.length;
    this.counts.files = await checkFiles(tiles, size, checkpoints, this.#findings);
  }

  #name(leafIndex: number): string {
    return `evidence.db: table entries: entry ${leafIndex}`;
  }

  async #entries(rows: EntryRow[], end: number, boundary: number): Promise<void> {
    const deposits: { row: EntryRow; entry: DepositEntry }[] = [];
    for (const row of rows) {
      const name = this.#name(row.leafIndex);
      if (row.leafIndex !== this.#seen) this.#findings.push(`${name}: expected ${this.#seen}`);
      this.#seen = row.leafIndex + 1;
      try {
        const entry = parseEntry(row.data);
        if (entry.type === 'deposit') deposits.push({ row, entry });
        else if (row.deposit !== undefined) {
          this.#findings.push(`${name}: has a sealed statement, needs none`);
        }
        // Map entry and checkpoint are one commit.
        if (entry.type === 'map' && row.leafIndex + 1 !== boundary) {
          const what = `the row of size ${row.leafIndex + 1} is missing`;
          this.#findings.push(`evidence.db: table checkpoints: ${what}`);
        }
      } catch (error) {
        this.#findings.push(`${name}: ${messageOf(error)}`);
      }
    }
    if (this.#seen < end) this.#findings.push(`${this.#name(this.#seen)}: is missing`);
    this.#seen = end;
    this.#chains(deposits);
    await this.#loadLoans(deposits.map(({ entry }) => entry.loan));
    for (const { row, entry } of deposits) await this.#deposit(row, entry);
    for (const leafIndex of this.#replay.add(rows)) {
      this.#findings.push(`${this.#name(leafIndex)}: its event has an earlier entry`);
    }
  }

  #chains(deposits: { row: EntryRow; entry: DepositEntry }[]): void {
    const keys = [...new Set(deposits.map(({ entry }) => entry.loan))];
    const known = this.#replay.loanHeads(keys);
    const heads = new Map(
      keys.map((key, i) => {
        const head = known[i];
        return [key, head ? { count: head.count, leaf: toHex(head.leafHash) } : undefined];
      }),
    );
    for (const { row, entry } of deposits) {
      const { count, leaf } = heads.get(entry.loan) ?? { count: 0, leaf: NO_PREVIOUS };
      if (entry.seq !== count || entry.prev !== leaf) {
        const what = `does not continue its loan at seq ${count}`;
        this.#findings.push(`${this.#name(row.leafIndex)}: ${what}`);
      }
      heads.set(entry.loan, { count: entry.seq + 1, leaf: toHex(leafHash(row.data)) });
    }
  }

  async #loadLoans(keys: string[]): Promise<void> {
    if (this.#loans.size > 20_000) this.#loans.clear();
    const missing = [...new Set(keys)].filter((key) => !this.#loans.has(key));
    try {
      const found = await this.#ports.register.loansByKey(missing);
      for (const [i, key] of missing.entries()) this.#loans.set(key, found[i]);
    } catch {
      for (const key of missing) this.#loans.set(key, await this.#loadLoan(key));
    }
  }

  async #loadLoan(key: string): Promise<KeyedLoan | 'unreadable' | undefined> {
    try {
      return (await this.#ports.register.loansByKey([key]))[0];
    } catch (error) {
      this.#findings.push(`secrets.db: ${messageOf(error)}`);
      return 'unreadable';
    }
  }

  async #deposit(row: EntryRow, entry: DepositEntry): Promise<void> {
    const name = this.#name(row.leafIndex);
    const loan = this.#loans.get(entry.loan);
    if (loan === undefined) {
      this.#findings.push(`${name}: its loan is not in table loans`);
      return;
    }
    // Named once, with the loan.
    if (loan === 'unreadable') return;
    try {
      const opener = this.#opener(loan, row, name);
      if (opener !== undefined) await this.#private(row, entry, opener, name);
    } catch (error) {
      this.#findings.push(`${name}: ${messageOf(error)}`);
    }
  }

  /** The loan with the secret that opens this entry; undefined when that was destroyed. */
  #opener({ loan, erasedBy, tombstone, tombstoneKey }: KeyedLoan, row: EntryRow, name: string) {
    if (row.deposit?.eventKey === tombstoneKey || row.leafIndex === erasedBy) {
      if (loan !== undefined) {
        const what = `${loan.evidenceNo} was erased, but its secret is there again`;
        this.#findings.push(`secrets.db: ${what}`);
      }
      return tombstone;
    }
    if (erasedBy === undefined) return loan;
    if (row.leafIndex > erasedBy) this.#findings.push(`${name}: comes after its loan was erased`);
    this.counts.erased++;
    return undefined;
  }

  async #private(row: EntryRow, entry: DepositEntry, loan: Loan, name: string): Promise<void> {
    const opened = openDeposit(loan.secret, row);
    const salt = entrySalt(loan.secret, entry.seq);
    if (toHex(commitment(salt, utf8(opened.statement))) !== entry.commitment) {
      this.#findings.push(`${name}: the statement is not the one committed to`);
    }
    const statement = parseStatement(opened.statement);
    if ((await this.#contentHash(row, loan)) !== statement.file.sha256) {
      this.#findings.push(`${name}: the content is not the one of its statement`);
    }
    if (row.deposit?.eventKey !== this.#eventKey(statement)) {
      this.#findings.push(`${name}: the column event_key was changed`);
    }
  }

  #eventKey({ source }: Statement): string {
    return this.#ports.register.eventKey(source.system, source.eventId);
  }

  async #contentHash(row: EntryRow, loan: Loan): Promise<string> {
    if (row.deposit?.objectId !== undefined) this.counts.objects++;
    const hash = createHash('sha256');
    const chunks = contentStream(this.#ports.objects, loan.secret, row);
    for await (const chunk of chunks) hash.update(chunk);
    return hash.digest('hex');
  }
}
