/**
 * `prepared`: the package lies ready. `sending`: it may have reached the court. `failed`: this
 * attempt came to nothing; it may be tried again. `refused`: the court will not take this package.
 * `answered`: the court's receipt is here and deposited; the end.
 */
export type FilingEventState = 'prepared' | 'sending' | 'failed' | 'refused' | 'answered';

/** One row of the lender's ledger of filings. */
export interface FilingEvent {
  /** Counts from 1. */
  id: number;
  caseId: string;
  revision: number;
  /** Name of the court. */
  court: string;
  evidenceNo: string;
  state: FilingEventState;
  /** RFC 3339, UTC. */
  at: string;
  packageSha256: string;
  packageSize: number;
  /** Where the package lies: the same bytes must be sent again after a crash. */
  packagePath: string;
  /** With `answered`: what the court decided, and its signed receipt. */
  decision?: string;
  receipt?: string;
  /** With `failed` and `refused`. */
  reason?: string;
}

/**
 * The ledger: events are only ever added. It refuses an event after the end of a filing, and a second
 * package of a case and revision that was sent already. Whatever `append` returned for is on disk.
 */
export interface FilingLedger {
  append(event: Omit<FilingEvent, 'id'>): Promise<FilingEvent>;
  /** All events of one case and revision in order. */
  events(caseId: string, revision: number): Promise<FilingEvent[]>;
  /** The latest event of each case and revision, in order of their first. */
  latest(): Promise<FilingEvent[]>;
  /** What is wrong with the rows, one line each. */
  checkIntegrity(): Promise<string[]>;
}
