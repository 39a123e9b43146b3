import type { Acknowledgement, Evidence } from '../../evidence/index.ts';
import { sha256Hex } from '../../formats/digest.ts';
import type { Json } from '../../formats/jcs.ts';
import {
  COURT_RECEIPT_TYPE,
  type CourtReceiptPayload,
  parseCourtReceipt,
} from '../../verify/court-receipt.ts';
import { parseJws } from '../../verify/jws.ts';
import type { Clock, CourtGateway } from '../ports.ts';
import { SubmissionError } from './errors.ts';
import type { FilingEvent, FilingLedger } from './ports.ts';

/** A finished package on its way to court. */
export interface CaseToSubmit {
  caseId: string;
  revision: number;
  evidenceNo: string;
  packagePath: string;
  sha256: string;
  size: number;
  /** The package's bytes; called when they are needed and not before. */
  read(): Promise<Uint8Array>;
}

export interface SubmissionPorts {
  ledger: FilingLedger;
  gateway: CourtGateway;
  evidence: Pick<Evidence, 'acceptDeposit' | 'loanByEvidenceNo'>;
  clock: Clock;
}

/** A case with the court's answer, deposited. */
export interface SubmittedCase {
  caseId: string;
  revision: number;
  receipt: CourtReceiptPayload;
  /** Compact JWS. */
  jws: string;
  /** True when an earlier run had done all of it. */
  repeated: boolean;
}

/**
 * Hands one case in and deposits the court's receipt as evidence of the loan.
 *
 * Order: ledger `sending` → PUT → receipt checked → custody deposit `submitted` and deposit
 * `court-receipt` → ledger `answered`. A crash between any two leaves `sending`: the next run sends
 * the same bytes, the court answers with the same receipt, and the deposits are found to be there
 * already, since their event ids come from the receipt. The case is never filed twice.
 * @throws SubmissionError all codes; what `acceptDeposit` throws
 */
export async function submitCase(
  filing: CaseToSubmit,
  ports: SubmissionPorts,
): Promise<SubmittedCase> {
  const { ledger, gateway, evidence } = ports;
  const events = await ledger.events(filing.caseId, filing.revision);
  const end = events.find(({ state }) => state === 'answered');
  if (end?.receipt !== undefined) {
    requireSame(filing, end);
    return submitted(filing, end.receipt, true);
  }
  const note = (state: FilingEvent['state'], more: Partial<FilingEvent> = {}) =>
    ledger.append({ ...rowOf(filing, ports), state, ...more });
  const open = openAttempt(events);
  if (open !== undefined) requireSame(filing, open, gateway.name);
  else if (events.at(-1)?.packageSha256 !== filing.sha256) await note('prepared');
  // Asked before anything is sent: an answer must find the loan it belongs to.
  const { reference } = await evidence.loanByEvidenceNo(filing.evidenceNo);
  const bytes = await filing.read();
  if (sha256Hex(bytes) !== filing.sha256) throw changed(filing);
  await note('sending');
  const jws = await send(filing, bytes, ports, note);
  const out = submitted(filing, jws, false);
  await deposit(filing, reference, out, ports);
  const now = await ledger.events(filing.caseId, filing.revision);
  // The same case twice in one batch: the other one was quicker with the same answer.
  if (now.some(({ state }) => state === 'answered')) return { ...out, repeated: true };
  await note('answered', { decision: out.receipt.decision, receipt: jws });
  return out;
}

async function send(
  { caseId, sha256 }: CaseToSubmit,
  bytes: Uint8Array,
  { gateway }: SubmissionPorts,
  note: (state: FilingEvent['state'], more: Partial<FilingEvent>) => Promise<unknown>,
): Promise<string> {
  try {
    return (await gateway.submit({ caseId, sha256, bytes })).jws;
  } catch (error) {
    const reason = error instanceof SubmissionError ? `${error.code}: ${error.message}` : 'unknown';
    const final = error instanceof SubmissionError && error.code === 'COURT_REFUSED';
    await note(final ? 'refused' : 'failed', { reason: reason.slice(0, 1000) });
    throw error;
  }
}

