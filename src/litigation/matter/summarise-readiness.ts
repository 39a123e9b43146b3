import { csvText } from '../csv-text.ts';
import { assessReadiness, worstSeverity } from './assess-readiness.ts';
import type { Matter, Readiness, Severity } from './matter.ts';

/** One loan of a batch, as a table shows it. A type alias, so that a row is also `Json`. */
export type ReadinessRow = {
  loan: string;
  caseId: string;
  evidenceNo: string;
  ready: boolean;
  currency: string;
  /** Claim total as a decimal string; empty when there is none. */
  total: string;
  worst: Severity | 'none';
  codes: string[];
};

export type ReadinessSummary = {
  loans: number;
  ready: number;
  /** How many loans have each code. */
  byCode: Record<string, number>;
  rows: ReadinessRow[];
};

/** The gate's answers for a batch: counts, and one row a loan in the order given. */
export function summariseReadiness(
  list: readonly { matter: Matter; readiness?: Readiness }[],
): ReadinessSummary {
  const rows = list.map(({ matter, readiness }) =>
    rowOf(matter, readiness ?? assessReadiness(matter)),
  );
  const byCode: Record<string, number> = {};
  for (const code of rows.flatMap(({ codes }) => codes)) byCode[code] = (byCode[code] ?? 0) + 1;
  const ready = rows.filter((row) => row.ready).length;
  return { loans: rows.length, ready, byCode, rows };
}

function rowOf(matter: Matter, { ready, findings }: Readiness): ReadinessRow {
  const { claim } = matter;
  return {
    loan: matter.reference,
    caseId: matter.caseId,
    evidenceNo: matter.evidenceNo,
    ready,
    currency: claim?.currency ?? '',
    total: claim?.lines.total ?? '',
    worst: worstSeverity(findings) ?? 'none',
    codes: [...new Set(findings.map(({ code }) => code))],
  };
}

const COLUMNS = ['loan', 'caseId', 'evidenceNo', 'ready', 'currency', 'total', 'worst', 'codes'];

/** The rows as CSV: UTF-8 with byte-order mark, CRLF, a header line. */
export function readinessCsv(rows: readonly ReadinessRow[]): string {
  const lines = rows.map((row) => [
    row.loan,
    row.caseId,
    row.evidenceNo,
    row.ready ? 'yes' : 'no',
    row.currency,
    row.total,
    row.worst,
    row.codes.join(' '),
  ]);
  return csvText([COLUMNS, ...lines]);
}
