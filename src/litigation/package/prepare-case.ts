import { checkpointRoot } from '../../evidence/index.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { keyFingerprint, parseVerifierKey } from '../../formats/note.ts';
import type { TrustPolicy } from '../../formats/policy.ts';
import type { VerificationReport } from '../../verify/report.ts';
import { verifyPackage } from '../../verify/verify-package.ts';
import { LitigationError } from '../errors.ts';
import { assessReadiness } from '../matter/assess-readiness.ts';
import type { Matter, Readiness } from '../matter/matter.ts';
import { type MatterRequest, openMatter } from '../matter/open-matter.ts';
import type { ContainerWriter } from '../ports.ts';
import { buildPackageContent, type PackagePorts } from './build-package.ts';
import type { CaseContext } from './case-context.ts';
import { planExhibits } from './plan-exhibits.ts';
import { recordPackage } from './record-package.ts';
import { sealPackage } from './seal-package.ts';
import { statedTimestamps } from './stated-timestamps.ts';

export interface CasePorts extends PackagePorts {
  container: ContainerWriter;
  /** The installation's own policy: says what the times of its anchors are worth. */
  policy: TrustPolicy;
}

/** A package that our own verifier has passed. */
export interface PreparedPackage {
  bytes: Uint8Array;
  sha256: string;
  pageCount: number;
  exhibits: number;
  report: VerificationReport;
}

/** What became of one loan. */
export interface PreparedCase {
  matter: Matter;
  readiness: Readiness;
  /** Absent when the gate blocks the filing. */
  prepared?: PreparedPackage;
}

/**
 * Takes one loan from deposits to a finished package: opens the case, asks the readiness gate,
 * renders, merges, signs, and checks the result with the same verifier that a court uses. A package
 * that it does not pass is never handed out, nor one whose record in the loan's history cannot be written.
 * @throws LitigationError PACKAGE_REJECTED; what renderer, signer and the custody desk throw
 */
export async function prepareCase(
  request: MatterRequest,
  revision: number,
  ports: CasePorts,
): Promise<PreparedCase> {
  const matter = await openMatter(ports.evidence, request);
  const readiness = assessReadiness(matter);
  if (!readiness.ready) return { matter, readiness };
  const context = await openContext(matter, ports);
  const { files, bundle } = await buildPackageContent(context, revision, ports);
  const bytes = await sealPackage(files, ports);
  const report = verifyPackage(bytes, { policy: ports.policy, now: ports.clock.now() });
  if (report.verdict !== 'passed') throw rejected(matter, report);
  await recordPackage(context, ports.evidence);
  return {
    matter,
    readiness,
    prepared: {
      bytes,
      sha256: sha256Hex(bytes),
      pageCount: bundle.pageCount,
      exhibits: context.exhibits.length,
      report,
    },
  };
}

/** Everything the documents need besides the matter itself. */
export async function openContext(matter: Matter, ports: CasePorts): Promise<CaseContext> {
  const { evidence, policy } = ports;
  const { evidenceNo, checkpointSize, artifacts, profile } = matter;
  const checkpoint = await evidence.checkpoint(checkpointSize);
  const anchors = await evidence.anchorsOf(checkpoint);
  const timestamps = await evidence.timestampsOf(checkpoint);
  const exhibits = await planExhibits(profile.jurisdiction, artifacts, ({ seq }) =>
    evidence.content(evidenceNo, seq),
  );
  const key = parseVerifierKey(evidence.vkey);
  return {
    matter,
    exhibits,
    log: { origin: key.name, vkey: key.vkey, keyFingerprint: keyFingerprint(key) },
    checkpoint: {
      size: checkpoint.size,
      root: checkpointRoot(checkpoint),
      publishedAt: checkpoint.publishedAt,
    },
    leafHashes: artifacts.map(({ leafHash }) => leafHash),
    anchors: anchors.map((anchor) => ({ ...anchor, timeWeight: weightOf(policy, anchor.target) })),
    timestamps: statedTimestamps(timestamps, checkpoint, policy, ports.clock.now()),
  };
}

function weightOf(policy: TrustPolicy, target: string) {
  return policy.registries.find(({ name }) => name === target)?.timeWeight ?? 'none';
}

function rejected(matter: Matter, report: VerificationReport): LitigationError {
  const worst = report.checks.filter(({ verdict }) => verdict !== 'passed').slice(0, 3);
  const why = worst.map(({ id, subject, reason, detail }) =>
    [id, subject, reason, detail].filter(Boolean).join(' '),
  );
  return new LitigationError(
    'PACKAGE_REJECTED',
    `case ${matter.caseId}: our own verifier does not pass the package: ${why.join('; ')}`,
    'Nothing was filed. Report this case with the message.',
  );
}
