import { isLoanDate } from './calendar-date.ts';
import { capWorking } from './cap.ts';
import type { Claim, ClaimLines } from './claim.ts';
import { ClaimError } from './claim-error.ts';
import { runEvents } from './claim-events.ts';
import type { ClaimInput } from './claim-input.ts';
import { claimNotes } from './claim-notes.ts';
import { claimRules } from './claim-rules.ts';
import { claimStatus } from './claim-status.ts';
import { continuingClaim } from './continuing.ts';
import { courtFees } from './court-fee.ts';
import {
  creditOf,
  type Ledger,
  total,
  unpaidInterest,
  unpaidPrincipal,
  unpaidRunning,
} from './ledger.ts';
import { type Cents, formatMoney, parseMoney } from './money.ts';

function checkCurrency(input: ClaimInput): void {
  const { currency } = input.terms;
  for (const record of [...input.disbursements, ...input.repayments, ...input.failedDeductions]) {
    if (record.currency === undefined || record.currency === currency) continue;
    throw new ClaimError(
      'CURRENCY_MIXED',
      `deposit ${record.seq} is in ${record.currency}, the contract in ${currency}`,
      'Deposit the amount in the currency of the contract, with the conversion as evidence.',
    );
  }
}

function checkInput(input: ClaimInput, cutOff: string): void {
  if (!isLoanDate(cutOff)) {
    throw new ClaimError(
      'CUT_OFF_INVALID',
      `the cut-off ${JSON.stringify(cutOff.slice(0, 20))} is not a date`,
      'Give the cut-off as a day from 1800 to 2999, written YYYY-MM-DD.',
    );
  }
  checkCurrency(input);
  for (const { designated, amount, seq } of input.repayments) {
    const parts = Object.values(designated ?? {}).filter((part) => part !== undefined);
    if (total(parts, parseMoney) <= parseMoney(amount)) continue;
    throw new ClaimError(
      'RECORD_INVALID',
      `the designated parts of repayment ${seq} sum to more than its amount ${amount}`,
      'Correct the designation of the repayment.',
    );
  }
  if (input.disbursements.some((record) => record.date <= cutOff)) return;
  throw new ClaimError(
    'DISBURSEMENT_MISSING',
    `no disbursement by ${cutOff} is in evidence, so nothing is owed (民法典 Art. 670)`,
    'Deposit the disbursement with its bank serial.',
  );
}

function startLedger(input: ClaimInput, cutOff: string): Ledger {
  const rules = claimRules(input.terms);
  return {
    input,
    rules,
    cutOff,
    items: [],
    fees: [],
    segments: [],
    rows: [],
    notes: [...rules.notes],
    credits: [],
    rateSeq: input.terms.seq,
    rate: rules.annualRate,
    notDue: null,
    disbursed: 0n,
    prepaid: 0n,
    reached: null,
    called: null,
    steps: 0,
  };
}

interface Amounts {
  readonly overdue: Cents;
  readonly accelerated: Cents;
  readonly notDue: Cents;
  readonly interest: Cents;
  readonly penalty: Cents;
  readonly compound: Cents;
  readonly fees: Cents;
}

function amountsOf(ledger: Ledger): Amounts {
  const of = (kind: string): Cents =>
    total(
      ledger.items.filter((item) => item.kind === kind),
      unpaidPrincipal,
    );
  return {
    overdue: of('instalment'),
    accelerated: of('accelerated'),
    notDue: ledger.notDue?.principal ?? 0n,
    interest: total(ledger.items, unpaidInterest),
    penalty: total(ledger.items, (item) => unpaidRunning(item.penalty)),
    compound: total(ledger.items, (item) => unpaidRunning(item.compound)),
    fees: total(ledger.fees, (fee) => fee.amount - fee.paid),
  };
}

function openFeesUnderCap(ledger: Ledger): Cents {
  return total(ledger.fees, (fee) => (fee.underCap ? fee.amount - fee.paid : 0n));
}

