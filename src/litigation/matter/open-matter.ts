import { calculateClaim } from '../../claim/calculate-claim.ts';
import { depositedRecord } from '../../claim/claim-kinds.ts';
import { fromRecords } from '../../claim/from-records.ts';
import { type ContractTerms, parseRecord } from '../../claim/records.ts';
import type { Artifact, Evidence } from '../../evidence/index.ts';
import { utf8 } from '../../formats/bytes.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { CodedError } from '../../formats/errors.ts';
import type { FilingProfile } from './filing-profile.ts';
import type { Matter, MatterArtifact } from './matter.ts';

export interface MatterRequest {
  evidenceNo: string;
  profile: FilingProfile;
  /** ISO date up to which the claim is calculated. */
  cutOff: string;
  preparedOn: string;
  checkpointSize: number;
}

/**
 * A case's number: the same loan and cut-off give the same case, so a second run does not file it
 * again. Says nothing about the borrower.
 */
export function caseIdOf(evidenceNo: string, cutOff: string): string {
  const digest = sha256Hex(utf8(`cunzheng/v1/case\n${evidenceNo}\n${cutOff}`));
  return `CASE-${cutOff.replaceAll('-', '')}-${digest.slice(0, 12).toUpperCase()}`;
}

/**
 * Opens a loan as a case: reads every deposit up to the checkpoint, the parties, the terms, and
 * calculates the claim. What is missing or wrong is kept for the readiness gate, not thrown: one
 * bad loan stops nothing but itself.
 */
export async function openMatter(evidence: Evidence, request: MatterRequest): Promise<Matter> {
  const { evidenceNo, profile, cutOff, preparedOn, checkpointSize } = request;
  const { reference } = await evidence.loanByEvidenceNo(evidenceNo);
  const history = await evidence.history(evidenceNo, checkpointSize - 1);
  const artifacts: MatterArtifact[] = [];
  for (const artifact of history) artifacts.push(await withRecord(evidence, evidenceNo, artifact));
  const matter: Matter = {
    caseId: caseIdOf(evidenceNo, cutOff),
    evidenceNo,
    reference,
    profile,
    cutOff,
    preparedOn,
    checkpointSize,
    artifacts,
    defendants: defendantsOf(artifacts),
  };
  return { ...matter, ...termsOf(artifacts), ...claimOf(artifacts, cutOff) };
}

async function withRecord(
  evidence: Evidence,
  evidenceNo: string,
  { leafIndex, leafHash, statement, statementText }: Artifact,
): Promise<MatterArtifact> {
  const { seq } = statement;
  const out: MatterArtifact = { seq, leafIndex, leafHash, statement, statementText };
  if (statement.file.mediaType !== 'application/json') return out;
  const bytes = await evidence.content(evidenceNo, seq);
  const deposited = depositedRecord(statement, bytes);
  return deposited?.record == null ? out : { ...out, record: deposited.record };
}

/** The latest identity of each party: a corrected record supersedes the earlier one. */
function defendantsOf(artifacts: MatterArtifact[]): Matter['defendants'] {
  const parties = new Map<string, Matter['defendants'][number]>();
  for (const { seq, statement, record } of artifacts) {
    if (statement.kind !== 'identity' || record === undefined) continue;
    const identity = readRecord('identity', record);
    if (identity === undefined || identity.role === 'lender') continue;
    const key = `${identity.role ?? 'borrower'} ${identity.clientReference ?? identity.name ?? ''}`;
    parties.set(key, { identity, seq });
  }
  const order = ['borrower', 'co-borrower', 'guarantor', 'third-party'];
  const rank = (role: string | undefined) => order.indexOf(role ?? 'borrower');
  return [...parties.values()].sort((a, b) => rank(a.identity.role) - rank(b.identity.role));
}

function readRecord<K extends Parameters<typeof parseRecord>[0]>(
  kind: K,
  record: MatterArtifact['record'],
) {
  try {
    return record === undefined ? undefined : parseRecord(kind, record);
  } catch {
    // The gate reports every malformed record by its number; here it just does not count.
    return undefined;
  }
}

function termsOf(artifacts: MatterArtifact[]): Pick<Matter, 'terms'> {
  const found = artifacts.find(({ statement }) => statement.kind === 'contract-terms');
  const terms: ContractTerms | undefined = readRecord('contract-terms', found?.record);
  return found === undefined || terms === undefined ? {} : { terms: { ...terms, seq: found.seq } };
}

function claimOf(
  artifacts: MatterArtifact[],
  cutOff: string,
): Pick<Matter, 'claim' | 'claimProblem'> {
  const records = artifacts.flatMap(({ seq, statement: { kind, occurredAt }, record }) =>
    record === undefined && kind !== 'extension'
      ? []
      : [{ seq, kind, occurredAt, record: record ?? null }],
  );
  try {
    return { claim: calculateClaim(fromRecords(records), cutOff) };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { claimProblem: { code: error.code, message: error.message } };
  }
}
