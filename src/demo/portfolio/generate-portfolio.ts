import { tellContract } from './contracting.ts';
import { openDesk } from './desk.ts';
import type { Fate } from './fates.ts';
import { isInDefault, obstacleOf } from './fates.ts';
import type { DemoDeposit } from './journal.ts';
import { Journal } from './journal.ts';
import { tellLedgerStatus } from './ledger-status.ts';
import type { LoanFile } from './loan-file.ts';
import { createLoanFile } from './loan-file.ts';
import { tellApplication } from './origination.ts';
import { tellDisbursement, tellService } from './servicing.ts';
import type { Studio } from './studio.ts';
import { createStudio } from './studio.ts';

export interface PortfolioOptions {
  /** Any text; the same text gives the same portfolio. */
  seed: string;
  /** Number of loans; the plan repeats after 30. */
  loans: number;
  /** Cut-off day, YYYY-MM-DD. One repayment lies five days after it. */
  asOf: string;
}

/** A loan with everything that the lender's systems would deposit for it, in order of time. */
export interface DemoLoan {
  /** The lender's own number of the loan: `loan` of each deposit. */
  loan: string;
  contractNo: string;
  fate: Fate;
  product: string;
  /** Whether the lender would sue as of the cut-off day. */
  inDefault: boolean;
  /** What a readiness check must find; absent for a loan without an obstacle. */
  obstacle?: string;
  deposits: DemoDeposit[];
}

/**
 * Generates the portfolio loan by loan, so that only one loan's papers are held at a time. The
 * same options give the same records everywhere and the same files on the same build of the
 * typesetter and the canvas. Nobody in it exists.
 * @throws RangeError when `asOf` is no date; Error when a template does not compile
 */
export function* generatePortfolio(
  options: PortfolioOptions,
  studio: Studio = createStudio(),
): Iterable<DemoLoan> {
  for (let ordinal = 0; ordinal < options.loans; ordinal += 1) {
    yield tellLoan(createLoanFile(options.seed, ordinal, options.asOf), studio);
  }
}

function tellLoan(file: LoanFile, studio: Studio): DemoLoan {
  const journal = new Journal(file.loan);
  const desk = openDesk(file, journal, studio);
  const { identity } = tellApplication(desk);
  const { terms } = tellContract(desk, identity);
  tellDisbursement(desk, terms);
  const history = tellService(desk, terms);
  tellLedgerStatus(file, journal, history, terms);
  const obstacle = obstacleOf(file.plan.fate);
  return {
    loan: file.loan,
    contractNo: file.contractNo,
    fate: file.plan.fate,
    product: file.plan.product.name,
    inDefault: isInDefault(file.plan.fate),
    ...(obstacle === undefined ? {} : { obstacle }),
    deposits: journal.inOrder(),
  };
}
