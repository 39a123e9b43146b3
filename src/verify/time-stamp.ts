import { fromBase64, fromHex } from '../formats/bytes.ts';
import { leafHash, rootFromInclusion } from '../formats/merkle.ts';
import {
  archivedTimestamp,
  renewalStatement,
  type TimestampEvidence,
  type TimestampRecord,
  type TimestampRenewal,
} from '../formats/timestamp.ts';
import { type AttachedVerdict, type SignatureReason, verifyAttachedCms } from './cms.ts';
import { parseSignedData } from './cms-structure.ts';
import { sameBytes } from './der-values.ts';
import { digest } from './public-key.ts';
import { checkRevocation } from './revocation-list.ts';
import {
  parseTokenInfo,
  TIME_STAMPING_OID,
  type TokenInfo,
  TST_INFO_OID,
} from './time-stamp-token.ts';
import type { Certificate } from './x509.ts';

export type TimestampReason =
  | SignatureReason
  /** The token is over other bytes. */
  | 'IMPRINT_DIFFERS'
  /** The certificate is not one for time stamps only, or does not say so critically. */
  | 'NOT_FOR_TIME_STAMPING'
  /** A list that came along says that the certificate was revoked. */
  | 'CERTIFICATE_REVOKED'
  /** The certificate has ended since, and nothing shows that the token was there before. */
  | 'TOKEN_LAPSED'
  /** A renewing token is not over the one before it. */
  | 'RENEWAL_DIFFERS';

export interface TimestampVerdict {
  result: 'passed' | 'failed' | 'indeterminate';
  reason: TimestampReason;
  /** For people; may be empty. */
  detail: string;
  info?: TokenInfo;
  /** Name in the signer's certificate. */
  authority?: string;
  /** Fingerprint of the named root that the chain ends in. */
  root?: string;
  /** Fingerprint of the last certificate of the chain: what a verifier would have to name. */
  top?: string;
  /** End of the signer's certificate. */
  endsAt?: Date;
  /** Whether revocation lists for the whole chain were at hand and current. */
  revocationChecked: boolean;
  chain: Certificate[];
}

export interface TimestampOptions {
  /** The verifier's own roots: DER certificates, or SHA-256 fingerprints in hex. */
  trustedRoots: readonly (Uint8Array | string)[];
}

/**
 * Judges one RFC 3161 token over `stamped`: signature, imprint, certificate valid at the stated
 * time, issued for time-stamping alone, chain to a named root, not revoked by the lists at hand.
 * Never throws.
 */
export function verifyTimestampToken(
  evidence: TimestampEvidence,
  stamped: Uint8Array,
  { trustedRoots }: TimestampOptions,
): TimestampVerdict {
  const token = fromBase64(evidence.token);
  const info = tryInfo(token);
  const verdict = verifyAttachedCms(token, {
    contentType: TST_INFO_OID,
    extendedKeyUsage: TIME_STAMPING_OID,
    otherCertificates: evidence.certificates.map(fromBase64),
    trustedRoots,
    at: info?.time ?? new Date(0),
  });
  const told = summaryOf(verdict, info, trustedRoots);
  const worse = (result: TimestampVerdict['result'], reason: TimestampReason, detail = '') => ({
    ...told,
    result,
    reason,
    detail,
  });
  if (verdict.result === 'failed' || verdict.content === undefined) return told;
  if (info === undefined) return worse('failed', 'CMS_MALFORMED', 'no TSTInfo');
  if (info.hash === undefined) return worse('indeterminate', 'ALGORITHM_NOT_SUPPORTED', 'imprint');
  if (!sameBytes(info.imprint, digest(info.hash, stamped))) {
    return worse('failed', 'IMPRINT_DIFFERS');
  }
  const signer = verdict.chain?.[0];
  if (signer !== undefined && !isForStampsAlone(signer)) {
    return worse('failed', 'NOT_FOR_TIME_STAMPING', `"${signer.subject}"`);
  }
  const lists = evidence.crls.map(fromBase64);
  const revocation = checkRevocation(told.chain, lists, info.time);
  if (revocation.result === 'revoked') {
    return worse('failed', 'CERTIFICATE_REVOKED', revocation.detail);
  }
  return { ...told, revocationChecked: revocation.result === 'good' };
}

/** RFC 3161 §2.3: one key purpose, time-stamping, in a critical extension. */
function isForStampsAlone({ extensions }: Certificate): boolean {
  const { extendedKeyUsage = [], extendedKeyUsageIsCritical } = extensions;
  return extendedKeyUsageIsCritical === true && extendedKeyUsage.length === 1;
}

/** What the token says, whoever signed it; undefined when it is unreadable. */
function tryInfo(token: Uint8Array): TokenInfo | undefined {
  try {
    const { content } = parseSignedData(token);
    return content === undefined ? undefined : parseTokenInfo(content);
  } catch {
    return undefined;
  }
}

function summaryOf(
  { result, reason, detail, signer, root, chain = [] }: AttachedVerdict,
  info: TokenInfo | undefined,
  trustedRoots: TimestampOptions['trustedRoots'],
): TimestampVerdict {
  const isNamed = ({ der, fingerprint }: Certificate) =>
    trustedRoots.some((named) =>
      typeof named === 'string' ? named === fingerprint : sameBytes(named, der),
    );
  const anchor = chain.findIndex(isNamed);
  const named = chain[anchor];
  return {
    result,
    reason,
    detail,
    revocationChecked: false,
    chain: anchor < 0 ? chain : chain.slice(0, anchor + 1),
    ...(info === undefined ? {} : { info }),
    ...(signer === undefined ? {} : { authority: signer.subject, endsAt: signer.notAfter }),
    ...(named === undefined ? {} : { root: named.fingerprint }),
    ...(root === undefined ? {} : { top: root.fingerprint }),
  };
}

/**
 * Judges a token with its renewals as of `now`. A token whose certificate has ended counts only when
 * another one, made before that end, is over it, and so on up to one that is still valid. The
 * time that counts is the first token's.
 */
export function verifyTimestamp(
  record: TimestampRecord,
  stamped: Uint8Array,
  now: Date,
  options: TimestampOptions,
): TimestampVerdict {
  const first = verifyTimestampToken(record, stamped, options);
  let [current, evidence]: [TimestampVerdict, TimestampEvidence] = [first, record];
  for (const renewal of record.renewals) {
    if (current.result !== 'passed') break;
    const over = renewedStatement(evidence, renewal);
    if (over === undefined) return { ...first, result: 'failed', reason: 'RENEWAL_DIFFERS' };
    const next = verifyTimestampToken(renewal, over, options);
    const late = lapsed(current, next.info?.time ?? now);
    if (next.result === 'passed' && late) return { ...first, ...late };
    [current, evidence] = [next, renewal];
  }
  const { result, reason, detail } = current;
  if (result !== 'passed') return { ...first, result, reason, detail };
  return { ...first, ...lapsed(current, now) };
}

function lapsed({ endsAt }: TimestampVerdict, at: Date) {
  if (endsAt === undefined || at <= endsAt) return undefined;
  const detail = endsAt.toISOString();
  return { result: 'indeterminate', reason: 'TOKEN_LAPSED', detail } as const;
}

function renewedStatement(
  evidence: TimestampEvidence,
  { index, size, path }: TimestampRenewal,
): Uint8Array | undefined {
  const leaf = leafHash(archivedTimestamp(evidence));
  const hashes = path.map((hash) => fromHex(hash));
  const root = rootFromInclusion(index, size, leaf, hashes);
  return root === undefined ? undefined : renewalStatement(size, root);
}
