import type { Clock, RandomSource } from '../../evidence/ports.ts';
import {
  type StampedToken,
  type TimestampAuthority,
  TimestampError,
  type TimestampErrorCode,
} from '../../evidence/timestamp/ports.ts';
import { toBase64 } from '../../formats/bytes.ts';
import type { TimestampEvidence } from '../../formats/timestamp.ts';
import { parseSignedData } from '../../verify/cms-structure.ts';
import { parseRevocationList } from '../../verify/revocation-list.ts';
import { type TimestampVerdict, verifyTimestampToken } from '../../verify/time-stamp.ts';
import { parseTimeStampAnswer, type TimeStampAnswer } from '../../verify/time-stamp-token.ts';
import { type Certificate, parseCertificate } from '../../verify/x509.ts';
import { fetchLimited } from './fetch-limited.ts';
import { timeStampQuery } from './time-stamp-query.ts';

export interface AuthoritySettings {
  /** Short name in tables, proofs and messages. */
  name: string;
  /** http or https; user and password in it are sent as basic authentication, never shown. */
  url: string;
  /** OID under which to stamp; absent = the authority's own choice. */
  policy?: string;
  /** DER of the certificates that its chains must end in. */
  roots: Uint8Array[];
  /** Where to get revocation lists besides the places that certificates name. */
  crlUrls?: readonly string[];
  clock: Clock;
  random: RandomSource;
  timeoutMs?: number;
  /** How far the stated time may be from our own clock. */
  maxClockDifferenceMs?: number;
}

const TIMEOUT_MS = 10_000;
const CLOCK_DIFFERENCE_MS = 5 * 60_000;
/** A token with its chain is some 10 KB. */
const MAX_ANSWER = 64 * 1024;
/** What a proof file has room for; larger lists are left out and the report says so. */
const MAX_CRL = 512 * 1024;
/** A list is asked for again after this time at the latest. */
const CRL_AGE_MS = 60 * 60_000;
const MAX_CRLS = 8;

interface Opened extends AuthoritySettings {
  address: URL;
  lists: Map<string, { bytes: Uint8Array; until: number }>;
}

/**
 * An RFC 3161 authority over HTTP (§3.4). One POST a token, no retry: the outbox does that.
 * @throws TimestampError TSA_SETTINGS_INVALID
 */
export function createTimestampAuthority(settings: AuthoritySettings): TimestampAuthority {
  const { name, url } = settings;
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    throw new TimestampError(
      'TSA_SETTINGS_INVALID',
      `the address of time-stamping authority "${name}" is not a URL`,
      'Give its http:// or https:// address.',
    );
  }
  const opened = { ...settings, address, lists: new Map() };
  return { name, stamp: (stamped, signal) => stamp(opened, stamped, signal) };
}

