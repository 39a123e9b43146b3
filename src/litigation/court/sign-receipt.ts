import { toHex } from '../../formats/bytes.ts';
import type { TrustPolicy } from '../../formats/policy.ts';
import {
  COURT_RECEIPT_TYPE,
  type CourtChainFinding,
  type CourtDecision,
  type CourtReceiptPayload,
  encodeCourtReceipt,
  MAX_RECEIPT_LENGTH,
} from '../../verify/court-receipt.ts';
import type { VerificationReport } from '../../verify/report.ts';
import { findingsOf } from './findings.ts';
import type { ChainLook, Filing, PackageClaims, ReceiptSigner } from './ports.ts';

/** What a receipt is written from. */
export interface ReceiptFacts {
  filing: Filing;
  claims: PackageClaims;
  policy: TrustPolicy;
  report: VerificationReport;
  look: ChainLook;
  outcome: CourtDecision;
}

/** How many places each finding may name, until the receipt fits into a deposited record. */
const SUBJECT_LIMITS = [1000, 200, 60, 20, 6, 2, 1, 0];

/**
 * The signed receipt. Every finding is in it; where the list of places would be too long it is cut,
 * the count stays, and the full report is bound by its digest.
 */
export function signReceipt(
  signer: ReceiptSigner,
  court: string,
  facts: ReceiptFacts,
  decided: { decidedAt: string; reportSha256: string },
): string {
  let jws = '';
  for (const limit of SUBJECT_LIMITS) {
    const payload = encodeCourtReceipt(payloadOf(court, facts, decided, limit));
    jws = signer.sign(COURT_RECEIPT_TYPE, payload);
    if (jws.length <= MAX_RECEIPT_LENGTH) return jws;
  }
  return jws;
}

function payloadOf(
  court: string,
  { filing, claims, policy, report, look, outcome }: ReceiptFacts,
  { decidedAt, reportSha256 }: { decidedAt: string; reportSha256: string },
  maxSubjects: number,
): CourtReceiptPayload {
  const findings = findingsOf(report, maxSubjects);
  const { checkpoint } = claims;
  return {
    court,
    receiptNo: receiptNoOf(filing),
    sender: filing.sender,
    caseId: claims.caseId ?? null,
    revision: claims.revision ?? null,
    evidenceNo: claims.evidenceNo ?? null,
    packageSha256: filing.sha256,
    packageSize: filing.size,
    receivedAt: filing.receivedAt,
    decidedAt,
    decision: outcome,
    verdict: report.verdict,
    defects: outcome === 'returned' ? findings : [],
    reservations: outcome === 'received' ? findings : [],
    notChecked: report.notChecked,
    checkpoint: checkpoint
      ? { origin: checkpoint.origin, size: checkpoint.size, root: toHex(checkpoint.root) }
      : null,
    chain: chainOf(report, policy),
    chainProblem: look.problems.length === 0 ? null : look.problems.join(', ').slice(0, 500),
    reportSha256,
  };
}

/** Day, running number, and the beginning of the digest: unique even beside a restored backup. */
function receiptNoOf({ id, receivedAt, sha256 }: Filing): string {
  const day = receivedAt.slice(0, 10).replaceAll('-', '');
  return `${day}-${String(id).padStart(6, '0')}-${sha256.slice(0, 8).toUpperCase()}`;
}

function chainOf({ facts }: VerificationReport, policy: TrustPolicy): CourtChainFinding | null {
  const [anchor] = facts.anchors ?? [];
  const registry = policy.registries.find(({ name }) => name === anchor?.target);
  if (anchor === undefined || registry === undefined) return null;
  return {
    registry: registry.name,
    chainId: registry.chainId,
    address: registry.address,
    block: anchor.block,
    blockTime: anchor.blockTime,
  };
}
