import { toHex } from '../formats/bytes.ts';
import type { Checkpoint } from '../formats/checkpoint.ts';
import { logId } from '../formats/checkpoint.ts';
import {
  checkNote,
  keyFingerprint,
  parseVerifierKey,
  type SignedNote,
  type VerifierKey,
} from '../formats/note.ts';
import type { TrustedRegistry, TrustPolicy } from '../formats/policy.ts';
import type { AnchorRecord } from '../formats/proof-file.ts';
import type { CheckId, ReportBuilder } from './report.ts';

/** What the verifier's own look-up in a registry gave for one checkpoint. */
export interface ChainObservation {
  chainId: number;
  genesisHash: string;
  registry: string;
  /** SHA-256 of the runtime code found at the address, hex. */
  codeHash: string;
  logId: string;
  root: string;
  /** What the registry holds under log and root; absent when it holds nothing. */
  found?: { size: number; blockNumber: number; blockTime: number };
}

/** What a verifier brings along; nothing of it comes from the material under test. */
export interface VerifierContext {
  policy?: TrustPolicy;
  /** Look-ups made on the verifier's own chain connection. */
  observations?: ChainObservation[];
  /** When certificates must have been valid; the verifier's own clock. */
  now: Date;
  /**
   * Signatures judged already, by verifier key and note: the exhibits of a package all carry the
   * same checkpoint. Made by `verifyPackage`; never handed in from outside.
   */
  judged?: Map<string, ReturnType<typeof checkNote>>;
}

/** Judges a note once per verification. */
function judgeNote(note: SignedNote, key: VerifierKey, { judged }: VerifierContext) {
  if (judged === undefined) return checkNote(note, key);
  const signatures = note.signatures.map((s) => `${s.name} ${s.keyId} ${toHex(s.signature)}`);
  const name = [key.vkey, note.text, ...signatures].join('\n');
  const known = judged.get(name) ?? checkNote(note, key);
  judged.set(name, known);
  return known;
}

/** The log keys that the policy names, and the one that claims to have signed. */
export function trustedLogKeys(policy: TrustPolicy | undefined): VerifierKey[] {
  return (policy?.logs ?? []).map(parseVerifierKey);
}

/**
 * Judges the signature of a note by the keys that the policy names.
 * @returns the key that signed, when the policy names it and the signature holds
 */
export function checkSigned(
  report: ReportBuilder,
  id: CheckId,
  note: SignedNote,
  origin: string,
  context: VerifierContext,
): VerifierKey | undefined {
  const named = trustedLogKeys(context.policy).filter((key) => key.name === origin);
  for (const key of named) {
    const result = judgeNote(note, key, context);
    if (result === 'absent') continue;
    report.facts.logOrigin = origin;
    report.facts.logKeyFingerprint = keyFingerprint(key);
    if (report.holds(id, result === 'valid', 'SIGNATURE_WRONG', { detail: origin })) return key;
    return undefined;
  }
  const signers = note.signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
  report.notChecked.add('TRUST');
  report.add(id, 'indeterminate', context.policy ? 'KEY_NOT_NAMED' : 'NO_POLICY', {
    detail: signers.slice(0, 200),
  });
  return undefined;
}

const placeOf = ({ chainId, genesisHash, registry }: ChainObservation): string =>
  `${chainId} ${genesisHash} ${registry.toLowerCase()}`;

const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Whether the policy names this registry, code included. */
function namedRegistry(
  policy: TrustPolicy | undefined,
  seen: ChainObservation,
): TrustedRegistry | undefined {
  return policy?.registries.find(
    (known) =>
      known.chainId === seen.chainId &&
      known.genesisHash === seen.genesisHash &&
      known.codeHash === seen.codeHash &&
      sameAddress(known.address, seen.registry),
  );
}

/**
 * Judges whether a checkpoint is recorded in the registries that the policy requires. Without
 * look-ups of the verifier's own the chain counts as not checked: the anchors stated in a proof are
 * the lender's word.
 */
export function checkAnchors(
  report: ReportBuilder,
  checkpoint: Checkpoint,
  key: VerifierKey | undefined,
  claimed: AnchorRecord[],
  context: VerifierContext,
): void {
  const required = context.policy?.anchorsRequired ?? 0;
  if (context.observations === undefined || key === undefined) {
    report.notChecked.add('CHAIN');
    if (claimed.length === 0 && required > 0) {
      report.add('checkpoint.anchor', 'indeterminate', 'NOT_ANCHORED');
    }
    return;
  }
  const id = toHex(logId(key));
  const root = toHex(checkpoint.root);
  const about = context.observations.filter((seen) => seen.logId === id && seen.root === root);
  // One registry that was asked twice is one anchor.
  const own = [...new Map(about.map((seen) => [placeOf(seen), seen])).values()];
  // Other checkpoints were looked up, or none: this one's record is open, whatever is required.
  if (own.length === 0) report.notChecked.add('CHAIN');
  let confirmed = 0;
  for (const seen of own) {
    const registry = namedRegistry(context.policy, seen);
    const detail = `eip155:${seen.chainId} ${seen.registry}`;
    if (registry === undefined) {
      report.add('checkpoint.anchor', 'indeterminate', 'REGISTRY_NOT_NAMED', { detail });
    } else if (seen.found === undefined) {
      report.add('checkpoint.anchor', 'failed', 'ANCHOR_MISSING', { detail });
    } else if (
      report.holds('checkpoint.anchor', seen.found.size === checkpoint.size, 'ANCHOR_DIFFERS', {
        detail,
      })
    ) {
      confirmed++;
      report.facts.anchors ??= [];
      report.facts.anchors.push({
        target: registry.name,
        block: seen.found.blockNumber,
        blockTime: seen.found.blockTime,
        timeWeight: registry.timeWeight,
      });
    }
  }
  if (confirmed < required && own.length < required) {
    report.add('checkpoint.anchor', 'indeterminate', 'NOT_ANCHORED', {
      detail: `${confirmed}/${required}`,
    });
  }
}
