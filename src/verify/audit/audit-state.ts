import {
  concatBytes,
  equalBytes,
  fromHex,
  fromUtf8,
  toHex,
  uint64,
  utf8,
} from '../../formats/bytes.ts';
import { sha256 } from '../../formats/digest.ts';
import { FormatError } from '../../formats/errors.ts';
import { FieldReader } from '../../formats/fields.ts';
import { canonicalJson, parseCanonical } from '../../formats/jcs.ts';
import { ReplayMap } from './replay-map.ts';
import type { EdgeNode, TreeState } from './replay-tree.ts';

/** What an auditor keeps of a log between two audits: all that was found sound so far. */
export interface AuditState {
  /** Verifier key of the log. */
  vkey: string;
  /** The signed checkpoint up to which the log was replayed. */
  note: string;
  tree: TreeState;
  /** Root (32 bytes) of every checkpoint by its size. */
  roots: Map<number, Uint8Array>;
  /** All loans with their heads. */
  map: ReplayMap;
}

const MAGIC = utf8('cunzheng audit state v1\n');
const HASH = 32;
const ROOT_ROW = 8 + HASH;
const LOAN_ROW = HASH + 8 + HASH;

const invalid = (problem: string): FormatError =>
  new FormatError(
    'STATE_INVALID',
    `audit state: ${problem}`,
    'Use the file as it was written, or begin a new audit without it.',
  );

/**
 * The state file: magic line; one line of canonical JSON; roots, edge, tiles and loans in rows of
 * fixed length; SHA-256 of everything before it.
 */
export function encodeAuditState({ vkey, note, tree, roots, map }: AuditState): Uint8Array {
  const header = canonicalJson({
    vkey,
    note,
    size: tree.size,
    edge: tree.edge.map(({ level }) => level),
    open: tree.open.map((bytes) => bytes.length / HASH),
    roots: roots.size,
    loans: map.size,
  });
  const body = concatBytes(
    MAGIC,
    utf8(`${header}\n`),
    rowsOf(roots.size, ROOT_ROW, roots, ([size, root]) => [uint64(size), root]),
    ...tree.edge.map(({ hash }) => hash),
    ...tree.open,
    rowsOf(map.size, LOAN_ROW, map.entries(), ({ loan, count, head }) => [
      fromHex(loan),
      uint64(count),
      head,
    ]),
  );
  return concatBytes(body, sha256(body));
}

function rowsOf<T>(
  count: number,
  length: number,
  items: Iterable<T>,
  encode: (item: T) => Uint8Array[],
): Uint8Array {
  const out = new Uint8Array(count * length);
  let at = 0;
  for (const item of items) {
    out.set(concatBytes(...encode(item)), at);
    at += length;
  }
  return out;
}

/** Takes rows of bytes off one after the other. */
class RowReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw invalid('it is too short');
    this.#at = end;
    return this.#bytes.subarray(end - length, end);
  }

  count(): number {
    const bytes = this.take(8);
    const value = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
    if (!Number.isSafeInteger(value)) throw invalid('a count is out of range');
    return value;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw invalid('it is too long');
  }
}

/** @throws FormatError STATE_INVALID, JSON_INVALID, JSON_NOT_CANONICAL */
export function parseAuditState(input: Uint8Array): AuditState {
  const body = input.subarray(0, Math.max(0, input.length - HASH));
  const isState = equalBytes(body.subarray(0, MAGIC.length), MAGIC);
  if (!isState) throw invalid('this is another file');
  if (!equalBytes(sha256(body), input.subarray(body.length))) throw invalid('it was changed');
  const end = body.indexOf(0x0a, MAGIC.length);
  if (end < 0) throw invalid('it has no header');
  const header = readHeader(fromUtf8(body.subarray(MAGIC.length, end)));
  const rows = new RowReader(body.subarray(end + 1));
  const roots = new Map<number, Uint8Array>();
  for (let i = 0; i < header.roots; i++) roots.set(rows.count(), rows.take(HASH));
  const edge: EdgeNode[] = header.edge.map((level) => ({ level, hash: rows.take(HASH) }));
  const open = header.open.map((count) => rows.take(count * HASH));
  const map = new ReplayMap();
  for (let i = 0; i < header.loans; i++) {
    const loan = toHex(rows.take(HASH));
    map.set(loan, { count: rows.count(), head: rows.take(HASH) });
  }
  rows.end();
  return {
    vkey: header.vkey,
    note: header.note,
    tree: { size: header.size, edge, open },
    roots,
    map,
  };
}

function readHeader(text: string) {
  const read = new FieldReader(parseCanonical(text), 'STATE_INVALID', 'audit state');
  const counts = (name: string, most: number) =>
    read.list(name, most).map((value) => {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      throw read.error(`needs whole numbers in "${name}"`);
    });
  const header = {
    vkey: read.text('vkey', 2000),
    note: read.text('note', 1 << 20),
    size: read.count('size'),
    edge: counts('edge', 64),
    open: counts('open', 8),
    roots: read.count('roots'),
    loans: read.count('loans'),
  };
  read.end();
  return header;
}
