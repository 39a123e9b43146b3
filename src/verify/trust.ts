import type { AsOf } from '../claim/as-of.ts';
import { toHex } from '../formats/bytes.ts';
import type { ConsistencyFile } from '../formats/consistency-file.ts';
import {
  checkNote,
  keyFingerprint,
  parseVerifierKey,
  type SignedNote,
  type VerifierKey,
} from '../formats/note.ts';
import type { TrustedRegistry, TrustPolicy } from '../formats/policy.ts';
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

/** A registry as the verifier's own node shows it. */
export interface RegistryPlace {
  chainId: number;
  genesisHash: string;
  registry: string;
  /** SHA-256 of the runtime code found at the address, hex. */
  codeHash: string;
  logId: string;
}

/** A head that a registry recorded: root as hex, 32 bytes. */
export interface AnchoredHead {
  size: number;
  root: string;
  blockNumber: number;
}

/** Every head of a log that a registry ever recorded, in order. */
export interface AnchoredHistory extends RegistryPlace {
  heads: AnchoredHead[];
}

/** What a verifier's own search in a registry gave for a moment. */
export interface FirstAnchored extends RegistryPlace {
  /** Milliseconds since 1970. */
  instant: number;
  /** The first head anchored at or after it, by block time (seconds); absent when there is none. */
  first?: AnchoredHead & { blockTime: number };
}

/** What a verifier brings along; nothing of it comes from the material under test. */
export interface VerifierContext {
  policy?: TrustPolicy;
  /** Look-ups made on the verifier's own chain connection. */
  observations?: ChainObservation[];
  /** Proofs that later heads begin with the checkpoint: their records on a chain speak for it too. */
  links?: ConsistencyFile[];
  /** As of when completeness is asked for; the verifier picks it, not the lender. */
  asOf?: AsOf;
  /** Searches for the checkpoint of that moment, made on the verifier's own chain connection. */
  searches?: FirstAnchored[];
  /** When certificates must have been valid; the verifier's own clock. */
  now: Date;
  /**
   * Signatures judged already, by verifier key and note: the exhibits of a package all carry the
   * same checkpoint. Made by `verifyPackage`; never handed in from outside.
   */
  judged?: Map<string, ReturnType<typeof checkNote>>;
  /** The same for time-stamp tokens; what stands in it is `check-timestamps.ts`'s own business. */
  judgedTimestamps?: Map<string, unknown>;
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
  return (policy?.logs ?? []).map((vkey) => parseVerifierKey(vkey));
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

/** The registry of the policy that this is, code included. */
export function namedRegistry(
  policy: TrustPolicy | undefined,
  seen: Omit<RegistryPlace, 'logId'>,
): TrustedRegistry | undefined {
  return policy?.registries.find(
    (known) =>
      known.chainId === seen.chainId &&
      known.genesisHash === seen.genesisHash &&
      known.codeHash === seen.codeHash &&
      known.address.toLowerCase() === seen.registry.toLowerCase(),
  );
}
