import { toHex } from '../../formats/bytes.ts';
import { leafHash } from '../../formats/merkle.ts';
import { parseStatement, type Statement } from '../../formats/statement.ts';
import type { Loan } from '../custody/loan-register.ts';
import type { EntryRow } from '../ports.ts';
import { openStatement } from './build-proof.ts';

/** One deposit of a loan, opened. */
export interface Artifact {
  leafIndex: number;
  /** Hex. */
  leafHash: string;
  statement: Statement;
  statementText: string;
}

/** One deposit, opened, with its original bytes. */
export interface ArtifactContent extends Artifact {
  bytes: AsyncIterable<Uint8Array>;
}

/** Opens a stored deposit with its loan's secret. */
export function openArtifact(loan: Loan, row: EntryRow): Artifact {
  const statementText = openStatement(loan, row);
  return {
    leafIndex: row.leafIndex,
    leafHash: toHex(leafHash(row.data)),
    statement: parseStatement(statementText),
    statementText,
  };
}
