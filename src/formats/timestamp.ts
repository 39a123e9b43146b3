import { concatBytes, fromBase64, toHex, utf8 } from './bytes.ts';
import { FieldReader, withoutUndefined } from './fields.ts';
import { canonicalBytes, type Json } from './jcs.ts';

/**
 * An RFC 3161 time-stamp token and what is needed to judge it later, all DER in base64. Whose time
 * it is worth believing is for the verifier's policy to say.
 */
export interface TimestampEvidence {
  /** Name of the authority in the lender's configuration. */
  tsa: string;
  token: string;
  /** Certificates above the signer's that the token does not hold itself. */
  certificates: string[];
  /** Revocation lists of the chain, as fetched when the token was made. */
  crls: string[];
}

/** A later token over a list of older ones, made before the older ones' certificates end. */
export interface TimestampRenewal extends TimestampEvidence {
  /** Place of the older token in the list, and the path to its root (hex). */
  index: number;
  size: number;
  path: string[];
}

/** A token over a checkpoint, as proofs carry it (docs/formats/timestamp.md). */
export interface TimestampRecord extends TimestampEvidence {
  /**
   * Present when the token is over a later checkpoint of the same log: that one verbatim, and the
   * RFC 9162 consistency proof (hex) from the proof's own checkpoint to it.
   */
  later?: { checkpoint: string; consistency: string[] };
  /** Oldest first; each is over the one before. */
  renewals: TimestampRenewal[];
}

/** Base64 characters: a token with its chain is some 10 KB. */
const MAX_TOKEN = 1 << 18;
const MAX_CRL = 1 << 20;
const MAX_PIECES = 16;
const MAX_RENEWALS = 64;
const HASH = /^[0-9a-f]{64}$/;

const ARCHIVED_DOMAIN = utf8('cunzheng/v1/archived-timestamp\n');
const RENEWAL_HEADER = 'cunzheng/v1/timestamp-renewal';

/**
 * What a token is over: the checkpoint as its log signed it, that is the note's text, the empty line
 * and the signature lines under the origin's own name. Lines that witnesses add later do not count.
 * @param checkpoint a signed checkpoint, as `parseCheckpoint` accepts it
 */
export function stampedCheckpoint(checkpoint: string): Uint8Array {
  const split = checkpoint.lastIndexOf('\n\n') + 2;
  const origin = checkpoint.slice(0, checkpoint.indexOf('\n'));
  const lines = checkpoint.slice(split).split('\n');
  const own = lines.filter((line) => line.startsWith(`— ${origin} `));
  return utf8(`${checkpoint.slice(0, split)}${own.map((line) => `${line}\n`).join('')}`);
}

/** A token with its chain and lists as it stands in the list of a renewal: a leaf's data. */
export function archivedTimestamp(evidence: TimestampEvidence): Uint8Array {
  const { tsa, token, certificates, crls } = evidence;
  return concatBytes(ARCHIVED_DOMAIN, canonicalBytes({ tsa, token, certificates, crls }));
}

/**
 * What a renewing token is over: number of leaves and root (RFC 9162 tree) of the newest checkpoint
 * and all tokens that are renewed, three lines of text.
 */
export function renewalStatement(size: number, root: Uint8Array): Uint8Array {
  return utf8(`${RENEWAL_HEADER}\n${size}\n${toHex(root)}\n`);
}

const evidenceToJson = ({ tsa, token, certificates, crls }: TimestampEvidence) => ({
  tsa,
  token,
  certificates: [...certificates],
  crls: [...crls],
});

/** As it stands in a proof file. */
export function timestampToJson(record: TimestampRecord): Json {
  const { later, renewals } = record;
  return withoutUndefined({
    ...evidenceToJson(record),
    later:
      later === undefined
        ? undefined
        : { checkpoint: later.checkpoint, consistency: [...later.consistency] },
    renewals: renewals.map((renewal) => {
      const { index, size, path } = renewal;
      return { ...evidenceToJson(renewal), index, size, path: [...path] };
    }),
  });
}

/** @throws FormatError PROOF_INVALID, BYTES_NOT_BASE64 */
export function parseTimestampRecord(value: Json): TimestampRecord {
  const read = new FieldReader(value, 'PROOF_INVALID', 'timestamp record');
  const evidence = readEvidence(read);
  const later = read.optionalJson('later');
  const renewals = read.list('renewals', MAX_RENEWALS).map(parseRenewal);
  read.end();
  if (later === undefined) return { ...evidence, renewals };
  return { ...evidence, later: parseLater(later), renewals };
}

function parseLater(value: Json): { checkpoint: string; consistency: string[] } {
  const read = new FieldReader(value, 'PROOF_INVALID', 'timestamp record');
  const checkpoint = read.text('checkpoint', 1 << 16);
  const consistency = hashes(read, 'consistency', 128);
  read.end();
  return { checkpoint, consistency };
}

function parseRenewal(value: Json): TimestampRenewal {
  const read = new FieldReader(value, 'PROOF_INVALID', 'timestamp renewal');
  const evidence = readEvidence(read);
  const index = read.count('index');
  const size = read.count('size');
  const path = hashes(read, 'path', 64);
  read.end();
  return { ...evidence, index, size, path };
}

function readEvidence(read: FieldReader): TimestampEvidence {
  const tsa = read.text('tsa', 64);
  const token = read.text('token', MAX_TOKEN);
  fromBase64(token);
  const certificates = pieces(read, 'certificates', MAX_TOKEN);
  return { tsa, token, certificates, crls: pieces(read, 'crls', MAX_CRL) };
}

function pieces(read: FieldReader, name: string, most: number): string[] {
  return read.list(name, MAX_PIECES).map((value) => {
    if (typeof value !== 'string' || value.length > most) {
      throw read.error(`needs base64 texts of at most ${most} characters in "${name}"`);
    }
    fromBase64(value);
    return value;
  });
}

function hashes(read: FieldReader, name: string, most: number): string[] {
  return read.list(name, most).map((value) => {
    if (typeof value === 'string' && HASH.test(value)) return value;
    throw read.error(`needs hashes of 64 lower-case hex digits in "${name}"`);
  });
}
