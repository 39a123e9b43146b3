import { ClaimError } from './claim-error.ts';
import { type Cents, formatMoney, parseMoney } from './money.ts';
import type { ContractTerms } from './records.ts';

/** A row of the agreed table, in cents. */
export interface AgreedRow {
  readonly principal: Cents;
  readonly interest: Cents;
  readonly fees: Cents;
  /** Principal not yet due before this row, by the table. */
  readonly before: Cents;
}

/**
 * The agreed table by number of the instalment, or null when there is none.
 * @throws {ClaimError} TERMS_INCONSISTENT when its principal is not that of the loan
 */
export function agreedTable(terms: ContractTerms): Map<number, AgreedRow> | null {
  if (terms.schedule === undefined) return null;
  let before = parseMoney(terms.principal);
  const rows = new Map<number, AgreedRow>();
  for (const [index, row] of terms.schedule.entries()) {
    const principal = parseMoney(row.principal);
    const [interest, fees] = [parseMoney(row.interest), parseMoney(row.fees ?? '0')];
    rows.set(index + 1, { principal, interest, fees, before });
    before -= principal;
  }
  if (before === 0n) return rows;
  throw new ClaimError(
    'TERMS_INCONSISTENT',
    `the agreed table leaves ${formatMoney(before)} of the principal without a due date`,
    'Correct the table so that its principal sums to the principal of the loan.',
  );
}

function checkFixedInstalments(terms: ContractTerms): void {
  if (terms.method !== 'fixed-instalments' || terms.schedule !== undefined) return;
  if (terms.instalmentAmount === undefined) {
    throw new ClaimError(
      'TERMS_INCOMPLETE',
      'fixed instalments have neither an amount nor an agreed table',
      'Deposit the terms with instalmentAmount or schedule.',
    );
  }
  const sum = parseMoney(terms.instalmentAmount) * BigInt(terms.instalments);
  if (terms.annualRate === undefined && sum !== parseMoney(terms.principal)) {
    throw new ClaimError(
      'TERMS_INCONSISTENT',
      `the instalments sum to ${formatMoney(sum)}, the principal is ${terms.principal}, and no rate explains the difference`,
      'Deposit the terms with annualRate or with the agreed table.',
    );
  }
}

function checkBullet(terms: ContractTerms): void {
  if (terms.method !== 'bullet' || terms.instalments === 1 || terms.schedule !== undefined) return;
  throw new ClaimError(
    'TERMS_INCONSISTENT',
    `a bullet loan falls due once, the terms give ${terms.instalments} instalments`,
    'Give instalments as 1, or name the method that was agreed.',
  );
}

/**
 * Whether the terms say enough, and one thing only, about the instalments of their method.
 * @throws {ClaimError} TERMS_INCOMPLETE or TERMS_INCONSISTENT
 */
export function checkMethod(terms: ContractTerms): void {
  checkFixedInstalments(terms);
  checkBullet(terms);
}
