import { type DerNode, expectTag, fail } from './der.ts';

/** Readers for the primitive types that certificates and signatures use (X.690 §8, §10, §11). */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** BOOLEAN; DER knows 0x00 and 0xff only. */
export function booleanOf(node: DerNode): boolean {
  const { content } = expectTag(node, TAG.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    fail('DER_NOT_CANONICAL', 'a BOOLEAN that is neither 00 nor ff');
  }
  return content[0] === 0xff;
}

/** Four times the largest RSA modulus that is used: big numbers of hostile files cost time. */
const MAX_INTEGER_BYTES = 4096;
const MAX_OID_BYTES = 64;

/** INTEGER as two's complement, minimal. */
export function integerOf(node: DerNode): bigint {
  const { content } = expectTag(node, TAG.integer);
  if (content.length > MAX_INTEGER_BYTES) {
    return fail('DER_UNEXPECTED', `an INTEGER of ${content.length} bytes`);
  }
  const [first, second] = content;
  if (first === undefined) return fail('DER_UNEXPECTED', 'an empty INTEGER');
  const padded = second !== undefined && (first === 0 ? second < 0x80 : second >= 0x80);
  if (padded && (first === 0 || first === 0xff)) {
    fail('DER_NOT_CANONICAL', 'an INTEGER with a padding byte');
  }
  return BigInt.asIntN(content.length * 8, bigintOf(content));
}

/** An INTEGER that structures use as a version or a length. */
export function smallIntegerOf(node: DerNode): number {
  const value = integerOf(node);
  if (value < 0n || value > 0xffffn) return fail('DER_UNEXPECTED', `the number ${value}`);
  return Number(value);
}

/** Unsigned big-endian bytes as a number. */
export function bigintOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hexOf(bytes)}`);
}

/** OBJECT IDENTIFIER in dotted form. */
export function oidOf(node: DerNode): string {
  const { content } = expectTag(node, TAG.oid);
  // Before the loop: an arc that grows without end takes time by the square of its length.
  if (content.length > MAX_OID_BYTES) return fail('DER_UNEXPECTED', 'an OID');
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) fail('DER_NOT_CANONICAL', 'an OID arc with a padding byte');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    fresh = byte < 0x80;
    if (fresh) arcs.push(arc);
    if (fresh) arc = 0n;
  }
  const [head, ...rest] = arcs;
  if (!fresh || head === undefined) return fail('DER_UNEXPECTED', 'an OID');
  const top = head < 80n ? head / 40n : 2n;
  return [top, head - top * 40n, ...rest].join('.');
}

/** BIT STRING whose bits fill whole bytes: keys and signatures. */
export function wholeBitsOf(node: DerNode): Uint8Array {
  const { content } = expectTag(node, TAG.bitString);
  if (content[0] !== 0) fail('DER_UNEXPECTED', 'a BIT STRING with unused bits');
  return content.subarray(1);
}

/** BIT STRING as a list of named bits (X.690 §11.2: no trailing zero bits). */
export function namedBitsOf(node: DerNode): boolean[] {
  const { content } = expectTag(node, TAG.bitString);
  const unused = content[0] ?? 8;
  const last = content[content.length - 1] ?? 0;
  if (unused > 7 || (content.length === 1 && unused !== 0)) fail('DER_UNEXPECTED', 'a BIT STRING');
  if (content.length > 1 && (last & ((1 << (unused + 1)) - 1)) !== 1 << unused) {
    fail('DER_NOT_CANONICAL', 'a bit list with trailing zero bits');
  }
  const bits: boolean[] = [];
  for (const byte of content.subarray(1)) {
    for (let bit = 7; bit >= 0; bit -= 1) bits.push((byte & (1 << bit)) !== 0);
  }
  return bits.slice(0, bits.length - unused);
}

/** UTCTime or GeneralizedTime in the form of RFC 5280 §4.1.2.5: seconds, Z, no fraction. */
export function timeOf(node: DerNode): Date {
  const text = String.fromCharCode(...node.content.subarray(0, 20));
  const utc = node.tag === TAG.utcTime;
  if (!utc && node.tag !== TAG.generalizedTime) fail('DER_UNEXPECTED', 'no time');
  const match = (utc ? /^(\d\d)(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/).exec(text);
  if (match === null) return fail('DER_NOT_CANONICAL', 'a time without seconds or Z');
  const [, year = '', rest = ''] = match;
  const full = utc ? `${Number(year) >= 50 ? '19' : '20'}${year}` : year;
  const iso = `${full}${rest}`.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
  const time = new Date(iso);
  // Date rolls 31 February over into March; a certificate that says so is not one.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) {
    return fail('DER_UNEXPECTED', `the time ${full}${rest}`);
  }
  return time;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX[byte];
  return hex;
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
