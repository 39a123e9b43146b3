import {
  ASIC_MANIFEST_PATH,
  ASIC_SIGNATURE_PATH,
  isSignedPath,
  parseAsicManifest,
} from '../formats/asic-manifest.ts';
import { equalBytes, utf8 } from '../formats/bytes.ts';
import { encodeSums, SUMS_PATH } from '../formats/case-file.ts';
import { sha256Hex } from '../formats/digest.ts';
import { verifyDetachedCms } from './cms.ts';
import { type ReportBuilder, reasonOf } from './report.ts';
import type { VerifierContext } from './trust.ts';

/** The files of a package by path. */
export type PackageFiles = Map<string, Uint8Array>;

/** Which files `manifest-sha256.txt` lists: all but the container's own and the list itself. */
export function isSummedPath(path: string): boolean {
  return isSignedPath(path) && path !== SUMS_PATH;
}

/**
 * Checks the ASiC-E layer: the signed manifest names every file with its digest and no other, the
 * signature over it holds, and the list for `sha256sum -c` says the same.
 */
export function checkContainer(
  report: ReportBuilder,
  files: PackageFiles,
  context: VerifierContext,
): void {
  checkManifest(report, files);
  checkSums(report, files);
  checkSignature(report, files, context);
}

function checkManifest(report: ReportBuilder, files: PackageFiles): void {
  try {
    const manifest = parseAsicManifest(files.get(ASIC_MANIFEST_PATH) ?? new Uint8Array());
    const listed = new Map(manifest.objects.map(({ path, sha256 }) => [path, sha256]));
    let sound = manifest.signaturePath === ASIC_SIGNATURE_PATH;
    const fail = (reason: 'FILE_UNKNOWN' | 'FILE_MISSING' | 'DIGEST_DIFFERS', subject: string) => {
      report.add('container.manifest', 'failed', reason, { subject });
      sound = false;
    };
    for (const [path, bytes] of files) {
      if (!isSignedPath(path)) {
        const own = ['mimetype', ASIC_MANIFEST_PATH, ASIC_SIGNATURE_PATH].includes(path);
        if (!own) fail('FILE_UNKNOWN', path);
        continue;
      }
      const digest = listed.get(path);
      if (digest === undefined) fail('FILE_UNKNOWN', path);
      else if (digest !== sha256Hex(bytes)) fail('DIGEST_DIFFERS', path);
    }
    for (const path of listed.keys()) if (!files.has(path)) fail('FILE_MISSING', path);
    if (sound) report.add('container.manifest', 'passed', 'OK', { detail: String(listed.size) });
  } catch (error) {
    const more = { subject: ASIC_MANIFEST_PATH, detail: reasonOf(error) };
    report.add('container.manifest', 'failed', 'MALFORMED', more);
  }
}

function checkSums(report: ReportBuilder, files: PackageFiles): void {
  const listed = [...files].filter(([path]) => isSummedPath(path));
  const sums = encodeSums(listed.map(([path, bytes]) => ({ path, sha256: sha256Hex(bytes) })));
  const same = equalBytes(files.get(SUMS_PATH) ?? new Uint8Array(), utf8(sums));
  report.holds('container.sums', same, 'DIGEST_DIFFERS', { subject: SUMS_PATH });
}

function checkSignature(
  report: ReportBuilder,
  files: PackageFiles,
  { policy, now }: VerifierContext,
): void {
  const signature = files.get(ASIC_SIGNATURE_PATH);
  const manifest = files.get(ASIC_MANIFEST_PATH);
  if (signature === undefined || manifest === undefined) {
    report.add('container.signature', 'failed', 'SIGNATURE_MISSING');
    return;
  }
  const trustedRoots = (policy?.signingRoots ?? []).map(({ sha256 }) => sha256);
  const verdict = verifyDetachedCms(signature, manifest, { trustedRoots, at: now });
  if (verdict.signer) report.facts.signer = verdict.signer.subject;
  if (verdict.root) report.facts.signerRoot = verdict.root.fingerprint;
  const reason =
    verdict.result === 'passed'
      ? 'OK'
      : verdict.result === 'indeterminate'
        ? 'SIGNER_NOT_NAMED'
        : 'SIGNER_REFUSED';
  if (verdict.result === 'indeterminate') report.notChecked.add('TRUST');
  const detail =
    verdict.result === 'passed' ? verdict.detail : `${verdict.reason} ${verdict.detail}`.trim();
  report.add('container.signature', verdict.result, reason, { detail });
}
