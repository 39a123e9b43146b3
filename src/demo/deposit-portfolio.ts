import type { Evidence } from '../evidence/index.ts';
import { blankStudio } from './blank-studio.ts';
import { generatePortfolio, type PortfolioOptions } from './portfolio/generate-portfolio.ts';
import { createStudio, type Seal } from './portfolio/studio.ts';

/** What was deposited in this run. */
export interface PortfolioCounts {
  loans: number;
  inDefault: number;
  deposits: number;
  /** Events that an earlier run had deposited. */
  known: number;
}

/**
 * Deposits the portfolio as a lender's systems would, in order of time. Loans that an earlier run
 * finished are not drawn again; of a loan that was interrupted, known events give their old entry.
 */
export async function depositPortfolio(
  evidence: Evidence,
  options: PortfolioOptions,
  onLoan: (done: number, total: number) => void,
  seal?: Seal,
): Promise<PortfolioCounts> {
  const counts: PortfolioCounts = { loans: 0, inDefault: 0, deposits: 0, known: 0 };
  const planned = [...generatePortfolio(options, blankStudio)];
  const missing = new Set<string>();
  for (const { loan, deposits } of planned) {
    if (!(await isComplete(evidence, loan, deposits.length))) missing.add(loan);
  }
  const drawn = missing.size === 0 ? planned : generatePortfolio(options, createStudio(seal));
  for (const { loan, inDefault, deposits } of drawn) {
    counts.loans++;
    if (inDefault) counts.inDefault++;
    if (missing.has(loan)) {
      const results = await Promise.all(deposits.map((command) => evidence.acceptDeposit(command)));
      const repeated = results.filter(({ duplicate }) => duplicate).length;
      counts.known += repeated;
      counts.deposits += results.length - repeated;
    } else counts.known += deposits.length;
    onLoan(counts.loans, planned.length);
  }
  return counts;
}

async function isComplete(evidence: Evidence, reference: string, count: number): Promise<boolean> {
  const loan = await evidence.findLoan(reference);
  if (loan === undefined) return false;
  const history = await evidence.history(loan.evidenceNo);
  const own = history.filter(({ statement }) =>
    statement.source.eventId.startsWith(`${reference}/`),
  );
  return own.length >= count;
}
