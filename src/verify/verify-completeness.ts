import { fromHex, toHex, utf8 } from '../formats/bytes.ts';
import { type DepositEntry, NO_PREVIOUS, parseEntry } from '../formats/entry.ts';
import { loanKey, parseEvidenceNumber } from '../formats/evidence-number.ts';
import { type LoanHead, verifyLoanMap } from '../formats/loan-map.ts';
import { leafHash, verifyInclusion } from '../formats/merkle.ts';
import { sameKey, type VerifierKey } from '../formats/note.ts';
import { type CompletenessProof, parseCompletenessProof } from '../formats/proof-file.ts';
import { parseReceipt, type Receipt } from '../formats/receipt.ts';
import { parseTlogProof, type TlogProof } from '../formats/tlog-proof.ts';
import { checkAnchors } from './check-anchors.ts';
import { checkFirst } from './check-first.ts';
import { checkTimestamps } from './check-timestamps.ts';
import { checkTombstone } from './check-tombstone.ts';
import { checkWitnesses } from './check-witnesses.ts';
import { addUnreadable, ReportBuilder, type VerificationReport } from './report.ts';
import { statedErasure } from './stated-erasure.ts';
import { checkSigned, type VerifierContext } from './trust.ts';

/** A loan's entries as a completeness proof shows them. */
export interface ProvenHistory {
  evidenceNo: string;
  entries: DepositEntry[];
  /** Leaf hashes of the entries, hex. */
  leaves: string[];
  tlog: TlogProof;
  /** The key that signed the checkpoint, when the policy names it. */
  key?: VerifierKey;
}

/**
 * Checks that the entries of a loan as of a checkpoint are these, in this order, and no others.
 * Proves that nothing deposited was left out; does not prove that everything that happened was
 * deposited. Never throws.
 * @param tombstoneProof proof file of the loan's tombstone, to be told when it was erased and why
 */
export function verifyCompleteness(
  proofText: Uint8Array | string,
  context: VerifierContext,
  tombstoneProof?: Uint8Array | string,
): VerificationReport {
  const report = new ReportBuilder();
  const history = completeness(report, proofText, context);
  if (tombstoneProof !== undefined) checkTombstone(report, tombstoneProof, history?.leaves ?? []);
  return report.finish();
}

/** The same checks into a report under construction; the history when its form could be read. */
export function completeness(
  report: ReportBuilder,
  proofText: Uint8Array | string,
  context: VerifierContext,
): ProvenHistory | undefined {
  report.notChecked.add('EVENTS_NEVER_DEPOSITED').add('TRUTH_OF_CONTENT').add('LATER_ENTRIES');
  try {
    const proof = parseCompletenessProof(proofText);
    const evidenceNo = parseEvidenceNumber(proof.evidenceNo);
    const tlog = parseTlogProof(proof.mapTlogProofText);
    report.add('proof.form', 'passed', 'OK');
    const checkpointSize = tlog.checkpoint.size;
    Object.assign(report.facts, { evidenceNo, entries: proof.entryTexts.length, checkpointSize });
    const mapRoot = checkMapEntry(report, proof.mapEntryText, tlog);
    const history = checkChain(report, evidenceNo, proof, tlog);
    if (mapRoot !== undefined) checkMapValue(report, proof, history, mapRoot);
    const { checkpoint } = tlog;
    const key = checkSigned(
      report,
      'checkpoint.signature',
      checkpoint.note,
      checkpoint.origin,
      context,
    );
    checkAnchors(report, checkpoint, key, proof.anchors, context);
    checkWitnesses(report, tlog.checkpointText, proof.cosignatures ?? [], context);
    checkFirst(report, checkpoint, key, context);
    checkTimestamps(report, tlog, key, proof.timestamps, context);
    return key === undefined ? history : { ...history, key };
  } catch (error) {
    addUnreadable(report, 'proof.form', error);
    return undefined;
  }
}

/** The map is the checkpoint's last entry, and says so itself: so a checkpoint has exactly one. */
function checkMapEntry(
  report: ReportBuilder,
  mapEntryText: string,
  { index, hashes, checkpoint }: TlogProof,
): Uint8Array | undefined {
  const entry = parseEntry(mapEntryText);
  const last = checkpoint.size - 1;
  const placed = entry.type === 'map' && index === last && entry.covers === last;
  report.holds('map.position', placed, 'MAP_MISPLACED', { detail: `#${index}` });
  const leaf = leafHash(utf8(mapEntryText));
  const included = verifyInclusion(index, checkpoint.size, leaf, hashes, checkpoint.root);
  report.holds('log.inclusion', included, 'NOT_INCLUDED', { detail: `#${index}` });
  if (entry.type !== 'map') return undefined;
  return fromHex(entry.root);
}

