import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './adapters/objects/durable-file.ts';
import type { WrittenPolicies } from './adapters/sqlite/written-policies.ts';
import { systemClock } from './adapters/system/system-ports.ts';
import type { Timestamping } from './compose-timestamping.ts';
import { utf8 } from './formats/bytes.ts';
import { sha256Hex } from './formats/digest.ts';
import { encodePolicy, type TrustedRegistry, type TrustPolicy } from './formats/policy.ts';
import type { AnchorRecord } from './formats/proof-file.ts';
import type { DocumentSigner } from './litigation/ports.ts';

/** The installation's own public policy: whom a verifier of its evidence has to name. */
export function policyOf(
  lender: string,
  vkey: string,
  trust: { registries: TrustedRegistry[]; anchorsRequired: number },
  signer: DocumentSigner,
  { roots, settings }: Timestamping,
): TrustPolicy {
  const root = signer.certificates.at(-1) ?? new Uint8Array();
  return {
    name: lender,
    logs: [vkey],
    registries: trust.registries,
    anchorsRequired: trust.anchorsRequired,
    signingRoots: [{ name: `${lender} CA`, sha256: sha256Hex(root) }],
    tsaRoots: roots,
    ...(settings.required === 0 ? {} : { timestampsRequired: settings.required }),
    courts: [],
  };
}

const pathOf = (dataFolder: string): string => join(dataFolder, 'policy.json');

/**
 * The policy follows from keys, settings and chains. A file that says otherwise is one that the
 * service wrote earlier, or was changed by hand.
 */
export function policyFindings(
  dataFolder: string,
  policy: TrustPolicy,
  written: WrittenPolicies,
): string[] {
  const path = pathOf(dataFolder);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  if (text === encodePolicy(policy) || written.has(sha256Hex(utf8(text)))) return [];
  return ['policy.json: does not state the keys of this installation'];
}

/**
 * Writes `policy.json` when it is missing or an earlier one of ours; whole or not at all, because
 * the next start would take half a policy for a changed one. A crash between row and file leaves
 * the earlier file, which the next start replaces.
 */
export async function writePolicy(
  dataFolder: string,
  policy: TrustPolicy,
  written: WrittenPolicies,
): Promise<void> {
  if (policyFindings(dataFolder, policy, written).length > 0) return;
  const text = encodePolicy(policy);
  written.add(sha256Hex(utf8(text)), systemClock.now().toISOString());
  const path = pathOf(dataFolder);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  await writeDurably(dataFolder, [utf8(text)], path, 0o644);
}

/** Whether these anchors are what the policy asks for before a checkpoint counts as anchored. */
export function meetsPolicy(anchors: AnchorRecord[], policy: TrustPolicy): boolean {
  const holding = anchors.map(({ target }) => target);
  const required = policy.registries.filter(
    (registry) => registry.required === true && registry.until === undefined,
  );
  const enough = holding.length >= Math.max(1, policy.anchorsRequired);
  return enough && required.every(({ name }) => holding.includes(name));
}
