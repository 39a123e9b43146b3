import type { Evidence } from '../../evidence/index.ts';
import type { CaseContext } from './case-context.ts';

/**
 * Leaves an entry of kind `exported` in the loan's history: which entries are exhibits of a package,
 * for which case and court. Called before the package is handed to anybody. The same case built
 * again on the same day adds nothing.
 */
export async function recordPackage(
  { matter, exhibits }: CaseContext,
  { custody }: Pick<Evidence, 'custody'>,
): Promise<void> {
  const { caseId, evidenceNo, profile } = matter;
  const seqs = exhibits.flatMap(({ files }) => files.map(({ artifact }) => artifact.seq));
  if (seqs.length === 0) return;
  const ground =
    profile.jurisdiction === 'cn'
      ? `起诉准备，案件 ${caseId}`
      : `Preparing the claim, case ${caseId}`;
  await custody.discloseDaily(
    evidenceNo,
    { by: (profile.plaintiff.name ?? profile.name).slice(0, 150), ground },
    { kind: 'exported', to: profile.court.name, what: 'package', caseId, seqs },
  );
}
