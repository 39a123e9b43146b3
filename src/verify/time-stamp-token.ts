import { type DerNode, derAt, derChildren, expectNoMore, expectTag, fail, readDer } from './der.ts';
import { hexOf, integerOf, oidOf, smallIntegerOf, TAG, timeOf } from './der-values.ts';
import { HASH_OIDS, type HashName } from './public-key.ts';

/** Content type of a time-stamp token (RFC 3161 §2.4.2). */
export const TST_INFO_OID = '1.2.840.113549.1.9.16.1.4';
/** Extended key usage of time-stamping certificates (RFC 3161 §2.3). */
export const TIME_STAMPING_OID = '1.3.6.1.5.5.7.3.8';

/** What a time-stamp token says (RFC 3161 §2.4.2). */
export interface TokenInfo {
  /** OID of the policy under which it was made. */
  policy: string;
  /** Absent for a hash that this verifier does not know. */
  hash?: HashName;
  imprint: Uint8Array;
  /** Lower-case hex. */
  serial: string;
  /** Fractions of a second are cut to milliseconds. */
  time: Date;
  /** Milliseconds by which the time may be off, by the authority's own word. */
  accuracyMs?: number;
  nonce?: bigint;
}

/** An authority's answer (RFC 3161 §2.4.2): a token, or why there is none. */
export interface TimeStampAnswer {
  /** PKIStatus: 0 granted, 1 granted with modifications, 2 to 5 no token. */
  status: number;
  /** The authority's own words, for the operator; hostile text. */
  text: string;
  /** DER of the token (a CMS ContentInfo). */
  token?: Uint8Array;
}

/**
 * Reads the content of a token; signature and certificate are not judged here.
 * @throws DerError when the bytes are no TSTInfo of version 1
 */
export function parseTokenInfo(der: Uint8Array): TokenInfo {
  const fields = derChildren(readDer(der, TAG.sequence));
  if (smallIntegerOf(derAt(fields, 0, TAG.integer)) !== 1)
    fail('DER_UNEXPECTED', 'another TSTInfo');
  const imprint = derChildren(derAt(fields, 2, TAG.sequence));
  expectNoMore(imprint, 2);
  const hash = HASH_OIDS[oidOf(derAt(derChildren(derAt(imprint, 0, TAG.sequence)), 0, TAG.oid))];
  const serial = derAt(fields, 3, TAG.integer);
  integerOf(serial);
  return {
    policy: oidOf(derAt(fields, 1, TAG.oid)),
    ...(hash === undefined ? {} : { hash }),
    imprint: derAt(imprint, 1, TAG.octetString).content,
    serial: hexOf(serial.content),
    time: generalizedTimeOf(derAt(fields, 4, TAG.generalizedTime)),
    ...readOptional(fields.slice(5)),
  };
}

/** Accuracy, ordering, nonce, name, extensions: each may be missing, none may be out of order. */
function readOptional(rest: DerNode[]): { accuracyMs?: number; nonce?: bigint } {
  const order: number[] = [TAG.sequence, TAG.boolean, TAG.integer, 0xa0, 0xa1];
  let at = -1;
  const out: { accuracyMs?: number; nonce?: bigint } = {};
  for (const field of rest) {
    const place = order.indexOf(field.tag);
    if (place <= at) fail('DER_UNEXPECTED', 'a field of TSTInfo in another place');
    at = place;
    if (field.tag === TAG.sequence) out.accuracyMs = accuracyOf(field);
    if (field.tag === TAG.integer) out.nonce = integerOf(field);
  }
  return out;
}

/** Seconds, [0] milliseconds, [1] microseconds; the last count as a whole millisecond. */
function accuracyOf(node: DerNode): number {
  let sum = 0;
  for (const field of derChildren(node)) {
    const unit = ({ 2: 1000, 128: 1, 129: 0.001 } as Record<number, number>)[field.tag];
    if (unit === undefined) return fail('DER_UNEXPECTED', 'an accuracy');
    let value = 0;
    for (const byte of field.content.subarray(0, 6)) value = value * 256 + byte;
    sum += value * unit;
  }
  return Math.ceil(sum);
}

/** RFC 3161 §2.4.2: seconds and Z, an optional fraction that does not end in 0. */
function generalizedTimeOf(node: DerNode): Date {
  const text = String.fromCharCode(...node.content.subarray(0, 40));
  const [, whole, fraction] = /^(\d{14})(?:\.(\d*[1-9]))?Z$/.exec(text) ?? [];
  if (whole === undefined) return fail('DER_NOT_CANONICAL', 'a time without seconds or Z');
  const content = Uint8Array.from(`${whole}Z`, (char) => char.charCodeAt(0));
  const seconds = timeOf({ ...node, content });
  const thousandths = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  return new Date(seconds.getTime() + thousandths);
}

/**
 * Reads an authority's answer; the token in it is not judged here.
 * @throws DerError when the bytes are no TimeStampResp
 */
export function parseTimeStampAnswer(der: Uint8Array): TimeStampAnswer {
  const fields = derChildren(readDer(der, TAG.sequence));
  expectNoMore(fields, 2);
  const [status, ...more] = derChildren(derAt(fields, 0, TAG.sequence));
  const number = smallIntegerOf(status ?? fail('DER_UNEXPECTED', 'no status'));
  const words = more.find((field) => field.tag === TAG.sequence);
  const text = words === undefined ? '' : derChildren(words).map(utf8Of).join('; ');
  const token = fields[1];
  if (token === undefined) return { status: number, text };
  return { status: number, text, token: expectTag(token, TAG.sequence).der };
}

const utf8Of = (node: DerNode): string => new TextDecoder().decode(node.content).slice(0, 200);
