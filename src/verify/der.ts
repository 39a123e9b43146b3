import { CodedError } from '../formats/errors.ts';

export type DerErrorCode =
  /** The bytes end before the structure does, or go on after it. */
  | 'DER_LENGTH_WRONG'
  /** Legal BER perhaps, but not the one encoding that DER allows (X.690 §10, §11). */
  | 'DER_NOT_CANONICAL'
  /** Another element stands where the structure prescribes this one. */
  | 'DER_UNEXPECTED';

/** Bytes that are not the DER structure that was asked for. */
export class DerError extends CodedError<DerErrorCode> {}

/** One element; its children are parsed when they are asked for, so nesting costs nothing here. */
export interface DerNode {
  /** Identifier octet: class, constructed bit and number, e.g. 0x30 SEQUENCE, 0xa0 [0]. */
  tag: number;
  /** Header and content, a view into the input. */
  der: Uint8Array;
  /** Content octets, a view into the input. */
  content: Uint8Array;
}

/** Elements that one SEQUENCE or SET may have: hostile input must not cost memory. */
const MAX_CHILDREN = 4096;

/**
 * Reads exactly one element with nothing after it. Definite, minimal lengths and one-byte tags
 * only (X.690 §10.1; high tag numbers occur in no structure of ours).
 */
export function readDer(bytes: Uint8Array, expectedTag?: number): DerNode {
  const node = readElement(bytes, 0);
  if (node.der.length !== bytes.length) {
    fail('DER_LENGTH_WRONG', `${bytes.length - node.der.length} bytes follow the element`);
  }
  return expectedTag === undefined ? node : expectTag(node, expectedTag);
}

/** Reads the first element of `bytes`; what follows is the caller's business. */
export function readDerPrefix(bytes: Uint8Array): DerNode {
  return readElement(bytes, 0);
}

/** The elements inside a constructed one, in order. */
export function derChildren(node: DerNode): DerNode[] {
  if ((node.tag & 0x20) === 0) fail('DER_UNEXPECTED', `${name(node.tag)} has no elements inside`);
  const children: DerNode[] = [];
  for (let at = 0; at < node.content.length; ) {
    const child = readElement(node.content, at);
    children.push(child);
    if (children.length > MAX_CHILDREN) fail('DER_UNEXPECTED', `over ${MAX_CHILDREN} elements`);
    at += child.der.length;
  }
  return children;
}

/** A child that must be there, with the tag it must have. */
export function derAt(children: readonly DerNode[], index: number, tag: number): DerNode {
  const child = children[index];
  if (child === undefined) return fail('DER_UNEXPECTED', `element ${index} is missing`);
  return expectTag(child, tag);
}

export function expectTag(node: DerNode, tag: number): DerNode {
  if (node.tag !== tag) fail('DER_UNEXPECTED', `${name(node.tag)} where ${name(tag)} must be`);
  return node;
}

/** A structure that has more elements than its definition is not that structure. */
export function expectNoMore(children: readonly DerNode[], count: number): void {
  if (children.length > count) fail('DER_UNEXPECTED', `${children.length} elements, not ${count}`);
}

function readElement(bytes: Uint8Array, at: number): DerNode {
  const tag = byteAt(bytes, at);
  if ((tag & 0x1f) === 0x1f) fail('DER_UNEXPECTED', 'a tag number above 30');
  requireForm(tag);
  const first = byteAt(bytes, at + 1);
  if (first === 0x80) fail('DER_NOT_CANONICAL', 'an indefinite length');
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 4) fail('DER_LENGTH_WRONG', `a length of ${extra} bytes`);
  const length = extra === 0 ? first : longLength(bytes, at + 2, extra);
  const start = at + 2 + extra;
  const end = start + length;
  if (end > bytes.length) fail('DER_LENGTH_WRONG', `${end - bytes.length} bytes are missing`);
  return { tag, der: bytes.subarray(at, end), content: bytes.subarray(start, end) };
}

function longLength(bytes: Uint8Array, at: number, count: number): number {
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + byteAt(bytes, at + index);
  const least = count === 1 ? 0x80 : 256 ** (count - 1);
  if (length < least) fail('DER_NOT_CANONICAL', `length ${length} in ${count} bytes`);
  return length;
}

/** SEQUENCE and SET are constructed, every other universal type is primitive (X.690 §10.2). */
function requireForm(tag: number): void {
  if ((tag & 0xc0) !== 0) return;
  const constructed = (tag & 0x20) !== 0;
  const number = tag & 0x1f;
  if (constructed !== (number === 0x10 || number === 0x11)) {
    fail('DER_NOT_CANONICAL', `${name(tag)} is in the wrong form`);
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? fail('DER_LENGTH_WRONG', 'the bytes end inside an element');
}

const name = (tag: number): string => `tag 0x${tag.toString(16).padStart(2, '0')}`;

/** @throws DerError always; for parsers of structures that are made of DER */
export function fail(code: DerErrorCode, detail: string): never {
  throw new DerError(code, `Not the expected DER: ${detail}.`, 'Ask for the original file.');
}
