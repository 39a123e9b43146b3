import { type FileHandle, open, readFile } from 'node:fs/promises';
import { fromUtf8, utf8 } from '../../formats/bytes.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { canonicalJson, type Json, parseCanonical } from '../../formats/jcs.ts';
import { EmbeddedChainError } from './embedded-chain-error.ts';

/**
 * What the journal holds, in order: one `genesis`, then for every transaction its intent and, on
 * the following line, its outcome. Only the last intent may be without outcome.
 */
export type JournalRecord =
  | { kind: 'genesis'; genesis: { [key: string]: Json } }
  | { kind: 'transaction'; time: number; raw: string }
  | { kind: 'block'; number: number; hash: string }
  | { kind: 'rejected'; reason: string };

export interface ChainJournal {
  /** Records that were in the file when it was opened. */
  readonly records: readonly JournalRecord[];
  /** Bytes of a line that a crash had torn; they were cut off. */
  readonly droppedBytes: number;
  /**
   * Adds one line. `durable`: return only when it is on the disk.
   * A failed write may leave half a line, so the journal then refuses every further one until it
   * is opened again, which cuts that half off.
   * @throws EmbeddedChainError CHAIN_JOURNAL_WRITE_FAILED
   */
  append(record: JournalRecord, durability: 'durable' | 'lazy'): Promise<void>;
  close(): Promise<void>;
}

const START = '0'.repeat(64);
const NEWLINE = 0x0a;

/** Checksum of a line: over the line before it and everything on this one but the checksum. */
function lineSum(previous: string, body: { [key: string]: Json }): string {
  return sha256Hex(utf8(`cunzheng/v1/chain-journal\n${previous}\n${canonicalJson(body)}`));
}

function formatLine(record: JournalRecord, line: number, previous: string) {
  const body = { ...record, line };
  const sum = lineSum(previous, body);
  return { sum, text: `${canonicalJson({ ...body, sum })}\n` };
}

function corrupt(line: number, what: string, cause?: unknown): EmbeddedChainError {
  return new EmbeddedChainError(
    'CHAIN_JOURNAL_CORRUPT',
    `chain journal, line ${line}: ${what}`,
    'The file was changed or damaged. Restore the chain folder from a backup; never edit it.',
    { cause },
  );
}

function hasShape(value: { [key: string]: Json }): boolean {
  switch (value.kind) {
    case 'genesis':
      return typeof value.genesis === 'object' && value.genesis !== null;
    case 'transaction':
      return Number.isSafeInteger(value.time) && typeof value.raw === 'string';
    case 'block':
      return Number.isSafeInteger(value.number) && typeof value.hash === 'string';
    case 'rejected':
      return typeof value.reason === 'string';
    default:
      return false;
  }
}

function mayFollow(kind: string, before: string | undefined): boolean {
  if (before === undefined) return kind === 'genesis';
  const isOutcome = kind === 'block' || kind === 'rejected';
  return before === 'transaction' ? isOutcome : kind === 'transaction';
}

function parseLine(bytes: Uint8Array, line: number, previous: string) {
  let value: Json;
  try {
    value = parseCanonical(fromUtf8(bytes));
  } catch (cause) {
    throw corrupt(line, 'the text is damaged', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw corrupt(line, 'not a record');
  }
  const { sum, ...body } = value;
  if (typeof sum !== 'string' || sum !== lineSum(previous, body)) {
    throw corrupt(line, 'the checksum does not agree with this line and the one before it');
  }
  if (body.line !== line || !hasShape(body)) throw corrupt(line, 'not a record of this place');
  const { line: _, ...record } = body;
  return { sum, record: record as unknown as JournalRecord };
}

/**
 * What follows the last newline is a line that a crash tore: nobody was told that it was written.
 * Two cases look alike and are not: a whole line whose newline alone is missing is kept, and a
 * whole line followed by another byte had its newline changed.
 */
function readTail(tail: Uint8Array, line: number, previous: string) {
  const attempt = (bytes: Uint8Array) => {
    try {
      return parseLine(bytes, line, previous);
    } catch {
      return undefined;
    }
  };
  if (tail.length === 0) return undefined;
  if (attempt(tail.subarray(0, -1)) !== undefined) {
    throw corrupt(line, 'the end of the line was changed');
  }
  return attempt(tail);
}

function parseJournal(bytes: Uint8Array) {
  const records: JournalRecord[] = [];
  let sum = START;
  let keep = 0;
  const take = (parsed: { sum: string; record: JournalRecord }) => {
    if (!mayFollow(parsed.record.kind, records.at(-1)?.kind)) {
      throw corrupt(records.length + 1, `a ${parsed.record.kind} record is out of order`);
    }
    records.push(parsed.record);
    sum = parsed.sum;
  };
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, keep)) {
    take(parseLine(bytes.subarray(keep, end), records.length + 1, sum));
    keep = end + 1;
  }
  const tail = bytes.subarray(keep);
  const whole = readTail(tail, records.length + 1, sum);
  if (whole !== undefined) take(whole);
  const droppedBytes = whole === undefined ? tail.length : 0;
  return { records, sum, keep, droppedBytes, unfinished: whole !== undefined };
}

/**
 * Opens the append-only journal of a chain, checking every byte of it.
 * @param path an existing or empty file of NDJSON lines (`docs/formats/anchor.md`)
 * @throws EmbeddedChainError CHAIN_JOURNAL_CORRUPT naming the line
 */
export async function openChainJournal(path: string): Promise<ChainJournal> {
  const parsed = parseJournal(await readFile(path));
  const file = await open(path, 'r+');
  let position = parsed.keep + parsed.droppedBytes;
  if (parsed.droppedBytes > 0) {
    // A crash here leaves the torn line, which the next start cuts off in the same way.
    await file.truncate(parsed.keep);
    await file.datasync();
    position = parsed.keep;
  }
  const journal = startAppending(file, position, parsed.records.length, parsed.sum);
  if (parsed.unfinished) await journal.finishLine((await file.stat()).size);
  return {
    records: parsed.records,
    droppedBytes: parsed.droppedBytes,
    append: journal.append,
    close: () => file.close(),
  };
}

function startAppending(file: FileHandle, start: number, lines: number, sum: string) {
  let position = start;
  let line = lines;
  let previous = sum;
  let broken = false;
  const write = async (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) {
      done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
    position += bytes.length;
  };
  const append = async (record: JournalRecord, durability: 'durable' | 'lazy') => {
    if (broken) throw writeFailed('an earlier write failed');
    const next = formatLine(record, line + 1, previous);
    try {
      await write(utf8(next.text));
      if (durability === 'durable') await file.datasync();
    } catch (cause) {
      broken = true;
      throw writeFailed(cause instanceof Error ? cause.message : 'unknown', cause);
    }
    line += 1;
    previous = next.sum;
  };
  const finishLine = async (size: number) => {
    position = size;
    await write(new Uint8Array([NEWLINE]));
  };
  return { append, finishLine };
}

function writeFailed(why: string, cause?: unknown): EmbeddedChainError {
  return new EmbeddedChainError(
    'CHAIN_JOURNAL_WRITE_FAILED',
    `the chain journal cannot be written: ${why}`,
    'Free space on the disk or mend its permissions, then restart the service.',
    { cause },
  );
}

/** The first line of a new journal. */
export function firstJournalLine(genesis: { [key: string]: Json }): string {
  return formatLine({ kind: 'genesis', genesis }, 1, START).text;
}
