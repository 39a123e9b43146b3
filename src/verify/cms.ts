import { sha1 } from '@noble/hashes/legacy.js';
import { type ChainReason, type ChainVerdict, checkChain } from './certificate-chain.ts';
import { CMS_OID, parseSignedData, type SignedData, signingTimeOf } from './cms-structure.ts';
import { DerError, type DerNode, derAt, derChildren, expectTag } from './der.ts';
import { oidOf, sameBytes, TAG } from './der-values.ts';
import {
  digest,
  HASH_OIDS,
  type HashName,
  parseSignatureAlgorithm,
  verifySignature,
} from './public-key.ts';
import { type Certificate, parseCertificate } from './x509.ts';

export type SignatureReason =
  | ChainReason
  /** Not a CMS signature, or a broken one. */
  | 'CMS_MALFORMED'
  /** BER that is not DER: legal elsewhere, not read here. */
  | 'ENCODING_NOT_SUPPORTED'
  /** A legal CMS feature that this verifier does not judge. */
  | 'CMS_NOT_SUPPORTED'
  /** The signed content is not the content at hand. */
  | 'CONTENT_CHANGED'
  /** The signature was not made by the key of the signer's certificate. */
  | 'SIGNATURE_WRONG'
  | 'SIGNER_CERTIFICATE_MISSING'
  /** No signing-certificate attribute: the certificate could be exchanged (CAdES B-B needs it). */
  | 'SIGNER_CERTIFICATE_NOT_BOUND'
  /** A certificate lies in the signature that does not belong to the signer's chain. */
  | 'CERTIFICATE_UNUSED'
  /** Attributes or lists that no signature covers and that were not judged. */
  | 'UNSIGNED_PARTS'
  /** One of the verifier's own roots is no certificate. */
  | 'POLICY_ROOT_INVALID';

export interface SignerSummary {
  subject: string;
  issuer: string;
  /** Lower-case hex. */
  serial: string;
  /** SHA-256 of the certificate, lower-case hex. */
  fingerprint: string;
  notBefore: Date;
  notAfter: Date;
}

export interface SignatureVerdict {
  result: 'passed' | 'failed' | 'indeterminate';
  reason: SignatureReason;
  /** For people: what exactly, in one phrase; may be empty. */
  detail: string;
  signer?: SignerSummary;
  /** Fingerprint of the last certificate of the chain: what a verifier would have to name. */
  root?: SignerSummary;
  /** The signer's own word; nothing proves it. */
  signingTime?: Date;
  /** A time stamp over the signature lies beside it; it is not judged here. */
  hasTimestamp?: boolean;
}

export interface SignatureOptions {
  /** The verifier's own roots or signers: DER certificates, or SHA-256 fingerprints in hex. */
  trustedRoots: readonly (Uint8Array | string)[];
  /** When every certificate must have been valid: the proven time, or the claimed one. */
  at: Date;
  /**
   * The signature comes from another program: certificates that lie in it without need are a doubt
   * then. In our own form they are a fault, since a change of their bytes would go unnoticed.
   */
  foreign?: boolean;
}

export interface AttachedOptions extends SignatureOptions {
  /** OID that the content must have, e.g. that of TSTInfo. */
  contentType: string;
  /** OID that the signer's extended key usage must hold. */
  extendedKeyUsage?: string;
  /** Certificates from beside the structure that the chain may need; nobody vouches for them. */
  otherCertificates?: readonly Uint8Array[];
}

export interface AttachedVerdict extends SignatureVerdict {
  content?: Uint8Array;
  /** From the signer upwards, as far as it could be followed. */
  chain?: Certificate[];
}

interface JudgeOptions extends AttachedOptions {
  unused: 'failed' | 'indeterminate' | 'allowed';
  onChain?: (chain: Certificate[]) => void;
}

/**
 * Judges a detached CAdES signature (EN 319 122-1 B-B; RFC 5652) over `content`. Never throws.
 * `passed`: made over exactly these bytes, by a key that a root named in `trustedRoots` vouches
 * for, with nothing else in the structure. Revocation is not checked; a report must say so.
 */
export function verifyDetachedCms(
  cms: Uint8Array,
  content: Uint8Array,
  options: SignatureOptions,
): SignatureVerdict {
  return guarded(cms, () => {
    const data = parseSignedData(cms);
    if (data.content !== undefined) return failed('CMS_MALFORMED', 'the content is inside');
    const unused = options.foreign === true ? 'indeterminate' : 'failed';
    return judge(data, content, { ...options, contentType: CMS_OID.data, unused });
  });
}

/**
 * Judges a CMS signature that carries its content, such as an RFC 3161 token. Never throws.
 * The content is given back whatever the verdict, so that it can be shown.
 */
export function verifyAttachedCms(cms: Uint8Array, options: AttachedOptions): AttachedVerdict {
  const told: { content?: Uint8Array; chain?: Certificate[] } = {};
  const onChain = (chain: Certificate[]) => {
    told.chain = chain;
  };
  const verdict = guarded(cms, () => {
    const data = parseSignedData(cms);
    if (data.content === undefined) return failed('CMS_MALFORMED', 'there is no content inside');
    told.content = data.content;
    return judge(data, data.content, { ...options, unused: 'allowed', onChain });
  });
  return { ...verdict, ...told };
}

