import forge from 'node-forge';

const { asn1 } = forge;

/** An element under construction; `toDer` turns it into bytes. */
export type Asn1 = forge.asn1.Asn1;

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('binary');
const primitive = (type: number, value: string): Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, type, false, value);

export const sequence = (...parts: Asn1[]): Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts);

/** SET OF with the order that DER prescribes: by the encoded bytes (X.690 §11.6). */
export function setOf(...parts: Asn1[]): Asn1 {
  const sorted = parts.map(toDer).sort(Buffer.compare).map(encoded);
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, sorted);
}

/** Context-specific and constructed: `[n] EXPLICIT one`, or `[n] IMPLICIT` of a list's parts. */
export const context = (number: number, ...parts: Asn1[]): Asn1 =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, number as forge.asn1.Type, true, parts);

/** Context-specific and primitive, e.g. the key identifier inside AuthorityKeyIdentifier. */
export const contextBytes = (number: number, bytes: Uint8Array): Asn1 =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, number as forge.asn1.Type, false, binary(bytes));

export const oid = (dotted: string): Asn1 =>
  primitive(asn1.Type.OID, asn1.oidToDer(dotted).getBytes());

/** A non-negative INTEGER from big-endian bytes, without padding bytes but the sign's. */
export function unsigned(bytes: Uint8Array): Asn1 {
  const first = bytes.findIndex((byte) => byte !== 0);
  const trimmed = first === -1 ? Uint8Array.of(0) : bytes.subarray(first);
  const sign = (trimmed[0] ?? 0) >= 0x80 ? '\0' : '';
  return primitive(asn1.Type.INTEGER, sign + binary(trimmed));
}

export const smallInteger = (value: number): Asn1 => unsigned(Uint8Array.of(value));
export const octets = (bytes: Uint8Array): Asn1 => primitive(asn1.Type.OCTETSTRING, binary(bytes));
export const nothing = (): Asn1 => primitive(asn1.Type.NULL, '');
export const yes = (): Asn1 => primitive(asn1.Type.BOOLEAN, '\u00ff');

/** BIT STRING; `unused` counts the bits at the end that do not belong to it. */
export const bits = (bytes: Uint8Array, unused = 0): Asn1 =>
  primitive(asn1.Type.BITSTRING, String.fromCharCode(unused) + binary(bytes));

export const utf8 = (text: string): Asn1 =>
  primitive(asn1.Type.UTF8, Buffer.from(text, 'utf8').toString('binary'));
export const printableText = (text: string): Asn1 => primitive(asn1.Type.PRINTABLESTRING, text);

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5), whole seconds. */
export function time(date: Date): Asn1 {
  const digits = `${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return date.getUTCFullYear() < 2050
    ? primitive(asn1.Type.UTCTIME, digits.slice(2))
    : primitive(asn1.Type.GENERALIZEDTIME, digits);
}

/**
 * An element that is already DER, taken over byte for byte. Nothing is parsed and written again:
 * a Chinese issuer name that went through another library's model came out as other bytes.
 */
export function encoded(der: Uint8Array): Asn1 {
  const identifier = der[0] ?? 0;
  const length = der[1] ?? 0;
  const start = length < 0x80 ? 2 : 2 + (length & 0x7f);
  // The identifier octet already says whether the element is constructed.
  return asn1.create(
    asn1.Class.UNIVERSAL,
    identifier as forge.asn1.Type,
    false,
    binary(der.subarray(start)),
  );
}

export const toDer = (element: Asn1): Uint8Array =>
  new Uint8Array(Buffer.from(asn1.toDer(element).getBytes(), 'binary'));
