import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './adapters/objects/durable-file.ts';
import { utf8 } from './formats/bytes.ts';
import { encodePolicy, parsePolicy, type TrustPolicy } from './formats/policy.ts';

const pathIn = (dataFolder: string): string => join(dataFolder, 'policy.json');

/**
 * The installation's own policy is derived from keys and chain; a file that says otherwise was
 * changed by hand. What it says of time-stamping follows the settings, which may change.
 */
export function policyFindings(dataFolder: string, policy: TrustPolicy): string[] {
  const path = pathIn(dataFolder);
  if (!existsSync(path) || sameButForSettings(readFileSync(path, 'utf8'), policy)) return [];
  return ['policy.json: does not state the keys of this installation'];
}

/** Whole or not at all: the next start would take half a policy for a changed one. */
export async function writePolicy(dataFolder: string, policy: TrustPolicy): Promise<void> {
  const path = pathIn(dataFolder);
  const text = encodePolicy(policy);
  const stored = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  // What was changed by hand stays for the check to find.
  if (stored === text || (stored !== undefined && !sameButForSettings(stored, policy))) return;
  await writeDurably(dataFolder, [utf8(text)], path, 0o644);
}

function sameButForSettings(stored: string, policy: TrustPolicy): boolean {
  try {
    const there = parsePolicy(stored);
    return encodePolicy(there) === stored && withoutSettings(there) === withoutSettings(policy);
  } catch {
    return false;
  }
}

function withoutSettings({ timestampsRequired: _, ...policy }: TrustPolicy): string {
  return encodePolicy({ ...policy, tsaRoots: [] });
}
