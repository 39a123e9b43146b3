import { equalBytes, fromUtf8, toHex } from '../../formats/bytes.ts';
import { type Checkpoint, logId, parseCheckpoint } from '../../formats/checkpoint.ts';
import { FormatError } from '../../formats/errors.ts';
import { rangeRoot } from '../../formats/merkle.ts';
import type { SignedNote, VerifierKey } from '../../formats/note.ts';
import { checkWitnesses } from '../check-witnesses.ts';
import { addUnreadable, ReportBuilder, type VerificationReport } from '../report.ts';
import {
  type AnchoredHistory,
  checkSigned,
  namedRegistry,
  type VerifierContext,
} from '../trust.ts';
import { AuditFindings } from './audit-findings.ts';
import { checkReceipts, type NamedReceipt } from './audit-receipts.ts';
import type { AuditState } from './audit-state.ts';
import { FileMissing, type LogFiles, withTileHashes } from './log-files.ts';
import { ReplayEntries } from './replay-entries.ts';
import { type OnProgress, replayFiles } from './replay-files.ts';

/** What an audit works with; nothing of it comes from the log under test but its files. */
export interface AuditInput {
  files: LogFiles;
  context: VerifierContext;
  /** Everything the registries ever recorded of this log, read before the log itself. */
  histories?: AnchoredHistory[];
  /** What the same auditor found sound before. */
  state?: AuditState;
  receipts?: NamedReceipt[];
  onProgress?: OnProgress;
}

/** The verdict and, when nothing failed, what the next audit goes on from. */
export interface Audit {
  report: VerificationReport;
  /** The checkpoint as it was read; undefined when it could not be. */
  note?: string;
  state?: AuditState;
}

type SignedHead = Checkpoint & { note: SignedNote };

/**
 * Replays a log from its public files: every entry, every loan's chain, every map, every tile, the
 * signed head; compares all heads that registries hold with the replayed tree, and what the auditor
 * saw before with what is shown now. It does not see what the commitments hold. Never throws on what
 * the log holds.
 * @throws FileMissing when there is no checkpoint, and whatever `files` throws when the log cannot
 *   be read at all
 */
