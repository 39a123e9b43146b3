import { calculateClaim } from '../claim/calculate-claim.ts';
import { claimToJson } from '../claim/claim.ts';
import { CLAIM_KINDS, depositedRecord } from '../claim/claim-kinds.ts';
import { fromRecords } from '../claim/from-records.ts';
import { equalBytes, fromHex, toHex, utf8 } from '../formats/bytes.ts';
import {
  CALCULATION_PATH,
  CASE_PATH,
  type CaseFile,
  CHECKPOINT_COPY_PATH,
  COMPLETENESS_PATH,
  type ExhibitFile,
  HISTORY_PATH,
  parseCaseFile,
  parseHistory,
} from '../formats/case-file.ts';
import { canonicalBytes } from '../formats/jcs.ts';
import { leafHash } from '../formats/merkle.ts';
import { parseStatement, type Statement } from '../formats/statement.ts';
import { KINDS, type Kind } from '../formats/taxonomy.ts';
import { readContainer } from '../formats/zip-container.ts';
import { checkContainer, type PackageFiles } from './check-container.ts';
import { checkParts, differingPart } from './check-parts.ts';
import { listDeposits } from './list-deposits.ts';
import { verifyPdfSignatures } from './pdf-signature.ts';
import { addUnreadable, ReportBuilder, reasonOf, type VerificationReport } from './report.ts';
import type { VerifierContext } from './trust.ts';
import { completeness, type ProvenHistory } from './verify-completeness.ts';
import { checkEntry, type OpenedProof, openProof, verifyFile } from './verify-file.ts';

/** What no package's verdict covers. The pages are for people; the originals are what is proved. */
const NOT_CHECKED = [
  'TRUTH_OF_CONTENT',
  'REVOCATION',
  'SIGNER_IDENTITY',
  'BUNDLE_PAGES',
  'DOCUMENTS',
] as const;

/**
 * Besides the events of a claim: what a creditor must not keep from the court, since it changes who
 * may claim, or how much.
 */
const MUST_SHOW: ReadonlySet<Kind> = new Set<Kind>(['settlement', 'assignment', 'objection']);

/**
 * Checks a case package as a court does: container and signatures, every exhibit with its proof,
 * that no deposit of the loan is held back, and the calculation, recomputed from the exhibits.
 * Never throws.
 */
export function verifyPackage(zip: Uint8Array, context: VerifierContext): VerificationReport {
  const report = new ReportBuilder();
  for (const item of NOT_CHECKED) report.notChecked.add(item);
  let files: PackageFiles;
  try {
    const entries = readContainer(zip);
    files = new Map(entries.map(({ path, bytes }) => [path, bytes]));
    report.add('container.form', 'passed', 'OK', { detail: String(entries.length) });
  } catch (error) {
    report.add('container.form', 'failed', 'CONTAINER_REFUSED', { detail: reasonOf(error) });
    return report.finish();
  }
  try {
    checkContainer(report, files, context);
    const caseFile = readCase(report, files);
    const once = { ...context, judged: new Map(), judgedTimestamps: new Map() };
    if (caseFile !== undefined) checkCase(report, caseFile, files, once);
  } catch (error) {
    // No parser should let anything through to here; if one does, a court still gets a verdict.
    report.add('case.form', 'failed', 'MALFORMED', { detail: reasonOf(error) });
  }
  return report.finish();
}

function readCase(report: ReportBuilder, files: PackageFiles): CaseFile | undefined {
  try {
    const file = parseCaseFile(files.get(CASE_PATH) ?? new Uint8Array());
    report.add('case.form', 'passed', 'OK');
    report.facts.cutOff = file.cutOff;
    report.facts.exhibits = file.exhibits.length;
    return file;
  } catch (error) {
    report.add('case.form', 'failed', 'MALFORMED', { subject: CASE_PATH, detail: reasonOf(error) });
    return undefined;
  }
}

