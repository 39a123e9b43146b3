import { type SignatureOptions, type SignatureVerdict, verifyDetachedCms } from './cms.ts';

export type PdfSignatureReason =
  | SignatureVerdict['reason']
  /** The signed ranges leave out more than the signature's own value. */
  | 'BYTE_RANGE_WRONG'
  /** No signature of this file was found. */
  | 'NO_SIGNATURE'
  /** Bytes were added after the last signature. */
  | 'NOT_WHOLE_FILE';

export interface PdfSignatureVerdict extends Omit<SignatureVerdict, 'reason'> {
  reason: PdfSignatureReason;
  /** Whether the signature is over every byte of the file but its own value. */
  coversWholeFile: boolean;
  /** The four numbers of /ByteRange: offset and length before and after the gap. */
  byteRange: [number, number, number, number];
  /** A time stamp over the document (ETSI.RFC3161), which is no signature of a person. */
  isTimestamp: boolean;
  /** /M of the signature dictionary as it stands there: the signer's claim. */
  claimedTime?: string;
}

export interface PdfVerdict {
  /** `passed` only when the last signature covers the whole file and all signatures pass. */
  result: SignatureVerdict['result'];
  reason: PdfSignatureReason;
  detail: string;
  /** In the order in which they stand in the file, the oldest first. */
  signatures: PdfSignatureVerdict[];
  /**
   * Byte ranges that fit no place of this file. They come along when signed documents are merged
   * into it; they are no signatures here, and no reader shows them as such.
   */
  strayByteRanges: number;
}

interface Candidate {
  byteRange: [number, number, number, number];
  cms: Uint8Array;
  isTimestamp: boolean;
  claimedTime?: string;
}

/** More signatures than any file has; a hostile file must not cost time. */
const MAX_RANGES = 64;
/** The hex string of /Contents: room for the largest CMS structure that is judged. */
const MAX_GAP = 1 << 21;
/** Between /ByteRange and /Contents of one dictionary. */
const MAX_APART = 1 << 16;

/**
 * Judges the signatures of a PDF (ISO 32000-1 §12.8, EN 319 142-1). Never throws.
 *
 * The file's structure is not interpreted: a signature counts when its two ranges start at byte
 * 0, leave out exactly the hex string of its own /Contents, and end at the file's end (or, for an
 * earlier one, at the end of its revision). For a signature over the whole file every byte
 * outside of the gap is thereby signed, so nothing can be hidden from it; what earlier revisions
 * looked like is not judged.
 */
export function verifyPdfSignatures(pdf: Uint8Array, options: SignatureOptions): PdfVerdict {
  const starts = findAll(pdf, '/ByteRange', MAX_RANGES + 1);
  const candidates = starts.map((at) => readCandidate(pdf, at));
  const found = candidates.filter((candidate) => candidate !== undefined);
  const signatures = found.map((candidate) => judgeCandidate(pdf, candidate, options));
  const strayByteRanges = starts.length - found.length;
  const overall = (result: PdfVerdict['result'], reason: PdfSignatureReason, detail = '') => ({
    result,
    reason,
    detail,
    signatures,
    strayByteRanges,
  });
  if (starts.length > MAX_RANGES) return overall('indeterminate', 'CMS_NOT_SUPPORTED', 'too many');
  if (signatures.length === 0) {
    return strayByteRanges === 0
      ? overall('failed', 'NO_SIGNATURE')
      : overall('failed', 'BYTE_RANGE_WRONG', 'no signed range fits this file');
  }
  const worst =
    signatures.find((signature) => signature.result === 'failed') ??
    signatures.find((signature) => signature.result === 'indeterminate');
  if (worst?.result === 'failed') return overall('failed', worst.reason, worst.detail);
  const whole = signatures.filter((signature) => signature.coversWholeFile);
  if (whole.length !== 1) return overall('failed', 'NOT_WHOLE_FILE');
  const shown = worst ?? (whole[0] as PdfSignatureVerdict);
  return overall(shown.result, shown.reason, shown.detail);
}

