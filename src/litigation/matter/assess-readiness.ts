import type { Finding, Matter, Readiness, Severity } from './matter.ts';
import {
  claimProblem,
  notInArrears,
  notYetGranted,
  trivialArrears,
} from './rules/arrears-rules.ts';
import { jurisdiction } from './rules/forum-rules.ts';
import { defendantIdentity, duplicateParty } from './rules/identity-rules.ts';
import { calculationDiffers, ledgerContradicts } from './rules/ledger-rules.ts';
import type { Rule } from './rules/matter-facts.ts';
import {
  costDisclosureMissing,
  readByPeople,
  recordInvalid,
  requiredMissing,
  serviceClauseMissing,
  signatureElsewhere,
} from './rules/record-rules.ts';
import { signatureFindings } from './rules/signature-rules.ts';
import {
  clockSteppedBack,
  eventsFromTheFuture,
  lateDeposit,
  limitation,
  repaymentAfterCutOff,
  staleCutOff,
} from './rules/time-rules.ts';

const RULES: readonly Rule[] = [
  claimProblem,
  notInArrears,
  trivialArrears,
  calculationDiffers,
  ledgerContradicts,
  requiredMissing,
  costDisclosureMissing,
  recordInvalid,
  signatureElsewhere,
  signatureFindings,
  defendantIdentity,
  duplicateParty,
  jurisdiction,
  serviceClauseMissing,
  limitation,
  staleCutOff,
  lateDeposit,
  clockSteppedBack,
  repaymentAfterCutOff,
  readByPeople,
  eventsFromTheFuture,
];

const GRAVITY: Record<Severity, number> = { block: 0, review: 1, note: 2 };

/** Chinese readers write 1,234.00元. */
function inYuan(finding: Finding): Finding {
  return { ...finding, zh: finding.zh.replace(/CNY (-?[\d,]+\.\d{2})/g, '$1元') };
}

/** The gravest of some findings; undefined when there are none. */
export function worstSeverity(findings: readonly Finding[]): Severity | undefined {
  const ranks = findings.map(({ severity }) => GRAVITY[severity]);
  return (['block', 'review', 'note'] as const)[Math.min(...ranks)];
}

/**
 * The gate before filing: everything that stands against bringing this loan to court, each finding
 * with the rule it rests on and its cure, the gravest first. `ready` when nothing blocks. Pure: no
 * clock, no store. A loan that did not exist yet on the cut-off is not examined further. Rules and
 * their sources: docs/readiness.md.
 */
export function assessReadiness(matter: Matter): Readiness {
  const early = notYetGranted(matter);
  const findings = early.length > 0 ? early : RULES.flatMap((rule) => rule(matter));
  const sorted = findings.sort((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity]);
  return { ready: worstSeverity(sorted) !== 'block', findings: sorted.map(inYuan) };
}
