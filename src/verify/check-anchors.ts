import { toHex } from '../formats/bytes.ts';
import { type Checkpoint, logId } from '../formats/checkpoint.ts';
import { laterHead } from '../formats/consistency-file.ts';
import type { VerifierKey } from '../formats/note.ts';
import type { TrustedRegistry, TrustPolicy } from '../formats/policy.ts';
import type { AnchorRecord } from '../formats/proof-file.ts';
import type { ReportBuilder } from './report.ts';
import type { ChainObservation, VerifierContext } from './trust.ts';

const ID = 'checkpoint.anchor';

const placeOf = (chainId: number, genesisHash: string, address: string): string =>
  `${chainId} ${genesisHash} ${address.toLowerCase()}`;

/** A head whose record on a chain speaks for the checkpoint: its own, or a later one. */
interface Head {
  size: number;
  root: string;
}

/**
 * How it stands with one registry of the policy. `passed over`: by its `from` and `until` it cannot
 * hold the checkpoint.
 */
type Standing = 'confirmed' | 'missing' | 'not asked' | 'passed over';

/**
 * Judges whether a checkpoint is recorded in the registries that the policy requires: each that is
 * `required`, and `anchorsRequired` in all. Without look-ups of the verifier's own the chain counts
 * as not checked: the anchors stated in a proof are the lender's word.
 */
export function checkAnchors(
  report: ReportBuilder,
  checkpoint: Checkpoint,
  key: VerifierKey | undefined,
  claimed: AnchorRecord[],
  context: VerifierContext,
): void {
  const { policy, observations } = context;
  if (observations === undefined || key === undefined) {
    report.notChecked.add('CHAIN');
    if (claimed.length === 0 && asksForAnchors(policy)) {
      report.add(ID, 'indeterminate', 'NOT_ANCHORED');
    }
    return;
  }
  const heads = [ownHead(checkpoint), ...laterHeads(report, checkpoint, context)];
  const id = toHex(logId(key));
  const about = observations.filter(
    (seen) => seen.logId === id && heads.some(({ root }) => root === seen.root),
  );
  // Other checkpoints were looked up, or none: this one's record is open, whatever is required.
  if (about.length === 0) report.notChecked.add('CHAIN');
  reportUnnamed(report, about, policy);
  const standings = new Map<TrustedRegistry, Standing>();
  for (const registry of policy?.registries ?? []) {
    standings.set(registry, standingOf(report, registry, checkpoint, heads, about));
  }
  judge(report, standings, policy?.anchorsRequired ?? 0);
}

function asksForAnchors(policy: TrustPolicy | undefined): boolean {
  if (policy === undefined) return false;
  return policy.anchorsRequired > 0 || policy.registries.some(({ required }) => required === true);
}

const ownHead = ({ size, root }: Checkpoint): Head => ({ size, root: toHex(root) });

/** Later heads that the verifier was handed consistency proofs for; each proof is judged. */
function laterHeads(
  report: ReportBuilder,
  checkpoint: Checkpoint,
  { links = [] }: VerifierContext,
): Head[] {
  return links.flatMap((link) => {
    const head = laterHead(checkpoint, link);
    const detail = `${link.oldSize} → ${link.newSize}`;
    const about = link.oldSize === checkpoint.size && link.oldRoot === toHex(checkpoint.root);
    if (!about) report.add('checkpoint.link', 'indeterminate', 'CHECKPOINT_DIFFERS', { detail });
    else report.holds('checkpoint.link', head !== null, 'NOT_INCLUDED', { detail });
    return head ?? [];
  });
}

const isAt = (registry: TrustedRegistry, seen: ChainObservation): boolean =>
  placeOf(registry.chainId, registry.genesisHash, registry.address) ===
    placeOf(seen.chainId, seen.genesisHash, seen.registry) && registry.codeHash === seen.codeHash;

const detailOf = ({ chainId, registry }: ChainObservation): string =>
  `eip155:${chainId} ${registry}`;

/** Answers of registries that the policy does not name: another chain or program stands there. */
function reportUnnamed(
  report: ReportBuilder,
  about: ChainObservation[],
  policy: TrustPolicy | undefined,
): void {
  const unnamed = about.filter((seen) => !policy?.registries.some((known) => isAt(known, seen)));
  const details = new Set(unnamed.map(detailOf));
  for (const detail of details) report.add(ID, 'indeterminate', 'REGISTRY_NOT_NAMED', { detail });
}

function standingOf(
  report: ReportBuilder,
  registry: TrustedRegistry,
  { size }: Checkpoint,
  heads: Head[],
  about: ChainObservation[],
): Standing {
  const looks = about.filter((seen) => isAt(registry, seen));
  // One registry that was asked twice is one anchor; the checkpoint's own record is the better one.
  for (const head of heads) {
    const seen = looks.find(({ root, found }) => root === head.root && found !== undefined);
    if (seen?.found === undefined) continue;
    const detail = detailOf(seen);
    if (!report.holds(ID, seen.found.size === head.size, 'ANCHOR_DIFFERS', { detail })) continue;
    report.facts.anchors ??= [];
    report.facts.anchors.push({
      target: registry.name,
      block: seen.found.blockNumber,
      blockTime: seen.found.blockTime,
      timeWeight: registry.timeWeight,
      ...(head.size === size ? {} : { laterSize: head.size }),
    });
    return 'confirmed';
  }
  const { from = 0, until = Number.MAX_SAFE_INTEGER } = registry;
  if (size < from || size > until) return 'passed over';
  return looks.length > 0 ? 'missing' : 'not asked';
}

/**
 * A registry that was asked and lacks the checkpoint speaks against it, unless the policy is content
 * with others that hold it, or one that was not asked could still make up for it.
 */
function judge(
  report: ReportBuilder,
  standings: Map<TrustedRegistry, Standing>,
  anchorsRequired: number,
): void {
  const having = (wanted: Standing) =>
    [...standings].filter(([, standing]) => standing === wanted).map(([registry]) => registry);
  const missing = having('missing');
  const confirmed = having('confirmed').length;
  const wanted = missing.length > 0 ? Math.max(1, anchorsRequired) : anchorsRequired;
  const enough = confirmed >= wanted;
  const possible = confirmed + having('not asked').length >= wanted;
  for (const registry of missing) {
    const detail = `eip155:${registry.chainId} ${registry.address.toLowerCase()}`;
    if (registry.required === true) report.add(ID, 'failed', 'ANCHOR_MISSING', { detail });
    else if (enough) report.add(ID, 'passed', 'ANCHOR_NOT_REQUIRED', { detail });
    else report.add(ID, possible ? 'indeterminate' : 'failed', 'ANCHOR_MISSING', { detail });
  }
  for (const { name } of having('not asked').filter(({ required }) => required === true)) {
    report.add(ID, 'indeterminate', 'NOT_ANCHORED', { detail: name });
  }
  if (enough || (missing.length > 0 && !possible)) return;
  const reason = having('passed over').length > 0 ? 'OTHER_REGISTRY' : 'NOT_ANCHORED';
  report.add(ID, 'indeterminate', reason, { detail: `${confirmed}/${wanted}` });
}