function judgeCandidate(
  pdf: Uint8Array,
  candidate: Candidate,
  options: SignatureOptions,
): PdfSignatureVerdict {
  const { byteRange, cms, claimedTime, isTimestamp } = candidate;
  const [, before, after, length] = byteRange;
  const content = new Uint8Array(before + length);
  content.set(pdf.subarray(0, before));
  content.set(pdf.subarray(after, after + length), before);
  const verdict = verifyDetachedCms(cms, content, { foreign: true, ...options });
  const coversWholeFile = after + length === pdf.length;
  const told = { ...verdict, coversWholeFile, byteRange, isTimestamp };
  return claimedTime === undefined ? told : { ...told, claimedTime };
}

/** @returns undefined when the range at `at` is not that of a signature of this very file */
function readCandidate(pdf: Uint8Array, at: number): Candidate | undefined {
  const text = latin1(pdf, at, at + 120);
  const match = /^\/ByteRange\s*\[\s*0+\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]/.exec(text);
  if (match === null) return undefined;
  const [before = 0, after = 0, length = 0] = match.slice(1).map(Number);
  const end = after + length;
  if (before >= after || end > pdf.length || at > end || (at > before && at < after)) {
    return undefined;
  }
  if (end !== pdf.length && !/%%EOF\r?\n?$/.test(latin1(pdf, end - 7, end))) return undefined;
  const [from, to] = at < before ? [at, before] : [after, at];
  if (to - from > MAX_APART || after - before > MAX_GAP) return undefined;
  const cms = readGap(pdf, before, after);
  // The range must stand in the same dictionary as its /Contents, not somewhere in a text.
  if (cms === undefined || /endobj|stream/.test(latin1(pdf, from, to))) return undefined;
  if (!/\/Contents\s*$/.test(latin1(pdf, Math.max(0, before - 20), before))) return undefined;
  const dictionary = dictionaryAround(pdf, before, after);
  const claimedTime = /\/M\s*\((D:[0-9Z+'-]{4,30})\)/.exec(dictionary)?.[1];
  const isTimestamp = /\/SubFilter\s*\/ETSI\.RFC3161\b/.test(dictionary);
  const byteRange: Candidate['byteRange'] = [0, before, after, length];
  const candidate = { byteRange, cms, isTimestamp };
  return claimedTime === undefined ? candidate : { ...candidate, claimedTime };
}

/**
 * The gap must be one hex string: digits of one case only, zeros after the CMS structure and
 * nothing else, so that no byte of the gap can be changed without being found.
 */
function readGap(pdf: Uint8Array, from: number, to: number): Uint8Array | undefined {
  if (pdf[from] !== 0x3c || pdf[to - 1] !== 0x3e || (to - from) % 2 !== 0) return undefined;
  const digits = latin1(pdf, from + 1, to - 1);
  if (!/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
  return withoutPadding(bytes);
}

/** Cuts zero padding by the length that the outer SEQUENCE gives; anything but zeros stays. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  const extra = (bytes[1] ?? 0) > 0x80 ? (bytes[1] ?? 0) & 0x7f : 0;
  let length = extra === 0 ? (bytes[1] ?? 0) : 0;
  for (let index = 0; index < extra; index += 1) length = length * 256 + (bytes[2 + index] ?? 0);
  const end = 2 + extra + length;
  return bytes.subarray(end).every((byte) => byte === 0) ? bytes.subarray(0, end) : bytes;
}

/** The same object's text; objects of signatures are plain, since their offsets must be known. */
function dictionaryAround(pdf: Uint8Array, from: number, to: number): string {
  const before = latin1(pdf, Math.max(0, from - 2048), from);
  const after = latin1(pdf, to, to + 2048);
  return before.slice(before.lastIndexOf(' obj') + 1) + after.slice(0, after.indexOf('endobj') + 1);
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder('latin1').decode(bytes.subarray(Math.max(0, from), Math.max(0, to)));
}

function findAll(bytes: Uint8Array, word: string, most: number): number[] {
  const pattern = new TextEncoder().encode(word);
  const places: number[] = [];
  for (let at = bytes.indexOf(0x2f); at !== -1; at = bytes.indexOf(0x2f, at + 1)) {
    if (pattern.every((byte, index) => bytes[at + index] === byte)) places.push(at);
    if (places.length === most) break;
  }
  return places;
}
