import { toHex } from '../../formats/bytes.ts';
import { custodyTitle } from '../../formats/custody-title.ts';
import { loanKey } from '../../formats/evidence-number.ts';
import type { Statement } from '../../formats/statement.ts';
import { KINDS } from '../../formats/taxonomy.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositCommand } from '../ports.ts';
import {
  type CustodyPorts,
  type Decision,
  type Erasure,
  findErasure,
  openedStatements,
  standingHolds,
  unknownLoan,
} from './custody-history.ts';
import { CUSTODY_SYSTEM, type Loan, tombstoneEvent } from './loan-register.ts';

const DAY = 86_400_000;
const ATTEMPTS = 3;
const DESTROY_AT_ONCE = 500;

/**
 * Erases a loan: what was deposited can be read by nobody any more, the lender's reference
 * included, while entries, receipts and proofs stand as they are.
 *
 * Write order: the request → the tombstone, the loan's last entry → packages are removed → the
 * secret is destroyed. A crash after the first leaves a loan as it was; after the second or third,
 * the next start does the rest. Once more is no harm: it finds the tombstone and finishes.
 * @throws EvidenceError LOAN_UNKNOWN; LOAN_HELD while a legal hold or a filing stands;
 *   RETENTION_RUNNING while the records must be kept (个人信息保护法 Art. 47 para. 2)
 */
export async function eraseLoan(
  ports: CustodyPorts,
  evidenceNo: string,
  decision: Decision,
): Promise<Erasure> {
  if ((await findErasure(ports, evidenceNo)) === undefined) {
    const loan = await ports.register.findByEvidenceNo(evidenceNo);
    if (loan === undefined) throw unknownLoan(evidenceNo);
    await ports.inTurn(loan.reference, () => insist(ports, loan, decision));
  }
  const erasure = await findErasure(ports, evidenceNo);
  const row = await ports.store.findLoanByEvidenceNo(evidenceNo);
  if (erasure === undefined || row === undefined) {
    const what = `the tombstone of ${evidenceNo} is gone after it was written`;
    throw new EvidenceError('LOG_DAMAGED', what, 'Stop the service and run "cunzheng log check".');
  }
  await destroy(ports, [row]);
  return erasure;
}

/**
 * Destroys the secrets that are there although the log has their loan's tombstone.
 * @returns how many
 */
export async function finishErasures(ports: CustodyPorts): Promise<number> {
  const requested = (await ports.erasures.list()).map(({ evidenceNo }) => ({
    evidenceNo,
    loanKey: toHex(loanKey(evidenceNo)),
  }));
  let finished = 0;
  for (let at = 0; at < requested.length; at += DESTROY_AT_ONCE) {
    const part = requested.slice(at, at + DESTROY_AT_ONCE);
    const there = await ports.secrets.get(part.map((loan) => loan.loanKey));
    const left: typeof requested = [];
    for (const loan of part.filter((one) => there.has(one.loanKey))) {
      if ((await ports.register.tombstone(loan.evidenceNo)) !== undefined) left.push(loan);
    }
    if (left.length > 0) await destroy(ports, left);
    finished += left.length;
  }
  return finished;
}

/** The secret goes last: as long as it is there, a restart knows that there is something to do. */
async function destroy(
  ports: CustodyPorts,
  loans: { loanKey: string; evidenceNo: string }[],
): Promise<void> {
  for (const loan of loans) {
    ports.register.markErased(loan.loanKey);
    await ports.removeCopies(loan.evidenceNo);
  }
  await ports.secrets.destroy(loans.map((loan) => loan.loanKey));
}

/**
 * Deposits that were queued before come first, and may change what was decided; those that come
 * later wait for their turn, and find the loan erased.
 */
async function insist(ports: CustodyPorts, loan: Loan, decision: Decision): Promise<void> {
  const { evidenceNo } = loan;
  if ((await findErasure(ports, evidenceNo)) !== undefined) return;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (await leaveTombstone(ports, loan, decision)) return;
  }
  const what = `loan ${evidenceNo} takes new deposits all the time`;
  throw new EvidenceError('LOAN_CHANGED', what, 'Stop them and repeat the command.');
}

/** @returns false when a deposit came between the look at the loan and the tombstone */
async function leaveTombstone(
  ports: CustodyPorts,
  { evidenceNo, reference }: Loan,
  decision: Decision,
): Promise<boolean> {
  const statements = await openedStatements(ports, evidenceNo);
  await requireErasable(ports, evidenceNo, statements);
  const requestedAt = ports.clock.now().toISOString();
  await ports.erasures.request({ evidenceNo, requestedAt });
  const expectedCount = statements.length;
  const command = tombstoneCommand(evidenceNo, expectedCount, requestedAt, decision);
  const { ready } = await ports.prepare({ ...command, loan: reference });
  const tombstone = { ...ready, tombstone: { expectedCount } };
  const [outcome] = (await ports.writer.sequence([tombstone], 'single')).outcomes;
  if (outcome?.state !== 'refused') return true;
  if (outcome.code === 'LOAN_CHANGED') return false;
  throw new EvidenceError(outcome.code, outcome.message, outcome.remedy);
}

async function requireErasable(
  ports: CustodyPorts,
  evidenceNo: string,
  statements: Statement[],
): Promise<void> {
  const [hold] = standingHolds(statements);
  if (hold !== undefined) {
    const what = `a legal hold stands since ${hold.placedAt}: entry ${hold.seq}, ${hold.title}`;
    const remedy = 'Release it with "cunzheng loan release" when its ground is gone.';
    throw new EvidenceError('LOAN_HELD', what, remedy);
  }
  const [filing] = await ports.openFilings(evidenceNo);
  if (filing !== undefined) {
    const what = `a filing of this loan is open: ${filing}`;
    throw new EvidenceError('LOAN_HELD', what, 'Erase it when the court has answered.');
  }
  const until = keptUntil(statements, ports.retentionDays);
  if (until === undefined || until <= ports.clock.now().getTime()) return;
  throw new EvidenceError(
    'RETENTION_RUNNING',
    `the records of this loan must be kept until ${new Date(until).toISOString()}`,
    'Erase it after that day. Until then 个人信息保护法 Art. 47 allows storing and protecting only.',
  );
}

/** End of the retention: its days after the last deposit that is not about custody itself. */
function keptUntil(statements: Statement[], days: number): number | undefined {
  const last = statements.findLast(
    ({ kind }) => !['custody', 'erasure'].includes(KINDS[kind].stage),
  );
  return last === undefined ? undefined : Date.parse(last.receivedAt) + days * DAY;
}

/** It stays readable for ever: nothing in it may be personal data. */
function tombstoneCommand(
  evidenceNo: string,
  entries: number,
  occurredAt: string,
  decision: Decision,
): Omit<DepositCommand, 'loan'> {
  const { ground, by } = decision;
  return {
    kind: 'erased',
    title: custodyTitle('erased', ground),
    occurredAt,
    source: { system: CUSTODY_SYSTEM, eventId: tombstoneEvent(evidenceNo) },
    content: { form: 'record', record: { ground, by, entries } },
  };
}
