import { sameBytes } from './der-values.ts';
import { verifySignature } from './public-key.ts';
import type { Certificate } from './x509.ts';

export type ChainReason =
  /** The chain ends in a root that the verifier's policy names. */
  | 'SIGNER_TRUSTED'
  /** Consistent with itself, but nobody named its root or signer. */
  | 'SIGNER_NOT_NAMED'
  /** A certificate was not valid at the given time. */
  | 'CERTIFICATE_NOT_VALID_AT'
  /** The certificate was not issued for this use. */
  | 'CERTIFICATE_NOT_FOR_SIGNING'
  /** A certificate above the signer may not issue certificates. */
  | 'ISSUER_NOT_A_CA'
  /** A certificate names its issuer, which is here, but was not signed by it. */
  | 'CERTIFICATE_SIGNATURE_WRONG'
  /** A key or algorithm that this verifier does not know. */
  | 'ALGORITHM_NOT_SUPPORTED'
  /** A critical extension that this verifier does not understand. */
  | 'EXTENSION_NOT_SUPPORTED'
  | 'CHAIN_TOO_LONG';

export interface ChainVerdict {
  result: 'passed' | 'failed' | 'indeterminate';
  reason: ChainReason;
  /** For people: which certificate, and why. */
  detail: string;
  /** From the signer upwards, as far as it could be followed. */
  chain: Certificate[];
}

export interface ChainOptions {
  /** The verifier's own roots or signers: DER certificates. */
  roots: readonly Certificate[];
  /** … or their SHA-256 fingerprints in lower-case hex. */
  fingerprints: readonly string[];
  /** The time at which every certificate must have been valid. */
  at: Date;
  /** OID that `extendedKeyUsage` must hold, e.g. that of time-stamping. */
  extendedKeyUsage?: string;
}

const MAX_CHAIN = 8;

/**
 * Follows a certificate up to a root that the verifier has named (RFC 5280 §6, without policies,
 * name constraints and revocation: a report must say that revocation was not checked).
 */
export function checkChain(
  signer: Certificate,
  others: readonly Certificate[],
  options: ChainOptions,
): ChainVerdict {
  const chain = [signer];
  const verdict = (
    result: ChainVerdict['result'],
    reason: ChainReason,
    detail: string,
  ): ChainVerdict => ({ result, reason, detail, chain });
  const misuse = signerFault(signer, options.extendedKeyUsage);
  if (misuse !== undefined) return verdict('failed', 'CERTIFICATE_NOT_FOR_SIGNING', misuse);
  const named = namedFingerprints(options);
  const isNamed = (certificate: Certificate) => named.has(certificate.fingerprint);
  // Named certificates first: of a cross-signed CA the copy that the verifier knows must win.
  const pool = [...options.roots, ...others.filter(isNamed), ...others];
  let anchored = false;
  for (let current = signer; ; ) {
    anchored ||= isNamed(current);
    const fault = supportFault(current);
    // What the verifier named is trusted for its bytes; its own signature proves nothing more.
    if (fault !== undefined && anchored) break;
    if (fault !== undefined) return verdict('indeterminate', fault, nameOf(current));
    const step = issuerOf(current, pool);
    if (step === 'wrong') {
      return verdict('failed', 'CERTIFICATE_SIGNATURE_WRONG', nameOf(current));
    }
    if (step === undefined || step === current) break;
    if (!mayIssue(step, chain.length - 1)) {
      return verdict('failed', 'ISSUER_NOT_A_CA', nameOf(step));
    }
    if (chain.length === MAX_CHAIN) return verdict('indeterminate', 'CHAIN_TOO_LONG', '');
    chain.push(step);
    current = step;
  }
  return judgeTrust(chain, options, verdict);
}

const namedFingerprints = ({ fingerprints, roots }: ChainOptions): Set<string> =>
  new Set([...fingerprints, ...roots.map((root) => root.fingerprint)]);