async function stamp(
  authority: Opened,
  stamped: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<StampedToken> {
  const { name, address: url, policy, random, timeoutMs = TIMEOUT_MS } = authority;
  const nonce = random.bytes(16);
  const bytes = await fetchLimited({
    url,
    body: {
      bytes: timeStampQuery(stamped, nonce, policy),
      contentType: 'application/timestamp-query',
    },
    accept: 'application/timestamp-reply',
    maxBytes: MAX_ANSWER,
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const token = tokenOf(authority, bytes);
  const bare = { tsa: name, token: toBase64(token), certificates: [], crls: [] };
  const { chain } = judge(authority, bare, stamped, nonce);
  const evidence: TimestampEvidence = {
    ...bare,
    certificates: missingIn(token, chain).map((certificate) => toBase64(certificate.der)),
    crls: (await fetchLists(authority, chain, signal)).map(toBase64),
  };
  // Judged again with what will be kept: a proof has our roots' digests and not the roots.
  const { info, endsAt } = judge(authority, evidence, stamped, nonce);
  if (info === undefined || endsAt === undefined) throw refused('TSA_ANSWER_MALFORMED', name, '');
  return { evidence, time: info.time.toISOString(), endsAt: endsAt.toISOString() };
}

function tokenOf({ name }: Opened, bytes: Uint8Array): Uint8Array {
  let answer: TimeStampAnswer;
  try {
    answer = parseTimeStampAnswer(bytes);
  } catch (error) {
    throw refused('TSA_ANSWER_MALFORMED', name, error instanceof Error ? error.message : '');
  }
  const { status, text, token } = answer;
  if (status > 1) throw refused('TSA_REFUSES', name, `status ${status} ${JSON.stringify(text)}`);
  if (token === undefined) throw refused('TSA_ANSWER_MALFORMED', name, 'granted, but no token');
  return token;
}

const CODES: Partial<Record<TimestampVerdict['reason'], TimestampErrorCode>> = {
  CMS_MALFORMED: 'TSA_ANSWER_MALFORMED',
  ENCODING_NOT_SUPPORTED: 'TSA_ANSWER_MALFORMED',
  CMS_NOT_SUPPORTED: 'TSA_ANSWER_MALFORMED',
  IMPRINT_DIFFERS: 'TSA_WRONG_IMPRINT',
  SIGNATURE_WRONG: 'TSA_SIGNATURE_WRONG',
  CONTENT_CHANGED: 'TSA_SIGNATURE_WRONG',
  CERTIFICATE_REVOKED: 'TSA_CERTIFICATE_REVOKED',
};

/** Nothing that a verifier would not pass may be kept. */
function judge(
  authority: Opened,
  evidence: TimestampEvidence,
  stamped: Uint8Array,
  nonce: Uint8Array,
): TimestampVerdict {
  const { name, policy, roots, clock } = authority;
  const { maxClockDifferenceMs = CLOCK_DIFFERENCE_MS } = authority;
  const verdict = verifyTimestampToken(evidence, stamped, { trustedRoots: roots });
  const { result, reason, detail, info } = verdict;
  if (result !== 'passed') {
    throw refused(CODES[reason] ?? 'TSA_CERTIFICATE_REFUSED', name, `${reason} ${detail}`.trim());
  }
  if (info?.hash !== 'sha256') throw refused('TSA_WRONG_IMPRINT', name, 'another hash');
  if (info.nonce !== BigInt(`0x${Buffer.from(nonce).toString('hex')}`)) {
    throw refused('TSA_WRONG_NONCE', name, `nonce ${info.nonce ?? 'absent'}`);
  }
  if (policy !== undefined && info.policy !== policy) {
    throw refused('TSA_WRONG_POLICY', name, `policy ${info.policy}, asked was ${policy}`);
  }
  const now = clock.now();
  if (Math.abs(info.time.getTime() - now.getTime()) > maxClockDifferenceMs) {
    const what = `it says ${info.time.toISOString()}, our clock ${now.toISOString()}`;
    throw refused('TSA_TIME_IMPLAUSIBLE', name, what);
  }
  return verdict;
}

/** Certificates of the chain that the token does not hold. */
function missingIn(token: Uint8Array, chain: Certificate[]): Certificate[] {
  const held = parseSignedData(token).certificates.map((der) => parseCertificate(der).fingerprint);
  return chain.filter(({ fingerprint }) => !held.includes(fingerprint));
}

/** Lists that cannot be had are left out: a token without them is worth more than none. */
async function fetchLists(
  authority: Opened,
  chain: Certificate[],
  signal: AbortSignal | undefined,
): Promise<Uint8Array[]> {
  const named = chain.slice(0, -1).flatMap(({ extensions }) => extensions.crlUrls ?? []);
  const urls = [...new Set([...(authority.crlUrls ?? []), ...named])].slice(0, MAX_CRLS);
  const lists = await Promise.all(urls.map((url) => listFrom(authority, url, signal)));
  return lists.filter((list) => list !== undefined);
}

async function listFrom(
  { lists, clock, timeoutMs = TIMEOUT_MS }: Opened,
  url: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const now = clock.now().getTime();
  const known = lists.get(url);
  if (known !== undefined && known.until > now) return known.bytes;
  try {
    const bytes = derOf(
      await fetchLimited({
        url: new URL(url),
        maxBytes: MAX_CRL,
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    const { nextUpdate } = parseRevocationList(bytes);
    const until = Math.min(nextUpdate?.getTime() ?? Number.POSITIVE_INFINITY, now + CRL_AGE_MS);
    lists.set(url, { bytes, until });
    return bytes;
  } catch {
    // An older copy may still be current; whether it is, the verdict says.
    return known?.bytes;
  }
}

/** Lists come as DER, from some servers as PEM. */
function derOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x30) return bytes;
  const text = Buffer.from(bytes).toString('latin1');
  return new Uint8Array(Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64'));
}

function refused(code: TimestampErrorCode, name: string, why: string): TimestampError {
  const remedies: Partial<Record<TimestampErrorCode, string>> = {
    TSA_REFUSES: 'Ask the authority; it is tried again by itself.',
    TSA_TIME_IMPLAUSIBLE: 'Compare the clock of this machine with a time server.',
    TSA_CERTIFICATE_REFUSED:
      'Compare rootsFile of timestamping.json with what the authority publishes.',
    TSA_CERTIFICATE_REVOKED: 'Its tokens are worth nothing. Name another authority.',
  };
  const remedy = remedies[code] ?? 'Nothing of the answer was kept. Ask the authority.';
  return new TimestampError(code, `time-stamping authority "${name}": ${why}`, remedy);
}