export async function auditLog(input: AuditInput): Promise<Audit> {
  const report = new ReportBuilder();
  report.notChecked.add('STATEMENTS').add('TRUTH_OF_CONTENT').add('EVENTS_NEVER_DEPOSITED');
  const bytes = await input.files.read('checkpoint');
  // No log stands there: a wrong place, or nothing published yet. That accuses nobody.
  if (bytes === undefined) throw new FileMissing('checkpoint');
  try {
    const note = fromUtf8(bytes);
    const head = parseCheckpoint(note);
    const key = checkSigned(report, 'checkpoint.signature', head.note, head.origin, input.context);
    checkWitnesses(report, note, [], input.context);
    report.facts.checkpointSize = head.size;
    const state = await auditHead(report, input, head, note, key);
    return { report: report.finish(), note, ...(state === undefined ? {} : { state }) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    addUnreadable(report, 'proof.form', error);
    return { report: report.finish() };
  }
}

async function auditHead(
  report: ReportBuilder,
  input: AuditInput,
  head: SignedHead,
  note: string,
  key: VerifierKey | undefined,
): Promise<AuditState | undefined> {
  const before = input.state;
  if (before !== undefined && !followsState(report, before, head, key)) {
    report.notChecked.add('REST_OF_LOG');
    return undefined;
  }
  const findings = new AuditFindings(report);
  const start = before?.tree.size ?? 0;
  const replay = new ReplayEntries(before, (id, reason, index, detail) =>
    findings.fail(id, reason, `#${index}`, detail),
  );
  const onProgress = input.onProgress ?? (() => {});
  const whole = await replayFiles(input.files, head.size, replay, findings, onProgress);
  Object.assign(report.facts, { replayed: replay.tree.size - start, maps: replay.maps });
  findings.close('audit.entries', 'ENTRY_UNLINKED', `${start}–${replay.tree.size}`);
  findings.close('audit.tiles', 'TILE_DIFFERS', String(findings.tiles));
  findings.close('audit.map', 'MAP_WRONG', String(replay.maps));
  if (whole) checkRoot(report, head, replay);
  else report.notChecked.add('REST_OF_LOG');
  const rootHolds = whole && equalBytes(replay.tree.root(), head.root);
  if (before !== undefined) await checkPrefix(report, input.files, head, before, rootHolds);
  checkHistories(report, input, head, replay, key);
  await checkReceipts(report, input.receipts ?? [], {
    files: input.files,
    head,
    key,
    context: input.context,
  });
  if (key === undefined || !rootHolds || report.finish().verdict === 'failed') return undefined;
  return { vkey: key.vkey, note, tree: replay.tree.state(), roots: replay.roots, map: replay.map };
}

/**
 * Whether the head can continue the one that this auditor saw. Two heads of one key and size with
 * different roots are a fork by themselves; a head smaller than an earlier one is history withheld.
 */
function followsState(
  report: ReportBuilder,
  before: AuditState,
  head: SignedHead,
  key: VerifierKey | undefined,
): boolean {
  const own =
    key === undefined ? before.vkey.startsWith(`${head.origin}+`) : key.vkey === before.vkey;
  const detail = `${before.tree.size} → ${head.size}`;
  if (!own) {
    report.add('audit.prefix', 'indeterminate', 'OTHER_LOG', { detail: head.origin });
    return false;
  }
  const root = before.roots.get(head.size);
  if (head.size > before.tree.size || (head.size === 0 && before.tree.size === 0)) return true;
  const same = root !== undefined && equalBytes(root, head.root);
  if (same && head.size === before.tree.size) return true;
  // An unsigned head accuses nobody: whoever stands between could have made it.
  if (key === undefined) report.add('audit.prefix', 'indeterminate', 'NOT_DECIDABLE', { detail });
  else if (same || root === undefined)
    report.add('audit.prefix', 'failed', 'LOG_SHRANK', { detail });
  else report.add('audit.prefix', 'failed', 'FORK_PROVEN', { detail });
  return false;
}

/** Replayed root against signed root; the last entry of a checkpoint is its map. */
function checkRoot(report: ReportBuilder, head: SignedHead, { tree, roots }: ReplayEntries): void {
  const detail = String(head.size);
  report.holds('audit.root', equalBytes(tree.root(), head.root), 'ROOT_DIFFERS', { detail });
  if (head.size > 0 && !roots.has(head.size)) {
    report.add('audit.map', 'failed', 'LAST_NOT_MAP', { detail });
  }
}

/**
 * The earlier head is a beginning of this one when the replay went on from it and met the signed
 * root. Else the tiles decide: if they lead to the signed root, and their beginning is another than
 * the earlier head, the key signed two histories.
 */
async function checkPrefix(
  report: ReportBuilder,
  files: LogFiles,
  head: SignedHead,
  before: AuditState,
  rootHolds: boolean,
): Promise<void> {
  const size = before.tree.size;
  const detail = `${size} → ${head.size}`;
  if (rootHolds) {
    report.add('audit.prefix', 'passed', 'OK', { detail });
    return;
  }
  const earlier = parseCheckpoint(before.note).root;
  const tiles = await rootsFromTiles(files, head.size, size);
  if (tiles === undefined || !equalBytes(tiles.whole, head.root)) {
    report.add('audit.prefix', 'indeterminate', 'NOT_DECIDABLE', { detail });
  } else report.holds('audit.prefix', equalBytes(tiles.part, earlier), 'FORK_PROVEN', { detail });
}

async function rootsFromTiles(files: LogFiles, size: number, part: number) {
  try {
    return await withTileHashes(files, size, (read) => ({
      whole: rangeRoot(0, size, read),
      part: rangeRoot(0, part, read),
    }));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Every head that a named registry holds of this log must be one of its checkpoints. */
function checkHistories(
  report: ReportBuilder,
  { histories, context }: AuditInput,
  head: SignedHead,
  { roots }: ReplayEntries,
  key: VerifierKey | undefined,
): void {
  if (histories === undefined || key === undefined) {
    report.notChecked.add('CHAIN');
    return;
  }
  const id = toHex(logId(key));
  const own = histories.filter((history) => history.logId === id);
  if (own.length === 0) report.notChecked.add('CHAIN');
  const findings = new AuditFindings(report);
  let compared = 0;
  let newest = 0;
  for (const history of own) {
    const place = `eip155:${history.chainId} ${history.registry}`;
    if (namedRegistry(context.policy, history) === undefined) {
      report.add('audit.anchors', 'indeterminate', 'REGISTRY_NOT_NAMED', { detail: place });
      continue;
    }
    for (const anchored of history.heads) {
      compared++;
      newest = Math.max(newest, anchored.size);
      const root = roots.get(anchored.size);
      const where = `${place} block ${anchored.blockNumber}`;
      if (anchored.size > head.size) {
        findings.fail('audit.anchors', 'LOG_BEHIND_CHAIN', where, `#${anchored.size}/${head.size}`);
      } else if (root === undefined || toHex(root) !== anchored.root) {
        findings.fail('audit.anchors', 'ANCHOR_NOT_IN_LOG', where, `#${anchored.size}`);
      }
    }
  }
  report.facts.anchoredHeads = compared;
  if (newest < head.size) report.notChecked.add('UNANCHORED_TAIL');
  const required = context.policy?.anchorsRequired ?? 0;
  if (compared > 0)
    findings.close('audit.anchors', 'ANCHOR_NOT_IN_LOG', `${compared}, ≤ #${newest}`);
  else if (own.length > 0 && required > 0) {
    report.add('audit.anchors', 'indeterminate', 'NOT_ANCHORED', { detail: `0/${required}` });
  }
}
