import { p256 } from '@noble/curves/nist.js';
import { concatBytes, fromBase64, toBase64, utf8 } from '../formats/bytes.ts';
import { sha256 } from '../formats/digest.ts';
import { FormatError } from '../formats/errors.ts';
import { FieldReader } from '../formats/fields.ts';
import { canonicalBytes, canonicalJson, type Json, parseCanonical } from '../formats/jcs.ts';

/** A P-256 public key as JSON (RFC 7518 §6.2.1): exactly the members that the thumbprint covers. */
export interface EcPublicJwk {
  crv: 'P-256';
  kty: 'EC';
  /** 32 bytes, base64url. */
  x: string;
  y: string;
}

/** A compact JWS taken apart; nothing of it is judged yet. */
export interface ParsedJws {
  jwk: EcPublicJwk;
  /** RFC 7638 thumbprint of the key inside. */
  thumbprint: string;
  payload: Uint8Array;
  signingInput: Uint8Array;
  /** r ‖ s, 64 bytes (RFC 7518 §3.4). */
  signature: Uint8Array;
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

const invalid = (problem: string, cause?: unknown): FormatError =>
  new FormatError(
    'RECEIPT_INVALID',
    `signed receipt: ${problem}`,
    'Use the original, unedited file.',
    {
      cause,
    },
  );

/** Base64url without padding (RFC 4648 §5, RFC 7515 §2). */
export function toBase64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * Bytes of canonical base64url: no padding, no white space, no stray bits in the last character, so
 * that one receipt has one text.
 * @throws FormatError RECEIPT_INVALID
 */
export function fromBase64url(text: string): Uint8Array {
  if (!BASE64URL.test(text)) throw invalid('a part is not base64url');
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, '=');
  try {
    return fromBase64(padded.replaceAll('-', '+').replaceAll('_', '/'));
  } catch (cause) {
    throw invalid('a part is not canonical base64url', cause);
  }
}

/** SHA-256 thumbprint of the key, base64url (RFC 7638 §3: the required members, sorted). */
export function jwkThumbprint({ crv, kty, x, y }: EcPublicJwk): string {
  return toBase64url(sha256(canonicalBytes({ crv, kty, x, y })));
}

/**
 * Reads a P-256 public key; no other member may stand in it (above all no private one).
 * @throws FormatError RECEIPT_INVALID
 */
export function parseEcJwk(value: Json): EcPublicJwk {
  const read = new FieldReader(value, 'RECEIPT_INVALID', 'public key');
  const crv = read.constant('crv', 'P-256');
  const kty = read.constant('kty', 'EC');
  const coordinate = /^[A-Za-z0-9_-]{43}$/;
  const x = read.matching('x', coordinate, '32 bytes in base64url');
  const y = read.matching('y', coordinate, '32 bytes in base64url');
  read.end();
  for (const part of [x, y]) fromBase64url(part);
  return { crv, kty, x, y };
}

/** What an ES256 signature is made over, as ASCII: protected header and payload (RFC 7515 §5.1). */
export function jwsSigningInput(typ: string, jwk: EcPublicJwk, payload: Uint8Array): string {
  const { crv, kty, x, y } = jwk;
  const header = { alg: 'ES256', jwk: { crv, kty, x, y }, kid: jwkThumbprint(jwk), typ };
  return `${toBase64url(utf8(canonicalJson(header)))}.${toBase64url(payload)}`;
}

/**
 * Takes a compact JWS apart (RFC 7515 §7.1). One algorithm, one header form: `alg` is not a choice
 * of the sender, `kid` must be the thumbprint of `jwk`, any other member is refused.
 * @throws FormatError RECEIPT_INVALID, JSON_INVALID, JSON_NOT_CANONICAL
 */
export function parseJws(text: string, typ: string): ParsedJws {
  const parts = text.split('.');
  const [head = '', body = '', tail = ''] = parts;
  if (parts.length !== 3) throw invalid(`has ${parts.length} parts instead of 3`);
  const read = new FieldReader(
    parseCanonical(fromBase64url(head)),
    'RECEIPT_INVALID',
    'JWS header',
  );
  read.constant('alg', 'ES256');
  read.constant('typ', typ);
  const kid = read.text('kid', 64);
  const jwk = parseEcJwk(read.json('jwk'));
  read.end();
  const thumbprint = jwkThumbprint(jwk);
  if (kid !== thumbprint) throw invalid('the key id is not the thumbprint of the key');
  const signature = fromBase64url(tail);
  if (signature.length !== 64) throw invalid(`the signature has ${signature.length} bytes, not 64`);
  const signingInput = utf8(`${head}.${body}`);
  return { jwk, thumbprint, payload: fromBase64url(body), signingInput, signature };
}

/** Whether the key inside made the signature. Says nothing about whose key it is. */
export function jwsSignatureHolds({ jwk, signingInput, signature }: ParsedJws): boolean {
  try {
    const point = concatBytes(Uint8Array.of(0x04), fromBase64url(jwk.x), fromBase64url(jwk.y));
    // RFC 7518 §3.4 allows both values of s.
    return p256.verify(signature, signingInput, point, { lowS: false, format: 'compact' });
  } catch {
    return false; // A point that is not on the curve, or r, s out of range.
  }
}