const failed = (reason: SignatureReason, detail: string): SignatureVerdict => ({
  result: 'failed',
  reason,
  detail,
});

const indeterminate = (reason: SignatureReason, detail: string): SignatureVerdict => ({
  result: 'indeterminate',
  reason,
  detail,
});

/** A chain of 16 certificates and a signature take a few dozen KB; more only serves to cost time. */
const MAX_CMS_BYTES = 1 << 20;

/**
 * Turns what the parsers throw into a verdict. Another error (a library that refuses a key, memory)
 * must not let a hostile file bring its verifier down, and never counts in its favour.
 */
function guarded(cms: Uint8Array, judgement: () => SignatureVerdict): SignatureVerdict {
  if (cms.length > MAX_CMS_BYTES) {
    return indeterminate('CMS_NOT_SUPPORTED', `a signature of ${cms.length} bytes`);
  }
  try {
    return judgement();
  } catch (error) {
    if (!(error instanceof DerError)) return indeterminate('CMS_NOT_SUPPORTED', 'unreadable');
    return error.code === 'DER_NOT_CANONICAL'
      ? indeterminate('ENCODING_NOT_SUPPORTED', error.message)
      : failed('CMS_MALFORMED', error.message);
  }
}

function judge(data: SignedData, content: Uint8Array, options: JudgeOptions): SignatureVerdict {
  const hash = hashOf(data.signer.digestAlgorithm);
  if (hash === undefined) return indeterminate('ALGORITHM_NOT_SUPPORTED', 'digest algorithm');
  const odd = unsupportedPart(data, options.contentType);
  if (odd !== undefined) return indeterminate('CMS_NOT_SUPPORTED', odd);
  const certificates = data.certificates.map((der) => parseCertificate(der));
  const signer = certificates.find(
    (certificate) =>
      sameBytes(certificate.issuerDer, data.signer.issuerDer) &&
      sameBytes(certificate.serialDer, data.signer.serialDer),
  );
  if (signer === undefined) return failed('SIGNER_CERTIFICATE_MISSING', '');
  const fault = signatureFault(data, content, signer, hash, options.contentType);
  const verdict = fault ?? judgeSigner(data, signer, certificates, options);
  const time = signingTimeOf(data.signer);
  const hasTimestamp = data.signer.unsignedAttributes.includes(CMS_OID.signatureTimestamp);
  const told = { ...verdict, signer: summaryOf(signer), hasTimestamp };
  return time === undefined ? told : { ...told, signingTime: time };
}

/** The arithmetic: digest, attributes, signature, binding to the certificate. */
function signatureFault(
  data: SignedData,
  content: Uint8Array,
  signer: Certificate,
  hash: HashName,
  contentType: string,
): SignatureVerdict | undefined {
  const { attributes, signedBytes, signature } = data.signer;
  const typeValue = attributes.get(CMS_OID.contentType);
  const digestValue = attributes.get(CMS_OID.messageDigest);
  if (typeValue === undefined || digestValue === undefined) {
    return failed('CMS_MALFORMED', 'content type or message digest is not signed');
  }
  if (oidOf(typeValue) !== contentType) return failed('CMS_MALFORMED', 'another content type');
  const algorithm = parseSignatureAlgorithm(data.signer.signatureAlgorithm, hash);
  const unsupported = [algorithm, signer.publicKey].find((part) => part.kind === 'unsupported');
  if (unsupported?.kind === 'unsupported') {
    return indeterminate('ALGORITHM_NOT_SUPPORTED', unsupported.algorithm);
  }
  if (algorithm.kind !== 'unsupported' && algorithm.hash !== hash) {
    return failed('CMS_MALFORMED', 'two different hash algorithms');
  }
  if (!sameBytes(expectTag(digestValue, TAG.octetString).content, digest(hash, content))) {
    return failed('CONTENT_CHANGED', '');
  }
  if (!verifySignature(signer.publicKey, algorithm, signedBytes, signature)) {
    return failed('SIGNATURE_WRONG', '');
  }
  if (!algorithmsProtected(data)) return failed('SIGNATURE_WRONG', 'an algorithm was exchanged');
  return bindingFault(data, signer);
}

/** RFC 6211: the attribute repeats the two algorithm fields that no signature covers otherwise. */
function algorithmsProtected(data: SignedData): boolean {
  const value = data.signer.attributes.get(CMS_OID.algorithmProtection);
  if (value === undefined) return true;
  const [hash, signature] = derChildren(expectTag(value, TAG.sequence));
  const asSequence = signature?.der.slice() ?? new Uint8Array();
  if (asSequence[0] === 0xa1) asSequence[0] = TAG.sequence;
  return (
    hash !== undefined &&
    sameBytes(hash.der, data.signer.digestAlgorithm.der) &&
    sameBytes(asSequence, data.signer.signatureAlgorithm.der)
  );
}

