import type {
  AccelerationRecord,
  ContractTerms,
  DeductionFailedRecord,
  DisbursementRecord,
  RateChangeRecord,
  RepaymentRecord,
} from './records.ts';

/** A record and the number of the loan's deposit that proves it. */
export type Evidenced<T> = T & { readonly seq: number };

/** A cost of enforcing the claim that was incurred, such as a lawyer's fee (实现债权的费用). */
export interface IncurredCost {
  readonly seq: number;
  readonly name: string;
  /** Decimal string. */
  readonly amount: string;
  readonly date: string;
  readonly clause?: string;
}

/** Everything that the arithmetic reads. The order within each list does not matter. */
export interface ClaimInput {
  readonly terms: Evidenced<ContractTerms>;
  readonly disbursements: readonly Evidenced<DisbursementRecord>[];
  readonly repayments: readonly Evidenced<RepaymentRecord>[];
  readonly failedDeductions: readonly Evidenced<DeductionFailedRecord>[];
  readonly rateChanges: readonly Evidenced<RateChangeRecord>[];
  readonly acceleration?: Evidenced<AccelerationRecord>;
  readonly costs?: readonly IncurredCost[];
}
