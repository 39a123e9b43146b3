import type { BulkAcknowledgements, BulkResult } from '../../evidence/index.ts';
import type { DepositCommand } from '../../evidence/ports.ts';
import { ApiError, type Problem } from '../errors.ts';
import type { ApiLimits } from '../limits.ts';
import { lineCommand } from '../schemas/deposit.ts';
import { LineSplitter, type StreamLine } from './split-lines.ts';
import { WeightedGate } from './weighted-gate.ts';

/** What became of one line. */
export type LineResult =
  | ({ line: number; ok: true } & Exclude<BulkResult, { error: unknown }>)
  | { line: number; ok: false; error: { code: string; message: string; remedy: string } };

/** One line of the answer: a result, or the signed promise for the new entries since the last one. */
export type AnswerLine = LineResult | { note: string };

/** Numbers of lines. */
export interface BatchCounts {
  lines: number;
  accepted: number;
  duplicates: number;
  refused: number;
}

export interface BatchPorts {
  limits: ApiLimits;
  /** Bytes being worked on, shared by all batches. */
  batchBytes: WeightedGate;
  accept(commands: DepositCommand[]): Promise<BulkAcknowledgements>;
  /** Tells the depositor what was wrong, and the operator when it was the service. */
  explain(error: unknown): Problem;
  /** Sends lines of the answer; returns when the next ones may be sent. */
  send(lines: AnswerLine[]): Promise<void>;
  /** The depositor is gone: nothing more is read. */
  isGone(): boolean;
}

/** Lines that go to the writer together: few enough that a single deposit need not wait for long. */
const GROUP_LINES = 256;

/**
 * Deposits a stream of lines and sends one result a line, in the same order. Lines that arrived
 * together are deposited together, with one commit and one signature; several such groups are under
 * way at a time. Lines of one loan keep their order, so a line may refer to an earlier one. Memory
 * is bounded by lines per batch and by bytes over all batches, and reading waits while results are
 * not taken away.
 *
 * A crash or a lost connection leaves every line that was acknowledged, and perhaps some that were
 * not: the depositor sends the batch again and is told which events are there already.
 */
export async function runBatch(
  source: AsyncIterable<Uint8Array>,
  ports: BatchPorts,
): Promise<BatchCounts> {
  const counts = { lines: 0, accepted: 0, duplicates: 0, refused: 0 };
  const { linesInFlight, lineBytes } = ports.limits;
  const window = new WeightedGate(linesInFlight);
  const splitter = new LineSplitter(lineBytes);
  let sent: Promise<void> = Promise.resolve();
  const start = async (lines: StreamLine[]) => {
    const leave = await window.enter(lines.length);
    const free = await ports.batchBytes.enter(lines.reduce((sum, line) => sum + sizeOf(line), 0));
    const answer = depositLines(lines, ports).finally(free);
    sent = sent.then(async () => {
      await ports.send(tally(await answer, counts));
      leave();
    });
  };
  for await (const chunk of source) {
    if (ports.isGone()) break;
    for (const group of groupsOf(splitter.push(chunk), linesInFlight)) await start(group);
  }
  if (!ports.isGone())
    for (const group of groupsOf(splitter.end(), linesInFlight)) await start(group);
  await sent;
  return counts;
}

/** Lines in groups that are bounded in number and bytes; empty lines are left out. */
function* groupsOf(lines: StreamLine[], linesInFlight: number): Generator<StreamLine[]> {
  const most = Math.min(GROUP_LINES, linesInFlight);
  let group: StreamLine[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (isBlank(line)) continue;
    group.push(line);
    bytes += sizeOf(line);
    if (group.length < most && bytes < GROUP_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

const GROUP_BYTES = 1 << 20;

const sizeOf = ({ bytes }: StreamLine): number => (bytes === 'too long' ? 0 : bytes.length);

function isBlank({ bytes }: StreamLine): boolean {
  return bytes !== 'too long' && bytes.every((byte) => byte === 0x20 || byte === 0x0d);
}

/** Deposits lines together. Never rejects: what goes wrong is the answer to a line. */
async function depositLines(lines: StreamLine[], ports: BatchPorts): Promise<AnswerLine[]> {
  const read = lines.map((line) => readLine(line, ports));
  const commands = read.flatMap((one) => ('command' in one ? [one.command] : []));
  const { results, note } = await accept(commands, ports);
  let at = 0;
  const answer = lines.map(({ number: line }, i): AnswerLine => {
    const one = read[i];
    const result = one !== undefined && 'command' in one ? results[at++] : one;
    if (result !== undefined && !('error' in result)) {
      return { line, ok: true, ...(result as Exclude<BulkResult, { error: unknown }>) };
    }
    const { code, detail, remedy } = ports.explain(result?.error);
    return { line, ok: false, error: { code, message: detail, remedy } };
  });
  return note === undefined ? answer : [...answer, { note }];
}

async function accept(
  commands: DepositCommand[],
  ports: BatchPorts,
): Promise<BulkAcknowledgements> {
  if (commands.length === 0) return { results: [] };
  try {
    return await ports.accept(commands);
  } catch (error) {
    return { results: commands.map(() => ({ error })) };
  }
}

function readLine(
  { bytes }: StreamLine,
  { limits }: BatchPorts,
): { command: DepositCommand } | { error: unknown } {
  try {
    if (bytes !== 'too long') return { command: lineCommand(bytes, limits) };
    const remedy = 'Send a large file as a stream to POST /v1/deposits.';
    throw new ApiError('LINE_TOO_LONG', `longer than ${limits.lineBytes} bytes`, remedy);
  } catch (error) {
    return { error };
  }
}

function tally(answer: AnswerLine[], counts: BatchCounts): AnswerLine[] {
  for (const result of answer) {
    if (!('line' in result)) continue;
    counts.lines += 1;
    if (!result.ok) counts.refused += 1;
    else if (result.duplicate) counts.duplicates += 1;
    else counts.accepted += 1;
  }
  return answer;
}
