import { type Evidence, EvidenceError, type ImportItem } from '../evidence/index.ts';

/** A row that was not deposited, and why. Without values unless the user asked for them. */
export interface RejectedRow {
  file: string;
  line: number;
  code: string;
  message: string;
  column?: string;
  value?: string;
}

export interface ImportCounts {
  loans: number;
  deposits: number;
  duplicates: number;
  rejected: number;
}

/** Deposits under way together: they share group commits, and memory stays bounded. */
const IN_FLIGHT = 256;

/**
 * Deposits the items of an import in order. A row that is refused, by the mapping or by the
 * deposit, is reported and stops nothing else. Two rows of one loan keep their order: places in the
 * log are given in the order of the calls.
 */
export async function importItems(
  evidence: Evidence,
  items: AsyncIterable<ImportItem>,
  hooks: { onProgress(done: number): void; onRejected(row: RejectedRow): void },
): Promise<ImportCounts> {
  const counts: ImportCounts = { loans: 0, deposits: 0, duplicates: 0, rejected: 0 };
  const loans = new Set<string>();
  const reject = (row: RejectedRow) => {
    counts.rejected++;
    hooks.onRejected(row);
  };
  let pending: Promise<void>[] = [];
  const deposit = async (item: ImportItem & { ok: true }) => {
    try {
      const { duplicate, evidenceNo } = await evidence.acceptDeposit(item.command);
      loans.add(evidenceNo);
      if (duplicate) counts.duplicates++;
      else counts.deposits++;
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      const { file, line } = item;
      reject({ file, line, code: error.code, message: error.message });
    }
  };
  let seen = 0;
  for await (const item of items) {
    if (item.ok) pending.push(deposit(item));
    else {
      const { ok: _, kind: __, ...row } = item;
      reject(row);
    }
    hooks.onProgress(++seen);
    if (pending.length >= IN_FLIGHT) {
      await Promise.all(pending);
      pending = [];
    }
  }
  await Promise.all(pending);
  return { ...counts, loans: loans.size };
}