/** The last package that may have reached the court and was not refused there. */
function openAttempt(events: FilingEvent[]): FilingEvent | undefined {
  const sent = events.findLast(({ state }) => state === 'sending');
  if (sent === undefined) return undefined;
  const refused = events.some(({ state, id }) => state === 'refused' && id > sent.id);
  return refused ? undefined : sent;
}

function requireSame(filing: CaseToSubmit, sent: FilingEvent, court?: string): void {
  const sameCourt = court === undefined || court === sent.court;
  if (sent.packageSha256 === filing.sha256 && sameCourt) return;
  throw new SubmissionError(
    'CASE_SENT_OTHERWISE',
    `case ${filing.caseId}, revision ${filing.revision} was sent to ${sent.court} on ${sent.at} as ` +
      `the package ${sent.packageSha256}`,
    `Submit the package ${sent.packagePath} again, or prepare a correction with a new revision.`,
  );
}

function changed({ packagePath, sha256 }: CaseToSubmit): SubmissionError {
  const what = `${packagePath} does not have the SHA-256 ${sha256}`;
  return new SubmissionError('PACKAGE_CHANGED', what, 'Restore the package, or prepare it anew.');
}

function rowOf(
  filing: CaseToSubmit,
  { gateway, clock }: SubmissionPorts,
): Omit<FilingEvent, 'id' | 'state'> {
  const { caseId, revision, evidenceNo, packagePath, sha256, size } = filing;
  return {
    caseId,
    revision,
    evidenceNo,
    court: gateway.name,
    at: clock.now().toISOString(),
    packageSha256: sha256,
    packageSize: size,
    packagePath,
  };
}

function submitted(filing: CaseToSubmit, jws: string, repeated: boolean): SubmittedCase {
  const receipt = parseCourtReceipt(parseJws(jws, COURT_RECEIPT_TYPE).payload);
  return { caseId: filing.caseId, revision: filing.revision, receipt, jws, repeated };
}

/**
 * Both deposits take every value from the receipt, nothing from this machine's clock: a second run
 * makes the same records and gets the same entries.
 */
async function deposit(
  filing: CaseToSubmit,
  reference: string,
  { receipt, jws }: SubmittedCase,
  { evidence }: SubmissionPorts,
): Promise<[Acknowledgement, Acknowledgement]> {
  const { court, receiptNo, receivedAt } = receipt;
  const common = { loan: reference, occurredAt: receivedAt };
  const handedIn = `${receiptNo}/submitted`;
  const first = await evidence.acceptDeposit({
    ...common,
    kind: 'submitted',
    source: { system: court, eventId: handedIn },
    content: { form: 'record', record: submittedRecord(filing, receipt) },
  });
  const second = await evidence.acceptDeposit({
    ...common,
    kind: 'court-receipt',
    source: { system: court, eventId: receiptNo },
    references: [{ rel: 'answers', eventId: handedIn }],
    content: { form: 'record', record: receiptRecord(receipt, jws) },
  });
  return [first, second];
}

function submittedRecord(
  { caseId, revision, sha256, size }: CaseToSubmit,
  { court, receiptNo, receivedAt }: CourtReceiptPayload,
): Json {
  return {
    caseId,
    revision,
    court,
    packageSha256: sha256,
    packageSize: size,
    receiptNo,
    submittedAt: receivedAt,
  };
}

/** The record of kind `court-receipt` (docs/formats/records.md): the receipt and what it says. */
function receiptRecord(receipt: CourtReceiptPayload, jws: string): Json {
  const defects = receipt.defects.map(({ check, reason, zh, en, subjects, count }) => ({
    code: `${check} ${reason}`,
    message: `${zh}\n${en}${count > 1 ? ` (${count})` : ''}`,
    ...(subjects[0] === undefined ? {} : { item: subjects[0].slice(0, 500).toWellFormed() }),
  }));
  return {
    court: receipt.court,
    receiptNo: receipt.receiptNo,
    outcome: receipt.decision,
    receivedAt: receipt.receivedAt,
    packageSha256: receipt.packageSha256,
    ...(defects.length === 0 ? {} : { defects }),
    signature: jws,
    keyId: parseJws(jws, COURT_RECEIPT_TYPE).thumbprint,
  };
}
