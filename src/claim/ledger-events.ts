import { type AllocatedPart, allocate, type Bucket, type Part } from './allocate.ts';
import { addPrincipal, callAll, changeRate, prepay, startAmortiser, takeDue } from './amortiser.ts';
import type { AllocationLine } from './claim.ts';
import type { ClaimInput, Evidenced } from './claim-input.ts';
import {
  type DebtItem,
  type FeeItem,
  flushRunning,
  instalmentField,
  type Ledger,
  passTo,
  percent,
  pieceLine,
  unpaidInterest,
  unpaidPrincipal,
  unpaidRunning,
  writeRow,
} from './ledger.ts';
import { type Cents, formatMoney, lesser, parseMoney } from './money.ts';
import { parseDecimal, ZERO } from './rational.ts';
import type { RepaymentRecord } from './records.ts';

const running = (from: string) => ({ exact: ZERO, booked: 0n, paid: 0n, from });

function newItem(
  fields: Pick<DebtItem, 'kind' | 'no' | 'dueDate' | 'principal' | 'interest'>,
): DebtItem {
  const { dueDate } = fields;
  return {
    ...fields,
    principalPaid: 0n,
    interestPaid: 0n,
    penalty: running(dueDate),
    compound: running(dueDate),
  };
}

/** Deposits that the amounts of the schedule rest on: terms, disbursements, the last rate. */
function scheduleEvidence(ledger: Ledger, date: string): number[] {
  const paidOut = ledger.input.disbursements.filter((d) => d.date <= date).map((d) => d.seq);
  return [...new Set([ledger.input.terms.seq, ...paidOut, ledger.rateSeq])];
}

function bucketsOf(ledger: Ledger): Bucket[] {
  const buckets: Bucket[] = ledger.fees.map((fee, item) => ({
    part: 'fees',
    item,
    owed: fee.amount - fee.paid,
  }));
  for (const [item, debt] of ledger.items.entries()) {
    buckets.push(
      { part: 'interest', item, owed: unpaidInterest(debt) },
      { part: 'penalty', item, owed: unpaidRunning(debt.penalty) },
      { part: 'compound', item, owed: unpaidRunning(debt.compound) },
      { part: 'principal', item, owed: unpaidPrincipal(debt) },
    );
  }
  return buckets;
}

function bookPart(ledger: Ledger, part: AllocatedPart): AllocationLine {
  const amount = formatMoney(part.paid);
  if (part.part === 'fees') {
    const fee = ledger.fees[part.item];
    if (fee !== undefined) fee.paid += part.paid;
    return { part: 'fees', amount };
  }
  const item = ledger.items[part.item];
  if (item === undefined) return { part: part.part, amount };
  if (part.part === 'principal') item.principalPaid += part.paid;
  else if (part.part === 'interest') item.interestPaid += part.paid;
  else item[part.part].paid += part.paid;
  return { part: part.part, amount, ...instalmentField(item) };
}

function settle(
  ledger: Ledger,
  amount: Cents,
  designated: Partial<Record<Part, Cents>>,
): { lines: AllocationLine[]; rest: Cents } {
  const result = allocate(amount, bucketsOf(ledger), ledger.rules.allocation, designated);
  return { lines: result.parts.map((part) => bookPart(ledger, part)), rest: result.rest };
}

/** Sets what was paid in advance against what has just fallen due, oldest money first. */
function applyCredits(ledger: Ledger, date: string): void {
  const waiting = ledger.credits;
  ledger.credits = [];
  for (const [index, credit] of waiting.entries()) {
    const { lines, rest } = settle(ledger, credit.amount, {});
    if (rest > 0n) ledger.credits.push({ seq: credit.seq, amount: rest });
    if (lines.length === 0) continue;
    const later = waiting.slice(index + 1);
    // The row's balance must show the credits that this loop has not reached yet.
    ledger.credits.push(...later);
    writeRow(ledger, {
      date,
      event: 'credit-applied',
      amount: credit.amount - rest,
      evidence: [credit.seq],
      allocation: lines,
    });
    ledger.credits.splice(ledger.credits.length - later.length, later.length);
  }
}

export function applyDue(ledger: Ledger, date: string): void {
  passTo(ledger, date);
  const due = ledger.notDue === null ? null : takeDue(ledger.notDue);
  if (due === null) return;
  const { no, dueDate, principal, interest } = due;
  ledger.items.push(newItem({ kind: 'instalment', no, dueDate, principal, interest }));
  writeRow(ledger, {
    date,
    event: 'due',
    amount: principal + interest,
    evidence: scheduleEvidence(ledger, date),
    instalment: no,
    principal: formatMoney(principal),
    interest: formatMoney(interest),
    accruals: due.pieces.map((piece) => pieceLine(ledger, piece)),
  });
  const name = `instalment ${no}`;
  const fee = { name, amount: due.fees, seq: ledger.input.terms.seq, underCap: true };
  if (due.fees > 0n) applyFee(ledger, date, fee);
  applyCredits(ledger, date);
}

