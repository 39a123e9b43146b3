import { concatBytes } from '../../src/formats/bytes.ts';
import type { Change } from './mutate.ts';

interface Node {
  tag: number;
  content: Uint8Array;
  children?: Node[];
}

/** A tolerant reader of its own: the one under test must not decide what reaches it. */
function read(bytes: Uint8Array, depth: number): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag = 0, first = 0] = [bytes[at], bytes[at + 1]];
    const extra = first > 0x80 ? first & 0x7f : 0;
    let length = extra === 0 ? first : 0;
    for (let i = 0; i < extra; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    const start = at + 2 + extra;
    if (first === 0x80 || start + length > bytes.length) return undefined;
    const content = bytes.subarray(start, start + length);
    const children = (tag & 0x20) !== 0 && depth < 40 ? read(content, depth + 1) : undefined;
    nodes.push(children === undefined ? { tag, content } : { tag, content, children });
    at = start + length;
  }
  return nodes;
}

function write({ tag, content, children }: Node): Uint8Array {
  return derElement(tag, children === undefined ? content : concatBytes(...children.map(write)));
}

/** One DER element of any size. */
export function derElement(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concatBytes(...parts);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const length = body.length < 0x80 ? [body.length] : [0x80 | size.length, ...size];
  return concatBytes(Uint8Array.of(tag, ...length), body);
}

const CONTENTS: readonly Uint8Array[] = [
  Uint8Array.of(),
  Uint8Array.of(0),
  Uint8Array.of(0x80),
  Uint8Array.of(0xff),
  new Uint8Array(300).fill(0x7f),
  new Uint8Array(9000).fill(0xff),
  Uint8Array.of(0x30, 0x80),
  new TextEncoder().encode('99991231235959Z'),
  new TextEncoder().encode('20230229000000Z'),
];
const TAGS: readonly number[] = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0xa0, 0xa1, 0xa3, 0x80,
];

/** The structure with one element changed and all lengths right. @returns undefined: not DER */
export function mutateDer(bytes: Uint8Array, [how, where, what]: Change): Uint8Array | undefined {
  const roots = read(bytes, 0);
  if (roots === undefined) return undefined;
  const all: { list: Node[]; at: number }[] = [];
  const collect = (list: Node[]): void => {
    list.forEach((node, at) => {
      all.push({ list, at });
      if (node.children !== undefined) collect(node.children);
    });
  };
  collect(roots);
  const place = all[where % Math.max(1, all.length)];
  const other = all[what % Math.max(1, all.length)];
  if (place === undefined || other === undefined) return undefined;
  // Written before it is put in place: an element inside of itself would have no end.
  place.list.splice(place.at, 1, ...replacement(place, write(nodeAt(other)), how, what));
  return concatBytes(...roots.map(write));
}

const nodeAt = ({ list, at }: { list: Node[]; at: number }): Node =>
  list[at] ?? { tag: 5, content: new Uint8Array() };

function replacement(
  place: { list: Node[]; at: number },
  other: Uint8Array,
  how: number,
  what: number,
): Node[] {
  const node = nodeAt(place);
  const copy = read(other, 0) ?? [];
  switch (how % 7) {
    case 0:
      return [];
    case 1:
      return [node, node];
    case 2:
      return copy;
    case 3:
      return [node, ...copy];
    case 4:
      return [{ ...node, tag: TAGS[what % TAGS.length] ?? 5 }];
    case 5:
      return [{ tag: node.tag, content: CONTENTS[what % CONTENTS.length] ?? new Uint8Array() }];
    default:
      return [{ tag: node.tag, content: flipped(write(node).subarray(2), what) }];
  }
}

function flipped(bytes: Uint8Array, what: number): Uint8Array {
  const at = (what >>> 3) % Math.max(1, bytes.length);
  return bytes.map((byte, i) => (i === at ? byte ^ (1 << (what % 8)) : byte));
}
