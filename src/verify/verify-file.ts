import { equalBytes, fromHex, toHex, utf8 } from '../formats/bytes.ts';
import { commitment } from '../formats/commitment.ts';
import { sha256Hex, sha512 } from '../formats/digest.ts';
import { type DepositEntry, parseEntry } from '../formats/entry.ts';
import { loanKey } from '../formats/evidence-number.ts';
import { leafHash, verifyInclusion } from '../formats/merkle.ts';
import { type AnchorRecord, parseProofFile } from '../formats/proof-file.ts';
import { parseStatement, type Statement } from '../formats/statement.ts';
import type { TimestampRecord } from '../formats/timestamp.ts';
import { parseTlogProof, type TlogProof } from '../formats/tlog-proof.ts';
import { checkAnchors } from './check-anchors.ts';
import { checkTimestamps } from './check-timestamps.ts';
import { checkWitnesses } from './check-witnesses.ts';
import { addUnreadable, ReportBuilder, type VerificationReport } from './report.ts';
import { statedErasure } from './stated-erasure.ts';
import { checkSigned, type VerifierContext } from './trust.ts';

/** A proof file taken apart. */
export interface OpenedProof {
  statement: Statement;
  statementText: string;
  salt: Uint8Array;
  entry: DepositEntry;
  entryBytes: Uint8Array;
  tlog: TlogProof;
  anchors: AnchorRecord[];
  /** Signature lines of auditors that came along. */
  cosignatures: string[];
  timestamps: TimestampRecord[];
}

/**
 * Takes a proof file apart.
 * @throws FormatError when any part is malformed
 */
export function openProof(text: Uint8Array | string): OpenedProof {
  const proof = parseProofFile(text);
  const entry = parseEntry(proof.entryText);
  if (entry.type !== 'deposit') throw new Error('the proof is not of a deposit');
  return {
    statement: parseStatement(proof.statementText),
    statementText: proof.statementText,
    salt: proof.salt,
    entry,
    entryBytes: utf8(proof.entryText),
    tlog: parseTlogProof(proof.tlogProofText),
    anchors: proof.anchors,
    cosignatures: proof.cosignatures ?? [],
    timestamps: proof.timestamps,
  };
}

/**
 * Checks one file with its proof, offline up to the checkpoint and, with look-ups in the context,
 * up to the chain. Never throws.
 * @param file the original bytes; undefined to check the proof alone
 */
export function verifyFile(
  file: Uint8Array | undefined,
  proofText: Uint8Array | string,
  context: VerifierContext,
): VerificationReport {
  const report = new ReportBuilder();
  report.notChecked.add('TRUTH_OF_CONTENT').add('COMPLETENESS');
  try {
    const proof = openProof(proofText);
    report.add('proof.form', 'passed', 'OK');
    Object.assign(report.facts, factsOf(proof));
    if (file === undefined) report.notChecked.add('ORIGINAL');
    else checkDigest(report, file, proof.statement);
    const erasure = statedErasure(proof.statement);
    if (checkEntry(report, proof) && erasure !== undefined) report.facts.erasure = erasure;
    checkTlog(report, proof, context);
  } catch (error) {
    addUnreadable(report, 'proof.form', error);
  }
  return report.finish();
}

function factsOf({ statement, tlog }: OpenedProof) {
  const { evidenceNo, kind, title, occurredAt, receivedAt } = statement;
  const { index, checkpoint } = tlog;
  return {
    evidenceNo,
    kind,
    title,
    occurredAt,
    receivedAt,
    leafIndex: index,
    checkpointSize: checkpoint.size,
  };
}

function checkDigest(report: ReportBuilder, file: Uint8Array, { file: stated }: Statement): void {
  const same =
    file.length === stated.size &&
    sha256Hex(file) === stated.sha256 &&
    toHex(sha512(file)) === stated.sha512;
  // SM3 is recorded for those who need it; its comparison is left to them.
  report.notChecked.add('SM3');
  report.holds('file.digest', same, 'FILE_CHANGED', { detail: `SHA-256 ${stated.sha256}` });
}

/** Statement and salt give the commitment; the entry belongs to the loan the statement names. */
export function checkEntry(
  report: ReportBuilder,
  {
    statement,
    statementText,
    salt,
    entry,
  }: Omit<OpenedProof, 'tlog' | 'anchors' | 'cosignatures' | 'timestamps'>,
  subject?: string,
): boolean {
  const more = subject === undefined ? {} : { subject };
  const given = commitment(salt, utf8(statementText));
  const committed = equalBytes(given, fromHex(entry.commitment));
  report.holds('statement.commitment', committed, 'STATEMENT_NOT_COMMITTED', more);
  const own = toHex(loanKey(statement.evidenceNo)) === entry.loan && statement.seq === entry.seq;
  report.holds('statement.loan', own, 'LOAN_MISMATCH', more);
  return committed && own;
}

function checkTlog(
  report: ReportBuilder,
  { entryBytes, tlog, anchors, cosignatures, timestamps }: OpenedProof,
  context: VerifierContext,
): void {
  const { checkpoint, index, hashes } = tlog;
  const leaf = leafHash(entryBytes);
  const included = verifyInclusion(index, checkpoint.size, leaf, hashes, checkpoint.root);
  const detail = `#${index}/${checkpoint.size}`;
  report.holds('log.inclusion', included, 'NOT_INCLUDED', { detail });
  const key = checkSigned(
    report,
    'checkpoint.signature',
    checkpoint.note,
    checkpoint.origin,
    context,
  );
  checkAnchors(report, checkpoint, key, anchors, context);
  checkWitnesses(report, tlog.checkpointText, cosignatures, context);
  checkTimestamps(report, tlog, key, timestamps, context);
}
