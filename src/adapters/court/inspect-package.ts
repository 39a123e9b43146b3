import { toHex, utf8 } from '../../formats/bytes.ts';
import { CASE_PATH, COMPLETENESS_PATH, parseCaseFile } from '../../formats/case-file.ts';
import { logId } from '../../formats/checkpoint.ts';
import type { TrustPolicy } from '../../formats/policy.ts';
import { parseCompletenessProof } from '../../formats/proof-file.ts';
import { parseTlogProof } from '../../formats/tlog-proof.ts';
import { readContainer } from '../../formats/zip-container.ts';
import type { PackageClaims } from '../../litigation/court/ports.ts';
import { trustedLogKeys } from '../../verify/trust.ts';

/**
 * Reads what a package says about itself: its case, and the checkpoint that it rests on, so that the
 * chain can be asked before the verification. Nothing is judged; whatever is unreadable is absent.
 */
export function inspectPackage(zip: Uint8Array, policy: TrustPolicy): PackageClaims {
  const files = filesOf(zip);
  const claims: PackageClaims = {};
  const caseFile = attempt(() => parseCaseFile(files.get(CASE_PATH) ?? utf8('')));
  if (caseFile !== undefined) {
    const { caseId, revision, evidenceNo } = caseFile;
    Object.assign(claims, { caseId, revision, evidenceNo });
  }
  const tlog = attempt(() => {
    const proof = parseCompletenessProof(files.get(COMPLETENESS_PATH) ?? utf8(''));
    return parseTlogProof(proof.mapTlogProofText);
  });
  if (tlog === undefined) return claims;
  const { origin, size, root, note } = tlog.checkpoint;
  claims.checkpoint = { origin, size, root };
  const key = trustedLogKeys(policy).find(
    (known) =>
      known.name === origin &&
      note.signatures.some(({ name, keyId }) => name === origin && keyId === known.keyId),
  );
  if (key !== undefined) claims.logId = toHex(logId(key));
  return claims;
}

function filesOf(zip: Uint8Array): Map<string, Uint8Array> {
  const entries = attempt(() => readContainer(zip)) ?? [];
  return new Map(entries.map(({ path, bytes }) => [path, bytes]));
}

/** Hostile input: a part that does not parse is a part that is not there; the verifier says why. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