function checkCase(
  report: ReportBuilder,
  caseFile: CaseFile,
  files: PackageFiles,
  context: VerifierContext,
): void {
  checkParts(report, caseFile, files);
  checkBundle(report, caseFile, files, context);
  const proofOfAll = files.get(COMPLETENESS_PATH) ?? new Uint8Array();
  const history = completeness(report, proofOfAll, context);
  if (history === undefined) return;
  const own =
    history.evidenceNo === caseFile.evidenceNo &&
    history.tlog.checkpoint.size === caseFile.checkpointSize;
  report.holds('case.documents', own, 'CHECKPOINT_DIFFERS', { subject: COMPLETENESS_PATH });
  const copy = files.get(CHECKPOINT_COPY_PATH) ?? new Uint8Array();
  const sameCopy = equalBytes(copy, utf8(history.tlog.checkpointText));
  const named = { subject: CHECKPOINT_COPY_PATH };
  if (!sameCopy) report.add('case.documents', 'failed', 'CHECKPOINT_DIFFERS', named);
  const statements = checkStatements(report, history, files);
  checkExhibits(report, caseFile, history, files, context);
  if (statements !== undefined) checkClaim(report, caseFile, statements, files);
}

function checkBundle(
  report: ReportBuilder,
  { bundle }: CaseFile,
  files: PackageFiles,
  { policy, now }: VerifierContext,
): void {
  const trustedRoots = (policy?.signingRoots ?? []).map(({ sha256 }) => sha256);
  const pdf = files.get(bundle.path) ?? new Uint8Array();
  const verdict = verifyPdfSignatures(pdf, { trustedRoots, at: now });
  const reason =
    verdict.result === 'passed'
      ? 'OK'
      : verdict.reason === 'NO_SIGNATURE'
        ? 'SIGNATURE_MISSING'
        : verdict.result === 'indeterminate'
          ? 'SIGNER_NOT_NAMED'
          : 'SIGNER_REFUSED';
  const detail =
    verdict.result === 'passed' ? verdict.detail : `${verdict.reason} ${verdict.detail}`.trim();
  report.add('bundle.signature', verdict.result, reason, { subject: bundle.path, detail });
}

/** Opens the statements of all entries: each must be what its entry commits to. */
function checkStatements(
  report: ReportBuilder,
  history: ProvenHistory,
  files: PackageFiles,
): Statement[] | undefined {
  try {
    const { entries } = parseHistory(files.get(HISTORY_PATH) ?? new Uint8Array());
    if (entries.length !== history.entries.length) {
      const detail = `${entries.length}/${history.entries.length}`;
      report.add('history.statements', 'failed', 'ENTRIES_INCOMPLETE', { detail });
      return undefined;
    }
    const inner = new ReportBuilder();
    const statements = entries.map(({ statement: statementText, salt }, seq) => {
      const statement = parseStatement(statementText);
      const entry = history.entries[seq];
      if (entry === undefined) throw new Error(`no entry ${seq}`);
      const opened = {
        statement,
        statementText,
        salt: fromHex(salt),
        entry,
        entryBytes: new Uint8Array(),
      };
      checkEntry(inner, opened, `#${seq}`);
      return statement;
    });
    const wrong = inner.checks.find(({ verdict }) => verdict === 'failed');
    const detail = wrong?.subject ?? String(entries.length);
    report.holds('history.statements', wrong === undefined, 'STATEMENT_NOT_COMMITTED', { detail });
    return statements;
  } catch (error) {
    addUnreadable(report, 'history.statements', error, HISTORY_PATH);
    return undefined;
  }
}

function checkExhibits(
  report: ReportBuilder,
  caseFile: CaseFile,
  history: ProvenHistory,
  files: PackageFiles,
  context: VerifierContext,
): void {
  const judged = new Set<string>();
  for (const exhibit of caseFile.exhibits) {
    for (const file of exhibit.files) {
      // `checkParts` has failed the case for it; thousands of namings of one large file only cost
      // time.
      if (judged.has(file.path) || judged.has(file.proof)) continue;
      judged.add(file.path).add(file.proof);
      const verdict = checkExhibit(report, file, history, files, context);
      if (!verdict) continue;
      report.add('exhibit.proof', 'passed', 'OK', { subject: `${exhibit.mark} ${file.path}` });
    }
  }
}