function judgeTrust(
  chain: Certificate[],
  options: ChainOptions,
  verdict: (result: ChainVerdict['result'], reason: ChainReason, detail: string) => ChainVerdict,
): ChainVerdict {
  const named = namedFingerprints(options);
  const anchor = chain.findIndex((certificate) => named.has(certificate.fingerprint));
  if (anchor === -1) {
    const top = chain.at(-1);
    const detail = `${top ? nameOf(top) : ''}, SHA-256 ${top?.fingerprint ?? ''}`;
    return verdict('indeterminate', 'SIGNER_NOT_NAMED', detail);
  }
  const outside = chain
    .slice(0, anchor + 1)
    .find((certificate) => options.at < certificate.notBefore || options.at > certificate.notAfter);
  if (outside !== undefined) {
    const span = `${outside.notBefore.toISOString()} – ${outside.notAfter.toISOString()}`;
    const detail = `${nameOf(outside)}: ${span}`;
    return verdict('indeterminate', 'CERTIFICATE_NOT_VALID_AT', detail);
  }
  return verdict('passed', 'SIGNER_TRUSTED', nameOf(chain[anchor] as Certificate));
}

/**
 * The issuer by name; of several with that name the one whose key fits. A self-issued certificate
 * is its own end. `wrong`: issuers of that name are here, and none of them signed this.
 */
function issuerOf(
  certificate: Certificate,
  pool: readonly Certificate[],
): Certificate | 'wrong' | undefined {
  const selfIssued = sameBytes(certificate.issuerDer, certificate.subjectDer);
  const named = pool.filter((other) => sameBytes(other.subjectDer, certificate.issuerDer));
  const candidates = selfIssued ? [certificate, ...named] : named;
  const issuer = candidates.find((candidate) => signed(candidate, certificate));
  if (issuer !== undefined) return issuer;
  const usable = candidates.some((candidate) => candidate.publicKey.kind !== 'unsupported');
  return usable ? 'wrong' : undefined;
}

const signed = (issuer: Certificate, certificate: Certificate): boolean =>
  verifySignature(
    issuer.publicKey,
    certificate.signatureAlgorithm,
    certificate.tbsDer,
    certificate.signature,
  );

function supportFault(certificate: Certificate): ChainReason | undefined {
  if (certificate.extensions.unknownCritical.length > 0) return 'EXTENSION_NOT_SUPPORTED';
  const unknown =
    certificate.publicKey.kind === 'unsupported' ||
    certificate.signatureAlgorithm.kind === 'unsupported';
  return unknown ? 'ALGORITHM_NOT_SUPPORTED' : undefined;
}

/** RFC 5280 §4.2.1.3: a document signature needs digitalSignature or nonRepudiation. */
function signerFault(signer: Certificate, extendedKeyUsage?: string): string | undefined {
  const { keyUsage, extendedKeyUsage: allowed } = signer.extensions;
  if (keyUsage && !keyUsage.has('digitalSignature') && !keyUsage.has('nonRepudiation')) {
    return `${nameOf(signer)} may be used for ${[...keyUsage].join(', ')} only`;
  }
  if (extendedKeyUsage !== undefined && !allowed?.includes(extendedKeyUsage)) {
    return `${nameOf(signer)} lacks the extended key usage ${extendedKeyUsage}`;
  }
  return undefined;
}

/** @param below CA certificates between this one and the signer (RFC 5280 §4.2.1.9) */
function mayIssue(issuer: Certificate, below: number): boolean {
  const { basicConstraints, keyUsage } = issuer.extensions;
  if (basicConstraints?.ca !== true) return false;
  if (keyUsage !== undefined && !keyUsage.has('keyCertSign')) return false;
  return basicConstraints.pathLength === undefined || basicConstraints.pathLength >= below;
}

const nameOf = (certificate: Certificate): string => `"${certificate.subject}"`;
