import { parseEntry } from '../../formats/entry.ts';
import { parseStatement, type Statement } from '../../formats/statement.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositCommand, EvidenceStore } from '../ports.ts';
import { openStatement } from '../proof/build-proof.ts';
import type { Loan, LoanRegister } from './loan-register.ts';

/** Where one deposit is found. */
export interface DepositPlace {
  evidenceNo: string;
  seq: number;
}

/** Whether a file that comes in says that it is a PDF. */
export const isPdfCommand = ({ content }: DepositCommand): boolean =>
  content.form !== 'record' && content.mediaType === 'application/pdf';

/** Entries that are read at once; between two lots others get their turn. */
const LOT = 256;

/** Whether a deposit is a PDF that somebody handed in. */
export function isPdf({ kind, file }: Pick<Statement, 'kind' | 'file'>): boolean {
  return file.mediaType === 'application/pdf' && kind !== 'erased';
}

/** PDFs among the entries with a leaf index in [from, to); those of erased loans are left out. */
export async function* pdfsBetween(
  { store, register }: { store: EvidenceStore; register: LoanRegister },
  from: number,
  to: number,
): AsyncGenerator<DepositPlace> {
  const numbers = new Map((await store.listLoans()).map((row) => [row.loanKey, row.evidenceNo]));
  for (let at = from; at < to; at += LOT) {
    for (const row of await store.readEntries(at, Math.min(to, at + LOT))) {
      const entry = parseEntry(row.data);
      if (entry.type !== 'deposit') continue;
      const evidenceNo = numbers.get(entry.loan);
      if (evidenceNo === undefined) continue;
      const loan = await openable(register, evidenceNo);
      if (loan === undefined) continue;
      const statement = parseStatement(openStatement(loan, row));
      if (isPdf(statement)) yield { evidenceNo, seq: entry.seq };
    }
  }
}

async function openable(register: LoanRegister, evidenceNo: string): Promise<Loan | undefined> {
  try {
    return await register.findByEvidenceNo(evidenceNo);
  } catch (error) {
    // Its secret was destroyed: there is nothing left that could be checked.
    if (error instanceof EvidenceError) return undefined;
    throw error;
  }
}