/** One original: its proof holds, and it is the entry that the loan's history has at this place. */
function checkExhibit(
  report: ReportBuilder,
  { path, proof, seq }: ExhibitFile,
  history: ProvenHistory,
  files: PackageFiles,
  context: VerifierContext,
): boolean {
  const proofText = files.get(proof) ?? new Uint8Array();
  // The chain is asked once, for the checkpoint that all exhibits share.
  const { observations: _, ...offline } = context;
  const part = verifyFile(files.get(path), proofText, offline);
  const worst = part.checks.find(({ verdict }) => verdict === 'failed');
  if (worst !== undefined) {
    const detail = `${worst.id}: ${worst.detail ?? ''}`;
    report.add('exhibit.proof', 'failed', worst.reason, { subject: path, detail });
    return false;
  }
  const form = part.checks.find(({ id }) => id === 'proof.form');
  if (form?.verdict !== 'passed') {
    // A kind that this copy does not know: it can be judged by a newer one only.
    report.add('exhibit.proof', 'indeterminate', form?.reason ?? 'MALFORMED', { subject: path });
    return false;
  }
  const opened: OpenedProof = openProof(proofText);
  const place = toHex(leafHash(opened.entryBytes));
  const same = opened.entry.seq === seq && history.leaves[seq] === place;
  if (!same) report.add('exhibit.proof', 'failed', 'EXHIBIT_DIFFERS', { subject: path });
  const other = differingPart(files, proof);
  if (other !== undefined) {
    report.add('exhibit.proof', 'failed', 'EXHIBIT_DIFFERS', { subject: other });
  }
  const asOf = opened.tlog.checkpointText === history.tlog.checkpointText;
  if (!asOf) report.add('exhibit.checkpoint', 'failed', 'CHECKPOINT_DIFFERS', { subject: path });
  return same && asOf && other === undefined;
}

/** No event of the claim is held back, and the same events give the same calculation. */
function checkClaim(
  report: ReportBuilder,
  caseFile: CaseFile,
  statements: Statement[],
  files: PackageFiles,
): void {
  const pathOf = new Map(
    caseFile.exhibits.flatMap(({ files: list }) => list.map(({ seq, path }) => [seq, path])),
  );
  const hidden = statements.filter(({ seq }) => !pathOf.has(seq));
  if (hidden.length > 0) {
    report.notChecked.add('DEPOSITS_NOT_SHOWN');
    report.facts.notShown = listDeposits(hidden);
  }
  const events = statements.filter(({ kind }) => CLAIM_KINDS.has(kind));
  const held = hidden.filter(({ kind }) => CLAIM_KINDS.has(kind) || MUST_SHOW.has(kind));
  const detail = held.map(({ seq, kind }) => `${kind} #${seq}`).join(', ');
  const shown = detail === '' ? String(events.length) : detail.slice(0, 200);
  if (!report.holds('claim.events', held.length === 0, 'EVENTS_OMITTED', { detail: shown })) return;
  const stated = files.get(CALCULATION_PATH);
  if (stated === undefined) {
    report.add('claim.calculation', 'failed', 'CALCULATION_MISSING');
    return;
  }
  try {
    const records = events.flatMap((statement) => {
      const bytes = files.get(pathOf.get(statement.seq) ?? '') ?? new Uint8Array();
      const record = depositedRecord(statement, bytes);
      if (record !== undefined) return record;
      // A repayment that is no record would be an exhibit, and still not be counted.
      if (KINDS[statement.kind].form === 'record') {
        const uncounted = { detail: `${statement.kind} #${statement.seq}` };
        report.add('claim.events', 'indeterminate', 'EVENT_UNREADABLE', uncounted);
      }
      return [];
    });
    const claim = calculateClaim(fromRecords(records), caseFile.cutOff);
    const same = equalBytes(canonicalBytes(claimToJson(claim)), stated);
    report.facts.claimTotal = `${claim.currency} ${claim.lines.total}`;
    report.holds('claim.calculation', same, 'CALCULATION_DIFFERS', {
      detail: `${claim.currency} ${claim.lines.total}, ${caseFile.cutOff}`,
    });
  } catch (error) {
    report.add('claim.calculation', 'failed', 'CALCULATION_DIFFERS', { detail: reasonOf(error) });
  }
}
