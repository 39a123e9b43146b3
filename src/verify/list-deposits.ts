import type { Statement } from '../formats/statement.ts';

/**
 * Deposits as a line for people, kind by kind with runs drawn together: a loan may have hundreds.
 * `account-movement #5–44, #46; ledger-status #89`
 * @param statements in order of seq
 */
export function listDeposits(statements: readonly Statement[]): string {
  const byKind = new Map<string, number[]>();
  for (const { kind, seq } of statements) byKind.set(kind, [...(byKind.get(kind) ?? []), seq]);
  return [...byKind].map(([kind, seqs]) => `${kind} ${printedRuns(seqs).join(', ')}`).join('; ');
}

function printedRuns(seqs: readonly number[]): string[] {
  return runsOf(seqs).map(([first, last]) => (first === last ? `#${first}` : `#${first}–${last}`));
}

/** Runs of neighbouring numbers, each as its ends. @param seqs ascending, each once */
export function runsOf(seqs: readonly number[]): [first: number, last: number][] {
  const out: [first: number, last: number][] = [];
  for (const seq of seqs) {
    const open = out.at(-1);
    if (open !== undefined && open[1] === seq - 1) open[1] = seq;
    else out.push([seq, seq]);
  }
  return out;
}
