import { calculateClaim } from '../../claim/calculate-claim.ts';
import type { Claim } from '../../claim/claim.ts';
import type { DepositedRecord } from '../../claim/from-records.ts';
import { fromRecords } from '../../claim/from-records.ts';
import { formatMoney } from '../../claim/money.ts';
import type { DepositCommand } from '../../evidence/ports.ts';
import type { LoanHistory } from './history.ts';
import type { Journal } from './journal.ts';
import { instant } from './journal.ts';
import type { LoanFile } from './loan-file.ts';

const END_OF_DAY = 23 * 3600 + 59 * 60 + 59;

/** The claim that follows from the given deposits; `seq` is their position. */
export function claimFrom(deposits: readonly DepositCommand[], cutOff: string): Claim {
  const records = deposits.flatMap((deposit, seq): DepositedRecord[] => {
    const { kind, occurredAt, content } = deposit;
    return content.form === 'record' ? [{ seq, kind, record: content.record, occurredAt }] : [];
  });
  return calculateClaim(fromRecords(records), cutOff);
}

/**
 * The lender's own books at the end of the cut-off day. They follow the same rules as the claim,
 * so both agree to the cent, except where a repayment was never booked.
 */
export function tellLedgerStatus(
  file: LoanFile,
  journal: Journal,
  history: LoanHistory,
  terms: string,
): void {
  const unbooked = history.payments.find((payment) => payment.unbooked);
  const booked = journal.inOrder().filter((deposit) => !isPayment(deposit, unbooked?.date));
  const claim = claimFrom(booked, file.asOf);
  const { lines, status } = claim;
  const at = instant(file.asOf, END_OF_DAY);
  const references = [{ rel: 'under-contract', eventId: terms }];
  journal.record({ system: 'ledger', at, references }, 'ledger-status', {
    asOf: file.asOf,
    ...statusOf(claim),
    currency: 'CNY',
    outstandingPrincipal: lines.principalOutstanding,
    overduePrincipal: lines.principal,
    interest: lines.interest,
    penalty: lines.penalty,
    compound: lines.compound,
    fees: formatMoney(0n),
    daysOverdue: status.daysOverdue,
    instalmentsOverdue: status.instalmentsDue - status.instalmentsPaidInFull,
  });
}

function isPayment(deposit: DepositCommand, date: string | undefined): boolean {
  return deposit.kind === 'repayment' && deposit.occurredAt.slice(0, 10) === date;
}

/** Codes of the lender's core system that mean default: overdue, and non-performing. */
export const DEFAULT_STATUSES = ['O', 'D'] as const;

function statusOf(claim: Claim): { status: string; statusMeaning: string } {
  if (claim.lines.principalOutstanding === '0.00') return { status: 'C', statusMeaning: '结清' };
  if (claim.status.daysOverdue === 0) return { status: 'N', statusMeaning: '正常' };
  if (claim.status.daysOverdue <= 90) return { status: 'O', statusMeaning: '逾期' };
  return { status: 'D', statusMeaning: '不良（次级）' };
}
