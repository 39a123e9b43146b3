import { type DerNode, derAt, derChildren, expectNoMore, expectTag, fail, readDer } from './der.ts';
import { hexOf, oidOf, sameBytes, smallIntegerOf, TAG, timeOf, wholeBitsOf } from './der-values.ts';
import { parseSignatureAlgorithm, type SignatureAlgorithm, verifySignature } from './public-key.ts';
import type { Certificate } from './x509.ts';

/** A certificate revocation list (RFC 5280 §5), as far as a verdict depends on it. */
export interface RevocationList {
  issuerDer: Uint8Array;
  thisUpdate: Date;
  /** Absent = the issuer does not say when the next one comes. */
  nextUpdate?: Date;
  /** By serial number (content octets, lower-case hex). */
  revoked: Map<string, Revocation>;
  /** Says about other certificates, or about a part of the reasons: not judged. */
  isPartial: boolean;
  tbsDer: Uint8Array;
  signatureAlgorithm: SignatureAlgorithm;
  signature: Uint8Array;
}

export interface Revocation {
  at: Date;
  /** CRLReason; absent = the issuer gives none. */
  reason?: number;
}

export interface RevocationVerdict {
  /** `unknown`: no list that is sound, of the right issuer and current at the time. */
  result: 'good' | 'revoked' | 'unknown';
  /** For people: which certificate, and why. */
  detail: string;
}

const EXTENSION = { reason: '2.5.29.21', number: '2.5.29.20', authorityKey: '2.5.29.35' } as const;
/** Issuing distribution point: says which certificates the list is about. */
const DISTRIBUTION_POINT = '2.5.29.28';

/**
 * RFC 3161 §4: a certificate that was given up for one of these reasons (unspecified, affiliation
 * changed, superseded, cessation of operation) leaves what was stamped before as it is. Any other
 * reason, and none, makes every token of the key worthless.
 */
const HARMLESS_REASONS: ReadonlySet<number> = new Set([0, 3, 4, 5]);

/**
 * Reads one list. Its signature is not judged here.
 * @throws DerError when the bytes are not exactly one v2 list in DER
 */
export function parseRevocationList(der: Uint8Array): RevocationList {
  const outer = derChildren(readDer(der, TAG.sequence));
  expectNoMore(outer, 3);
  const tbs = derAt(outer, 0, TAG.sequence);
  const algorithm = derAt(outer, 1, TAG.sequence);
  const fields = derChildren(tbs);
  if (smallIntegerOf(derAt(fields, 0, TAG.integer)) !== 1) fail('DER_UNEXPECTED', 'not a v2 list');
  if (!sameBytes(derAt(fields, 1, TAG.sequence).der, algorithm.der)) {
    fail('DER_UNEXPECTED', 'two different signature algorithms in one list');
  }
  const rest = fields.slice(4);
  const isTime = (node?: DerNode) => node?.tag === TAG.utcTime || node?.tag === TAG.generalizedTime;
  const next = isTime(rest[0]) ? rest.shift() : undefined;
  const entries = rest[0]?.tag === TAG.sequence ? derChildren(rest[0]) : [];
  const partial = new Set<string>();
  const list = {
    issuerDer: derAt(fields, 2, TAG.sequence).der,
    thisUpdate: timeOf(fields[3] ?? tbs),
    ...(next === undefined ? {} : { nextUpdate: timeOf(next) }),
    revoked: new Map(entries.map((entry) => readEntry(entry, partial))),
    tbsDer: tbs.der,
    signatureAlgorithm: parseSignatureAlgorithm(algorithm),
    signature: wholeBitsOf(derAt(outer, 2, TAG.bitString)),
  };
  readExtensions(rest.at(-1), partial);
  return { ...list, isPartial: partial.size > 0 };
}

function readEntry(node: DerNode, partial: Set<string>): [string, Revocation] {
  const fields = derChildren(expectTag(node, TAG.sequence));
  const serial = hexOf(derAt(fields, 0, TAG.integer).content);
  const at = timeOf(fields[1] ?? node);
  let reason: number | undefined;
  for (const { oid, critical, value } of extensionsOf(fields[2])) {
    if (oid === EXTENSION.reason) reason = value.at(-1);
    else if (critical) partial.add(oid);
  }
  return [serial, reason === undefined ? { at } : { at, reason }];
}

function readExtensions(wrapped: DerNode | undefined, partial: Set<string>): void {
  if (wrapped?.tag !== 0xa0) return;
  for (const { oid, critical, value } of extensionsOf(derChildren(wrapped)[0])) {
    if (oid === DISTRIBUTION_POINT && isWhole(value)) continue;
    if (critical && oid !== EXTENSION.number && oid !== EXTENSION.authorityKey) partial.add(oid);
  }
}

/** [0] the place itself and [1] only end-user certificates do not narrow it for a signer. */
const isWhole = (value: Uint8Array): boolean =>
  derChildren(readDer(value, TAG.sequence)).every(({ tag }) => tag === 0xa0 || tag === 0x81);

function extensionsOf(node: DerNode | undefined) {
  if (node === undefined) return [];
  return derChildren(expectTag(node, TAG.sequence)).map((extension) => {
    const fields = derChildren(extension);
    const critical = fields[1]?.tag === TAG.boolean;
    const value = derAt(fields, critical ? 2 : 1, TAG.octetString).content;
    return { oid: oidOf(derAt(fields, 0, TAG.oid)), critical, value };
  });
}

/**
 * Whether any certificate of a chain was revoked so that a signature of `at` is worth nothing.
 * @param chain from the signer up to the certificate that the verifier named, which is not judged
 * @param lists those at hand; unreadable ones and ones of others are passed over. Never throws
 */
export function checkRevocation(
  chain: readonly Certificate[],
  lists: readonly Uint8Array[],
  at: Date,
): RevocationVerdict {
  const parsed = lists.map(tryParse).filter((list) => list !== undefined);
  let unknown: Certificate | undefined;
  for (const [index, certificate] of chain.slice(0, -1).entries()) {
    const issuer = chain[index + 1] as Certificate;
    const own = parsed.filter((list) => isOf(list, certificate, issuer));
    const revocation = own.map((list) => list.revoked.get(certificate.serial)).find(Boolean);
    if (revocation !== undefined && isFatal(revocation, at)) {
      const why =
        revocation.reason === undefined ? 'no reason given' : `reason ${revocation.reason}`;
      const detail = `"${certificate.subject}" on ${revocation.at.toISOString()}, ${why}`;
      return { result: 'revoked', detail };
    }
    const current = own.some(({ nextUpdate }) => nextUpdate === undefined || nextUpdate >= at);
    if (!current) unknown ??= certificate;
  }
  if (unknown === undefined) return { result: 'good', detail: '' };
  return { result: 'unknown', detail: `no current list for "${unknown.subject}"` };
}

const isFatal = ({ at: revokedAt, reason }: Revocation, at: Date): boolean =>
  revokedAt <= at || reason === undefined || !HARMLESS_REASONS.has(reason);

function isOf(list: RevocationList, { issuerDer }: Certificate, issuer: Certificate): boolean {
  const { keyUsage } = issuer.extensions;
  return (
    !list.isPartial &&
    sameBytes(list.issuerDer, issuerDer) &&
    (keyUsage === undefined || keyUsage.has('cRLSign')) &&
    verifySignature(issuer.publicKey, list.signatureAlgorithm, list.tbsDer, list.signature)
  );
}

function tryParse(der: Uint8Array): RevocationList | undefined {
  try {
    return parseRevocationList(der);
  } catch {
    return undefined;
  }
}