/** ESS signing-certificate-v2 (RFC 5035 §3), or its SHA-1 forerunner in older time stamps. */
function bindingFault(data: SignedData, signer: Certificate): SignatureVerdict | undefined {
  const { attributes } = data.signer;
  const current = attributes.get(CMS_OID.signingCertificateV2);
  const value = current ?? attributes.get(CMS_OID.signingCertificate);
  if (value === undefined) return indeterminate('SIGNER_CERTIFICATE_NOT_BOUND', '');
  const list = derChildren(derAt(derChildren(expectTag(value, TAG.sequence)), 0, TAG.sequence));
  const fields = derChildren(derAt(list, 0, TAG.sequence));
  // ESSCertIDv2 names its hash when it is not SHA-256; ESSCertID has no such field.
  const named = current !== undefined && fields[0]?.tag === TAG.sequence ? fields[0] : undefined;
  const bound = derAt(fields, named === undefined ? 0 : 1, TAG.octetString).content;
  const hash = named === undefined ? 'sha256' : hashOf(named);
  if (hash === undefined) return indeterminate('ALGORITHM_NOT_SUPPORTED', 'certificate hash');
  const actual = current === undefined ? sha1(signer.der) : digest(hash, signer.der);
  return sameBytes(bound, actual) ? undefined : failed('SIGNATURE_WRONG', 'another certificate');
}

function judgeSigner(
  data: SignedData,
  signer: Certificate,
  certificates: Certificate[],
  options: JudgeOptions,
): SignatureVerdict {
  const roots = options.trustedRoots.filter((root) => typeof root !== 'string').map(tryParse);
  const known = roots.filter((root) => root !== undefined);
  if (known.length !== roots.length) return indeterminate('POLICY_ROOT_INVALID', '');
  const fingerprints = options.trustedRoots.filter((root) => typeof root === 'string');
  const { at, extendedKeyUsage } = options;
  const trust = { roots: known, fingerprints, at };
  const limits = extendedKeyUsage === undefined ? trust : { ...trust, extendedKeyUsage };
  const beside = (options.otherCertificates ?? []).map(tryParse).filter((one) => one !== undefined);
  const chain = checkChain(signer, [...certificates, ...beside], limits);
  options.onChain?.(chain.chain);
  const rest =
    chain.result === 'failed' ? undefined : leftOver(data, certificates, chain, options.unused);
  const top = chain.chain.at(-1);
  const verdict = rest ?? { result: chain.result, reason: chain.reason, detail: chain.detail };
  return top === undefined ? verdict : { ...verdict, root: summaryOf(top) };
}

/** Parts of the structure that the signature does not reach and the chain does not explain. */
function leftOver(
  data: SignedData,
  certificates: Certificate[],
  verdict: ChainVerdict,
  unused: JudgeOptions['unused'],
): SignatureVerdict | undefined {
  const used = new Set(verdict.chain.map((certificate) => certificate.fingerprint));
  const stranger = certificates.find((certificate) => !used.has(certificate.fingerprint));
  const twice = new Set(certificates.map(({ fingerprint }) => fingerprint));
  // A chain that could not be followed to its end leaves certificates over; say why it ended.
  const ended = verdict.reason === 'SIGNER_TRUSTED' || verdict.reason === 'SIGNER_NOT_NAMED';
  const surplus = stranger !== undefined || twice.size !== certificates.length;
  if (ended && surplus && unused !== 'allowed') {
    const detail = stranger === undefined ? 'one stands twice' : `"${stranger.subject}"`;
    return { result: unused, reason: 'CERTIFICATE_UNUSED', detail };
  }
  const unsigned = [
    ...data.signer.unsignedAttributes,
    ...(data.hasRevocationLists ? ['revocation lists'] : []),
  ];
  if (unsigned.length > 0 && verdict.result === 'passed') {
    return indeterminate('UNSIGNED_PARTS', unsigned.join(', '));
  }
  return undefined;
}

/** The one form that signers of such signatures use; other forms are legal but not judged. */
function unsupportedPart(data: SignedData, contentType: string): string | undefined {
  const version = data.contentType === CMS_OID.data ? 1 : 3;
  const algorithms = data.digestAlgorithms;
  if (data.contentType !== contentType) return `content of type ${data.contentType}`;
  if (data.version !== version || data.signer.version !== 1) return 'another version';
  const same = algorithms.every((node) => sameBytes(node.der, data.signer.digestAlgorithm.der));
  return same && algorithms.length === 1 ? undefined : 'several digest algorithms';
}

/** Parameters of the SHA-2 identifiers are absent or NULL (RFC 5754 §2). */
function hashOf(algorithm: DerNode): HashName | undefined {
  const fields = derChildren(algorithm);
  const plain = fields.length === 1 || (fields.length === 2 && fields[1]?.der.join() === '5,0');
  return plain ? HASH_OIDS[oidOf(derAt(fields, 0, TAG.oid))] : undefined;
}

function tryParse(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch {
    return undefined;
  }
}

const summaryOf = (certificate: Certificate): SignerSummary => ({
  subject: certificate.subject,
  issuer: certificate.issuer,
  serial: certificate.serial,
  fingerprint: certificate.fingerprint,
  notBefore: certificate.notBefore,
  notAfter: certificate.notAfter,
});
