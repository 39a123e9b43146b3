import { concatBytes, toHex, utf8 } from './bytes.ts';
import { sha256 } from './digest.ts';
import { FormatError } from './errors.ts';

// Crockford's base 32: no I, L, O, U, so that a number can be read out over the telephone.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const FORM = /^CZ(?:-[0-9A-HJKMNP-TV-Z]{4}){7}$/;
const CHECK_DOMAIN = utf8('cunzheng/v1/evidence-number\n');
const LOAN_DOMAIN = utf8('cunzheng/v1/loan\n');

function encodeBase32(bits: bigint): string {
  let out = '';
  for (let shift = 135n; shift >= 0n; shift -= 5n) out += ALPHABET[Number((bits >> shift) & 31n)];
  return out;
}

/**
 * The evidence number of 128 random bits: `CZ-` and seven groups of four characters, of which the
 * last twelve bits are a checksum against misreading. Meant to be printed in the loan contract
 * that both sides sign, so that one loan cannot be given two histories (docs/formats/entry.md).
 * @param random 16 random bytes
 */
export function evidenceNumber(random: Uint8Array): string {
  const value = BigInt(`0x${toHex(random)}`);
  const check = sha256(concatBytes(CHECK_DOMAIN, random));
  const checksum = (BigInt(check[0] ?? 0) << 4n) | (BigInt(check[1] ?? 0) >> 4n);
  const text = encodeBase32((value << 12n) | checksum);
  return `CZ-${text.match(/.{4}/g)?.join('-')}`;
}

/**
 * Checks form and checksum; accepts lower case and missing hyphens as people type them.
 * @returns the canonical form
 * @throws FormatError EVIDENCE_NUMBER_INVALID
 */
export function parseEvidenceNumber(typed: string): string {
  const plain = typed.trim().toUpperCase().replace(/[\s-]/g, '');
  const grouped = `${plain.slice(0, 2)}-${
    plain
      .slice(2)
      .match(/.{1,4}/g)
      ?.join('-') ?? ''
  }`;
  if (FORM.test(grouped)) {
    let bits = 0n;
    for (const char of plain.slice(2)) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(char));
    const hex = (bits >> 12n).toString(16).padStart(32, '0');
    const random = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    if (random.length === 16 && evidenceNumber(random) === grouped) return grouped;
  }
  throw new FormatError(
    'EVIDENCE_NUMBER_INVALID',
    'not an evidence number',
    'Compare it with the contract: CZ and seven groups of four characters; a typing error is found by the last group.',
  );
}

/**
 * A number inside a hashed or signed text: only the canonical form, so that one number has one
 * text, and one text one loan key.
 * @throws FormatError EVIDENCE_NUMBER_INVALID
 */
export function parseCanonicalEvidenceNumber(text: string): string {
  if (parseEvidenceNumber(text) === text) return text;
  throw new FormatError(
    'EVIDENCE_NUMBER_INVALID',
    'evidence number in another than its canonical form',
    'The bytes were written by another program; use the original file.',
  );
}

/** Key of a loan in log and map: SHA-256("cunzheng/v1/loan\n" ‖ evidence number), 32 bytes. */
export function loanKey(evidenceNo: string): Uint8Array {
  return sha256(concatBytes(LOAN_DOMAIN, utf8(evidenceNo)));
}