export function applyFee(ledger: Ledger, date: string, fee: Omit<FeeItem, 'paid'>): void {
  passTo(ledger, date);
  ledger.fees.push({ ...fee, paid: 0n });
  const { name, amount, seq } = fee;
  writeRow(ledger, { date, event: 'fee', amount, evidence: [seq], remark: name });
  if (ledger.credits.length > 0) applyCredits(ledger, date);
}

export function applyDisbursement(
  ledger: Ledger,
  record: ClaimInput['disbursements'][number],
): void {
  passTo(ledger, record.date);
  const amount = parseMoney(record.amount);
  const { input, rules, rate } = ledger;
  if (ledger.notDue !== null && ledger.notDue.dues.length > 0) addPrincipal(ledger.notDue, amount);
  else ledger.notDue = startAmortiser(input.terms, rules, record.date, amount, rate);
  ledger.disbursed += amount;
  const evidence = [record.seq];
  writeRow(ledger, { date: record.date, event: 'disbursement', amount, evidence });
}

function prepayment(ledger: Ledger, record: Evidenced<RepaymentRecord>): Cents {
  const wanted = parseMoney(record.designated?.prepayment ?? '0');
  const open = ledger.notDue?.principal ?? 0n;
  const amount = lesser(wanted, open);
  if (amount > 0n && ledger.notDue !== null) {
    prepay(ledger.notDue, amount);
    ledger.prepaid += amount;
  }
  return amount;
}

function designatedParts(record: RepaymentRecord): Partial<Record<Part, Cents>> {
  const parts = ['fees', 'interest', 'penalty', 'compound', 'principal'] as const;
  return Object.fromEntries(
    parts.map((part) => [part, parseMoney(record.designated?.[part] ?? '0')]),
  );
}

export function applyRepayment(ledger: Ledger, record: Evidenced<RepaymentRecord>): void {
  passTo(ledger, record.date);
  flushRunning(ledger, record.date);
  const amount = parseMoney(record.amount);
  const early = prepayment(ledger, record);
  const { lines, rest } = settle(ledger, amount - early, designatedParts(record));
  if (early > 0n) lines.push({ part: 'prepayment', amount: formatMoney(early) });
  if (rest > 0n) {
    lines.push({ part: 'credit', amount: formatMoney(rest) });
    ledger.credits.push({ seq: record.seq, amount: rest });
  }
  writeRow(ledger, {
    date: record.date,
    event: 'repayment',
    amount,
    evidence: [record.seq],
    allocation: lines,
  });
}

export function applyFailedDeduction(
  ledger: Ledger,
  record: ClaimInput['failedDeductions'][number],
): void {
  passTo(ledger, record.date);
  const remark = record.reason ?? record.reasonCode;
  writeRow(ledger, {
    date: record.date,
    event: 'deduction-failed',
    amount: parseMoney(record.amount ?? '0'),
    evidence: [record.seq],
    ...(remark === undefined ? {} : { remark }),
  });
}

export function applyRateChange(
  ledger: Ledger,
  boundary: string,
  record: ClaimInput['rateChanges'][number],
): void {
  passTo(ledger, boundary);
  flushRunning(ledger, boundary);
  ledger.rate = parseDecimal(record.annualRate);
  ledger.rateSeq = record.seq;
  if (ledger.notDue !== null) changeRate(ledger.notDue, ledger.rate);
  writeRow(ledger, {
    date: record.effectiveOn,
    event: 'rate-change',
    amount: 0n,
    evidence: [record.seq],
    remark: percent(ledger.rate),
  });
}

export function applyAcceleration(
  ledger: Ledger,
  record: NonNullable<ClaimInput['acceleration']>,
): void {
  passTo(ledger, record.date);
  if (ledger.notDue === null || ledger.notDue.dues.length === 0) return;
  const no = ledger.notDue.dues[0]?.no ?? 0;
  const { principal, interest, pieces } = callAll(ledger.notDue);
  const dueDate = record.date;
  ledger.items.push(newItem({ kind: 'accelerated', no, dueDate, principal, interest }));
  ledger.called = { date: record.date, evidence: record.seq };
  writeRow(ledger, {
    date: record.date,
    event: 'acceleration',
    amount: principal + interest,
    evidence: [...scheduleEvidence(ledger, record.date), record.seq],
    principal: formatMoney(principal),
    interest: formatMoney(interest),
    accruals: pieces.map((piece) => pieceLine(ledger, piece)),
  });
  applyCredits(ledger, record.date);
}
