import { EvidenceError } from '../errors.ts';
import type { CheckpointRow } from '../ports.ts';
import type {
  EntryOpening,
  Lane,
  Outcome,
  ReadyDeposit,
  ReadyReference,
  SequencedBatch,
  StoredObject,
} from './log-writer.ts';

/**
 * Deposits on their way to the writer's thread, a column for each member: copying a thousand small
 * objects between threads takes longer than writing them to disk.
 */
export interface DepositColumns {
  loans: string[];
  eventKeys: string[];
  drafts: string[];
  /** Small contents one after the other; this one is handed over and not copied. */
  contents: Uint8Array<ArrayBuffer>;
  /** Bytes of each content; −1 where it is not among them. */
  sizes: Int32Array;
  /** Those of the few that have them, by place. */
  objects: [number, StoredObject][];
  references: [number, ReadyReference[]][];
  tombstones: [number, NonNullable<ReadyDeposit['tombstone']>][];
}

/** What became of them, likewise. */
export interface OutcomeColumns {
  evidenceNos: string[];
  seqs: Float64Array;
  leafIndexes: Float64Array;
  leafHashes: string[];
  prevs: string[];
  salts: string[];
  receipts: string[];
  references: [number, EntryOpening['references']][];
  /** Of the whole commit. */
  receivedAt: string;
  note: string | undefined;
  /** Those that were not written, by place. */
  others: [number, Outcome][];
}

/** What the writer's thread is asked for. */
export type WriterRequest =
  | { id: number; ask: 'sequence'; lane: Lane; deposits: DepositColumns }
  | { id: number; ask: 'ensureNote'; text: string; since: number }
  | { id: number; ask: 'publishCheckpoint' | 'finishPublishing' | 'forgetLoans' | 'close' };

/** What it answers. */
export type WriterAnswer =
  | { id: number; answer: 'sequenced'; outcomes: OutcomeColumns }
  | { id: number; answer: 'done'; value: CheckpointRow | number | undefined }
  | { id: number; answer: 'failed'; failure: WriterFailure };

/** An error as it crosses the border of a thread, where classes are lost. */
export interface WriterFailure {
  /** Absent for errors that are none of ours. */
  evidence?: Pick<EvidenceError, 'code' | 'remedy'>;
  message: string;
}

export function packFailure(error: unknown): WriterFailure {
  if (error instanceof EvidenceError) {
    const { code, remedy, message } = error;
    return { evidence: { code, remedy }, message };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

export function unpackFailure({ evidence, message }: WriterFailure): Error {
  if (evidence === undefined) return new Error(message);
  return new EvidenceError(evidence.code, message, evidence.remedy);
}

const inline = ({ content }: ReadyDeposit): Uint8Array | undefined =>
  content instanceof Uint8Array ? content : undefined;

export function packDeposits(deposits: readonly ReadyDeposit[]): DepositColumns {
  const total = deposits.reduce((sum, deposit) => sum + (inline(deposit)?.length ?? 0), 0);
  const columns: DepositColumns = {
    loans: [],
    eventKeys: [],
    drafts: [],
    contents: new Uint8Array(total),
    sizes: new Int32Array(deposits.length),
    objects: [],
    references: [],
    tombstones: [],
  };
  let offset = 0;
  for (const [i, deposit] of deposits.entries()) {
    const { loan, eventKey, draft, references, content, tombstone } = deposit;
    columns.loans.push(loan);
    columns.eventKeys.push(eventKey);
    columns.drafts.push(draft);
    if (references.length > 0) columns.references.push([i, references]);
    if (tombstone !== undefined) columns.tombstones.push([i, tombstone]);
    const bytes = inline(deposit);
    columns.sizes[i] = bytes?.length ?? -1;
    if (bytes !== undefined) {
      columns.contents.set(bytes, offset);
      offset += bytes.length;
    } else if (content !== undefined && !(content instanceof Uint8Array)) {
      columns.objects.push([i, content]);
    }
  }
  return columns;
}

export function unpackDeposits(columns: DepositColumns): ReadyDeposit[] {
  const { loans, eventKeys, drafts, contents, sizes } = columns;
  const objects = new Map(columns.objects);
  const references = new Map(columns.references);
  const tombstones = new Map(columns.tombstones);
  let offset = 0;
  return loans.map((loan, i) => {
    const tombstone = tombstones.get(i);
    const size = sizes[i] ?? -1;
    const content = size < 0 ? objects.get(i) : contents.subarray(offset, offset + size);
    offset += Math.max(size, 0);
    return {
      loan,
      eventKey: eventKeys[i] ?? '',
      draft: drafts[i] ?? '',
      references: references.get(i) ?? [],
      content,
      ...(tombstone === undefined ? {} : { tombstone }),
    };
  });
}

export function packOutcomes({ outcomes, note }: SequencedBatch): OutcomeColumns {
  const columns: OutcomeColumns = {
    evidenceNos: [],
    seqs: new Float64Array(outcomes.length),
    leafIndexes: new Float64Array(outcomes.length),
    leafHashes: [],
    prevs: [],
    salts: [],
    receipts: [],
    references: [],
    receivedAt: '',
    note,
    others: [],
  };
  for (const [i, outcome] of outcomes.entries()) {
    const written = outcome.state === 'written' ? outcome : undefined;
    columns.evidenceNos.push(written?.evidenceNo ?? '');
    columns.leafHashes.push(written?.leafHash ?? '');
    columns.prevs.push(written?.opening.prev ?? '');
    columns.salts.push(written?.opening.salt ?? '');
    columns.receipts.push(written?.receipt ?? '');
    if (written === undefined) {
      columns.others.push([i, outcome]);
      continue;
    }
    columns.seqs[i] = written.seq;
    columns.leafIndexes[i] = written.leafIndex;
    columns.receivedAt = written.opening.receivedAt;
    const { references } = written.opening;
    if (references.length > 0) columns.references.push([i, references]);
  }
  return columns;
}

export function unpackOutcomes(columns: OutcomeColumns): SequencedBatch {
  const { note, receivedAt } = columns;
  const others = new Map(columns.others);
  const references = new Map(columns.references);
  const outcomes = columns.evidenceNos.map((evidenceNo, i): Outcome => {
    const other = others.get(i);
    if (other !== undefined) return other;
    const receipt = columns.receipts[i] ?? '';
    return {
      state: 'written',
      evidenceNo,
      seq: columns.seqs[i] ?? 0,
      leafIndex: columns.leafIndexes[i] ?? 0,
      leafHash: columns.leafHashes[i] ?? '',
      opening: {
        prev: columns.prevs[i] ?? '',
        receivedAt,
        references: references.get(i) ?? [],
        salt: columns.salts[i] ?? '',
      },
      ...(receipt === '' ? {} : { receipt }),
    };
  });
  return { outcomes, ...(note === undefined ? {} : { note }) };
}