/** Entries count from 0 without a gap, each names the leaf hash of the one before. */
function checkChain(
  report: ReportBuilder,
  evidenceNo: string,
  proof: CompletenessProof,
  tlog: TlogProof,
): ProvenHistory {
  const loan = toHex(loanKey(evidenceNo));
  const entries: DepositEntry[] = [];
  const leaves: string[] = [];
  let broken: string | undefined;
  for (const text of proof.entryTexts) {
    const entry = parseEntry(text);
    const prev = leaves.at(-1) ?? NO_PREVIOUS;
    if (entry.type !== 'deposit') throw new Error('an entry of the loan is not a deposit');
    if (entry.loan !== loan || entry.seq !== entries.length || entry.prev !== prev) {
      broken ??= `#${entries.length}`;
    }
    entries.push(entry);
    leaves.push(toHex(leafHash(utf8(text))));
  }
  report.holds('history.entries', broken === undefined, 'ENTRIES_BROKEN', {
    detail: broken ?? String(entries.length),
  });
  return { evidenceNo, entries, leaves, tlog };
}

function checkMapValue(
  report: ReportBuilder,
  proof: CompletenessProof,
  { evidenceNo, leaves }: ProvenHistory,
  mapRoot: Uint8Array,
): void {
  const head = leaves.at(-1);
  const value: LoanHead | undefined =
    head === undefined
      ? undefined
      : {
          count: leaves.length,
          head: fromHex(head),
        };
  const right = verifyLoanMap(mapRoot, loanKey(evidenceNo), value, proof.mapProof);
  const detail = String(leaves.length);
  const reason = head === undefined ? 'ABSENCE_NOT_PROVEN' : 'ENTRIES_INCOMPLETE';
  report.holds('map.value', right, reason, { detail });
}

/**
 * Holds a receipt against a completeness proof: an entry that the log key acknowledged and that the
 * loan's proven history lacks is fraud or loss by the log's operator, provable by these two files
 * alone. Never throws.
 */
export function verifyReceipt(
  receiptText: Uint8Array | string,
  completenessText: Uint8Array | string | undefined,
  context: VerifierContext,
): VerificationReport {
  const report = new ReportBuilder();
  try {
    const receipt = parseReceipt(receiptText);
    report.add('proof.form', 'passed', 'OK');
    const { evidenceNo, kind, title, occurredAt, receivedAt } = receipt.statement;
    Object.assign(report.facts, { evidenceNo, kind, title, occurredAt, receivedAt });
    report.facts.leafIndex = receipt.leafIndex;
    const erasure = statedErasure(receipt.statement);
    if (erasure !== undefined) report.facts.erasure = erasure;
    const key = checkSigned(report, 'receipt.signature', receipt.note, receipt.origin, context);
    if (completenessText === undefined) {
      report.notChecked.add('COMPLETENESS');
      return report.finish();
    }
    const proof = new ReportBuilder();
    // Whatever moment was asked for: an entry that was promised below the checkpoint must be there.
    const { asOf, ...timeless } = context;
    const history = completeness(proof, completenessText, timeless);
    report.include(proof.finish(), 'completeness');
    if (asOf !== undefined && history !== undefined) {
      checkFirst(report, history.tlog.checkpoint, history.key, context);
    }
    // An accusation rests on proofs that hold in every part: else the accuser may have cut them.
    if (history !== undefined && key !== undefined && proof.finish().verdict === 'passed') {
      checkKept(report, receipt, key, history);
    }
  } catch (error) {
    addUnreadable(report, 'proof.form', error);
  }
  return report.finish();
}

function checkKept(
  report: ReportBuilder,
  receipt: Receipt,
  key: VerifierKey,
  history: ProvenHistory,
): void {
  const { entry, leafIndex, leafHash: leaf } = receipt;
  const { checkpoint } = history.tlog;
  // Names can be taken twice, keys cannot: another key's log owes nothing to this receipt.
  if (history.key === undefined || !sameKey(history.key, key)) {
    report.add('receipt.kept', 'indeterminate', 'OTHER_LOG');
  } else if (entry.loan !== toHex(loanKey(history.evidenceNo))) {
    report.add('receipt.kept', 'indeterminate', 'OTHER_LOAN');
  } else if (leafIndex >= checkpoint.size - 1) {
    report.add('receipt.kept', 'indeterminate', 'CHECKPOINT_TOO_OLD');
  } else {
    const kept = history.leaves[entry.seq] === toHex(leaf);
    report.holds('receipt.kept', kept, 'OMISSION_PROVEN', { detail: `#${entry.seq}` });
  }
}
