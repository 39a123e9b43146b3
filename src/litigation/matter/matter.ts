import type { Claim } from '../../claim/claim.ts';
import type { ContractTerms, IdentityRecord } from '../../claim/records.ts';
import type { Json } from '../../formats/jcs.ts';
import type { Statement } from '../../formats/statement.ts';
import type { FilingProfile } from './filing-profile.ts';

/** One deposit of the loan as a case sees it. */
export interface MatterArtifact {
  seq: number;
  leafIndex: number;
  /** Hex. */
  leafHash: string;
  statement: Statement;
  statementText: string;
  /** The record, when the deposit is a structured one. */
  record?: Json;
}

/** A loan opened as a case: what is known of it on the day of filing. */
export interface Matter {
  caseId: string;
  evidenceNo: string;
  /** The lender's own loan identifier. */
  reference: string;
  profile: FilingProfile;
  /** ISO date up to which the claim is calculated. */
  cutOff: string;
  /** ISO date of preparation. */
  preparedOn: string;
  /** Size of the checkpoint that everything in the case refers to. */
  checkpointSize: number;
  artifacts: MatterArtifact[];
  /** Borrower first, then co-borrowers and guarantors. */
  defendants: { identity: IdentityRecord; seq: number }[];
  terms?: ContractTerms & { seq: number };
  claim?: Claim;
  /** Why there is no claim, when there is none. */
  claimProblem?: { code: string; message: string };
}

/** How grave a finding is: `block` stops the filing, `review` asks a person, `note` informs. */
export type Severity = 'block' | 'review' | 'note';

/** One finding of the readiness gate. */
export interface Finding {
  /** Stable code such as `NOT_IN_ARREARS`. */
  code: string;
  severity: Severity;
  /** The rule it rests on: an article of law, or the profile's own requirement. */
  rule: string;
  /** What was found, in both languages; no personal data. */
  zh: string;
  en: string;
  /** How to cure it, in both languages. */
  cureZh: string;
  cureEn: string;
  /** Deposits concerned. */
  seqs: number[];
}

/** The gate's answer for one loan. */
export interface Readiness {
  ready: boolean;
  findings: Finding[];
}
