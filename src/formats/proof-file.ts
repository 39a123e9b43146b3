import { fromHex, toHex } from './bytes.ts';
import { parseCanonicalEvidenceNumber } from './evidence-number.ts';
import { FieldReader } from './fields.ts';
import { canonicalJson, type Json, parseCanonical } from './jcs.ts';
import { type LoanMapProof, loanMapProofToJson, parseLoanMapProof } from './loan-map.ts';
import { parseTimestampRecord, type TimestampRecord, timestampToJson } from './timestamp.ts';

/** Where a checkpoint was recorded on a chain; a claim to be looked up, not a proof by itself. */
export interface AnchorRecord {
  /** Name of the target in the lender's configuration. */
  target: string;
  chainId: number;
  genesisHash: string;
  registry: string;
  /** Hex, 32 bytes, without 0x. */
  logId: string;
  size: number;
  root: string;
  txHash: string;
  blockNumber: number;
  blockHash: string;
  /** Seconds since 1970 by the chain's own clock. */
  blockTime: number;
}

/** Everything needed to check one deposited file (docs/formats/proof-file.md). */
export interface ProofFile {
  statementText: string;
  salt: Uint8Array;
  entryText: string;
  tlogProofText: string;
  anchors: AnchorRecord[];
  timestamps: TimestampRecord[];
  /**
   * Signature lines of auditors, as they would stand in the checkpoint (C2SP tlog-cosignature); they
   * are kept beside it so that its bytes, which tokens and packages refer to, never change.
   */
  cosignatures?: string[];
}

/** Everything needed to check that a list of entries is all that a loan had at a checkpoint. */
export interface CompletenessProof {
  evidenceNo: string;
  mapEntryText: string;
  mapTlogProofText: string;
  mapProof: LoanMapProof;
  /** The loan's entries from seq 0 on, as texts; none when the loan was unknown. */
  entryTexts: string[];
  anchors: AnchorRecord[];
  timestamps: TimestampRecord[];
  /** As in a proof file. */
  cosignatures?: string[];
}

const TX = /^0x[0-9a-f]{64}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const MAX_TEXT = 1 << 20;
const MAX_ENTRIES = 1_000_000;
/** A note holds 64 signatures, one of them the log's. */
const MAX_COSIGNATURES = 63;
const SIGNATURE_LINE = /^— [^\s+]{1,200} [A-Za-z0-9+/=]{1,1000}\n$/u;

/** The proof file's text: RFC 8785 JSON with statement, entry and tlog-proof as texts. */
export function encodeProofFile(proof: ProofFile): string {
  return canonicalJson({
    v: 1,
    type: 'proof',
    statement: proof.statementText,
    salt: toHex(proof.salt),
    entry: proof.entryText,
    tlogProof: proof.tlogProofText,
    anchors: proof.anchors.map((anchor) => ({ ...anchor })),
    ...cosignaturesToJson(proof),
    timestamps: proof.timestamps.map(timestampToJson),
  });
}

/** @throws FormatError PROOF_INVALID, JSON_INVALID, JSON_NOT_CANONICAL */
export function parseProofFile(input: Uint8Array | string): ProofFile {
  const read = new FieldReader(parseCanonical(input), 'PROOF_INVALID', 'proof file');
  read.constant('v', 1);
  read.constant('type', 'proof');
  const proof = {
    statementText: read.text('statement', MAX_TEXT),
    salt: fromHex(read.hash('salt')),
    entryText: read.text('entry', MAX_TEXT),
    tlogProofText: read.text('tlogProof', MAX_TEXT),
    anchors: read.list('anchors', 64).map(parseAnchorRecord),
    timestamps: read.list('timestamps', 64).map(parseTimestampRecord),
    ...readCosignatures(read),
  };
  read.end();
  return proof;
}

/** The completeness proof's text: RFC 8785 JSON. */
export function encodeCompletenessProof(proof: CompletenessProof): string {
  return canonicalJson({
    v: 1,
    type: 'completeness',
    evidenceNo: proof.evidenceNo,
    mapEntry: proof.mapEntryText,
    mapTlogProof: proof.mapTlogProofText,
    mapProof: loanMapProofToJson(proof.mapProof),
    entries: proof.entryTexts,
    anchors: proof.anchors.map((anchor) => ({ ...anchor })),
    ...cosignaturesToJson(proof),
    timestamps: proof.timestamps.map(timestampToJson),
  });
}

/** @throws FormatError PROOF_INVALID, MAP_PROOF_INVALID, JSON_INVALID, JSON_NOT_CANONICAL */
export function parseCompletenessProof(input: Uint8Array | string): CompletenessProof {
  const read = new FieldReader(parseCanonical(input), 'PROOF_INVALID', 'completeness proof');
  read.constant('v', 1);
  read.constant('type', 'completeness');
  const proof = {
    evidenceNo: parseCanonicalEvidenceNumber(read.text('evidenceNo', 64)),
    mapEntryText: read.text('mapEntry', MAX_TEXT),
    mapTlogProofText: read.text('mapTlogProof', MAX_TEXT),
    mapProof: parseLoanMapProof(read.json('mapProof')),
    entryTexts: read.list('entries', MAX_ENTRIES).map((text) => {
      if (typeof text !== 'string') throw read.error('needs texts in "entries"');
      return text;
    }),
    anchors: read.list('anchors', 64).map(parseAnchorRecord),
    timestamps: read.list('timestamps', 64).map(parseTimestampRecord),
    ...readCosignatures(read),
  };
  read.end();
  return proof;
}

/** No member at all without cosignatures: one form for one fact. */
function cosignaturesToJson({ cosignatures = [] }: { cosignatures?: string[] }) {
  return cosignatures.length === 0 ? {} : { cosignatures };
}

function readCosignatures(read: FieldReader): { cosignatures?: string[] } {
  if (!read.has('cosignatures')) return {};
  const cosignatures = read.list('cosignatures', MAX_COSIGNATURES).map((line) => {
    if (typeof line === 'string' && SIGNATURE_LINE.test(line)) return line;
    throw read.error('needs signature lines in "cosignatures"');
  });
  if (cosignatures.length === 0) throw read.error('needs no empty list "cosignatures"');
  return { cosignatures };
}

/** @throws FormatError PROOF_INVALID */
export function parseAnchorRecord(value: Json): AnchorRecord {
  const read = new FieldReader(value, 'PROOF_INVALID', 'anchor record');
  const anchor = {
    target: read.text('target', 64),
    chainId: read.count('chainId'),
    genesisHash: read.matching('genesisHash', TX, 'a 32-byte hash with 0x'),
    registry: read.matching('registry', ADDRESS, 'an address with 0x'),
    logId: read.hash('logId'),
    size: read.count('size'),
    root: read.hash('root'),
    txHash: read.matching('txHash', TX, 'a transaction hash with 0x'),
    blockNumber: read.count('blockNumber'),
    blockHash: read.matching('blockHash', TX, 'a block hash with 0x'),
    blockTime: read.count('blockTime'),
  };
  read.end();
  return anchor;
}