function linesOf(amounts: Amounts, reduction: Cents): { lines: ClaimLines; sum: Cents } {
  const principal = amounts.overdue + amounts.accelerated;
  const charges = amounts.interest + amounts.penalty + amounts.compound + amounts.fees;
  const sum = principal + charges - reduction;
  const lines = {
    principalOutstanding: formatMoney(principal + amounts.notDue),
    principalNotDue: formatMoney(amounts.notDue),
    principal: formatMoney(principal),
    overduePrincipal: formatMoney(amounts.overdue),
    acceleratedPrincipal: formatMoney(amounts.accelerated),
    interest: formatMoney(amounts.interest),
    penalty: formatMoney(amounts.penalty),
    compound: formatMoney(amounts.compound),
    fees: formatMoney(amounts.fees),
    capReduction: formatMoney(reduction),
    total: formatMoney(sum),
  };
  return { lines, sum };
}

function paidOf(ledger: Ledger): Claim['paid'] {
  const { items, fees } = ledger;
  const principal = total(items, (item) => item.principalPaid) + ledger.prepaid;
  const interest = total(items, (item) => item.interestPaid);
  const penalty = total(items, (item) => item.penalty.paid);
  const compound = total(items, (item) => item.compound.paid);
  const costs = total(fees, (fee) => fee.paid);
  const all = principal + interest + penalty + compound + costs + creditOf(ledger);
  return {
    total: formatMoney(all),
    principal: formatMoney(principal),
    interest: formatMoney(interest),
    penalty: formatMoney(penalty),
    compound: formatMoney(compound),
    fees: formatMoney(costs),
  };
}

function evidenceOf(input: ClaimInput): number[] {
  const called = input.acceleration === undefined ? [] : [input.acceleration];
  const records = [
    input.terms,
    ...input.disbursements,
    ...input.repayments,
    ...input.failedDeductions,
    ...input.rateChanges,
    ...called,
    ...(input.costs ?? []),
  ];
  return [...new Set(records.map((record) => record.seq))].sort((a, b) => a - b);
}

/**
 * The claim as of the end of `cutOff` (YYYY-MM-DD), with the working behind every figure. Pure
 * and deterministic: the order within the input's lists does not matter. All rules and their
 * sources: docs/claim.md.
 * @throws {ClaimError} CUT_OFF_INVALID, CURRENCY_MIXED, DISBURSEMENT_MISSING, RECORD_INVALID,
 * TERMS_INCOMPLETE, TERMS_INCONSISTENT, CLAIM_TOO_LARGE
 */
export function calculateClaim(input: ClaimInput, cutOff: string): Claim {
  checkInput(input, cutOff);
  const ledger = startLedger(input, cutOff);
  const eventsAfterCutOff = runEvents(ledger);
  const amounts = amountsOf(ledger);
  const { interest, penalty, compound } = amounts;
  const cap = capWorking(ledger, interest + penalty + compound + openFeesUnderCap(ledger));
  const { lines, sum } = linesOf(amounts, cap?.reduction ?? 0n);
  return {
    schema: 'cunzheng/claim/v1',
    contractNo: input.terms.contractNo,
    currency: input.terms.currency,
    cutOff,
    disbursed: formatMoney(ledger.disbursed),
    lines,
    paid: paidOf(ledger),
    credit: formatMoney(creditOf(ledger)),
    status: claimStatus(ledger),
    accelerated: ledger.called,
    notClaimed: {
      principal: lines.principalNotDue,
      instalments: ledger.notDue?.dues.map((due) => due.no) ?? [],
    },
    continuing: continuingClaim(ledger),
    cap: cap?.working ?? null,
    courtFees: ledger.rules.chinese && sum > 0n ? courtFees(sum) : null,
    working: ledger.rows,
    notes: claimNotes(ledger),
    evidence: evidenceOf(input),
    eventsAfterCutOff,
  };
}
