import { equalBytes, toHex, utf8 } from '../../formats/bytes.ts';
import { commitment, entrySalt } from '../../formats/commitment.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { type DepositEntry, NO_PREVIOUS, parseEntry } from '../../formats/entry.ts';
import { leafHash } from '../../formats/merkle.ts';
import { parseStatement } from '../../formats/statement.ts';
import type { Loan, LoanRegister } from '../custody/loan-register.ts';
import { openSealed } from '../custody/sealing.ts';
import type { EntryRow, EvidenceStore, ObjectStore, SecretStore, TileFiles } from '../ports.ts';
import { openStatement } from '../proof/build-proof.ts';
import { checkCheckpoints, messageOf } from './check-checkpoints.ts';

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
  findings: string[];
}

/**
 * Recomputes everything from the entries: leaf hashes, per-loan chains, commitments, sealed
 * contents, every checkpoint's map and root, every published file. Nothing is repaired; a byte
 * changed anywhere is named.
 */
export async function checkLog(ports: CheckPorts): Promise<LogCheck> {
  const findings = [
    ...(await ports.store.checkIntegrity()),
    ...(await ports.secrets.checkIntegrity()),
  ];
  const size = await ports.store.treeSize();
  const checkpoints = await ports.store.listCheckpoints();
  const loans = await loansByKey(ports, findings);
  const sizes = new Set(checkpoints.map((checkpoint) => checkpoint.size));
  const replay = new Replay(ports, { loans, sizes }, findings);
  for (let at = 0; at < size; at += 1024) {
    for (const row of await ports.store.readEntries(at, Math.min(size, at + 1024))) {
      await replay.entry(row);
    }
  }
  await replay.missingRows(size);
  const files = await checkCheckpoints(ports, checkpoints, findings);
  return {
    entries: size,
    checkpoints: checkpoints.length,
    files,
    objects: replay.objects,
    findings,
  };
}

async function loansByKey(ports: CheckPorts, findings: string[]): Promise<Map<string, Loan>> {
  try {
    return new Map((await ports.register.listLoans()).map((loan) => [loan.loanKey, loan]));
  } catch (error) {
    findings.push(`secrets.db: ${messageOf(error)}`);
    return new Map();
  }
}

/** Walks the entries in order and checks each against what came before. */
class Replay {
  readonly #ports: CheckPorts;
  readonly #loans: Map<string, Loan>;
  /** Sizes of all checkpoints there are. */
  readonly #sizes: Set<number>;
  readonly #findings: string[];
  readonly #heads = new Map<string, { count: number; leaf: string }>();
  #seen = 0;
  objects = 0;

  constructor(
    ports: CheckPorts,
    { loans, sizes }: { loans: Map<string, Loan>; sizes: Set<number> },
    findings: string[],
  ) {
    this.#ports = ports;
    this.#loans = loans;
    this.#sizes = sizes;
    this.#findings = findings;
  }

  async entry(row: EntryRow): Promise<void> {
    const name = `evidence.db: table entries: entry ${row.leafIndex}`;
    if (row.leafIndex !== this.#seen) this.#findings.push(`${name}: expected entry ${this.#seen}`);
    this.#seen = row.leafIndex + 1;
    if (!equalBytes(leafHash(row.data), row.leafHash)) {
      this.#findings.push(`${name}: the data or the leaf hash was changed`);
      return;
    }
    try {
      const entry = parseEntry(row.data);
      if (entry.type === 'deposit') await this.#deposit(row, entry, name);
      else if (row.loanKey !== undefined || row.seq !== undefined) {
        this.#findings.push(`${name}: has a loan or number, needs none`);
      }
      // Map entry and checkpoint are one commit.
      if (entry.type === 'map' && !this.#sizes.has(row.leafIndex + 1)) {
        const what = `the row of size ${row.leafIndex + 1} is missing`;
        this.#findings.push(`evidence.db: table checkpoints: ${what}`);
      }
    } catch (error) {
      this.#findings.push(`${name}: ${messageOf(error)}`);
    }
  }

  /** Entries deleted at the end leave a checkpoint that covers more than there is. */
  async missingRows(size: number): Promise<void> {
    const last = await this.#ports.store.latestCheckpoint();
    if (last !== undefined && last.size > size) {
      this.#findings.push(`evidence.db: table entries: ${size} of ${last.size} entries are there`);
    }
  }

  async #deposit(row: EntryRow, entry: DepositEntry, name: string): Promise<void> {
    const head = this.#heads.get(entry.loan) ?? { count: 0, leaf: NO_PREVIOUS };
    if (entry.seq !== head.count || entry.prev !== head.leaf) {
      this.#findings.push(`${name}: does not continue its loan at seq ${head.count}`);
    }
    if (row.loanKey !== entry.loan || row.seq !== entry.seq) {
      this.#findings.push(`${name}: the columns loan_key or seq were changed`);
    }
    this.#heads.set(entry.loan, { count: entry.seq + 1, leaf: toHex(row.leafHash) });
    const loan = this.#loans.get(entry.loan);
    if (loan === undefined) this.#findings.push(`${name}: its loan is not in table loans`);
    else await this.#private(row, entry, loan, name);
  }

  async #private(row: EntryRow, entry: DepositEntry, loan: Loan, name: string): Promise<void> {
    const statement = openStatement(loan, row);
    const salt = entrySalt(loan.secret, entry.seq);
    if (toHex(commitment(salt, utf8(statement))) !== entry.commitment) {
      this.#findings.push(`${name}: the statement is not the one committed to`);
    }
    const content = await this.#content(row, loan);
    if (content === undefined) this.#findings.push(`${name}: has no content`);
    else if (sha256Hex(content) !== parseStatement(statement).file.sha256) {
      this.#findings.push(`${name}: the content is not the one of its statement`);
    }
  }

  async #content(row: EntryRow, loan: Loan): Promise<Uint8Array | undefined> {
    const { objectId, sealedContent } = row.deposit ?? {};
    if (objectId !== undefined) this.objects++;
    const sealed =
      objectId === undefined ? sealedContent : await this.#ports.objects.read(objectId);
    const what = `content of entry ${row.leafIndex}`;
    return sealed === undefined ? undefined : openSealed(loan.secret, sealed, what);
  }
}
