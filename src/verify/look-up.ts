import { toHex } from '../formats/bytes.ts';
import { CHECKPOINT_COPY_PATH } from '../formats/case-file.ts';
import { logId, parseCheckpoint } from '../formats/checkpoint.ts';
import { type ConsistencyFile, laterHead } from '../formats/consistency-file.ts';
import type { TrustPolicy } from '../formats/policy.ts';
import { parseCompletenessProof, parseProofFile } from '../formats/proof-file.ts';
import { parseTlogProof } from '../formats/tlog-proof.ts';
import { readContainer } from '../formats/zip-container.ts';
import { trustedLogKeys } from './trust.ts';

/** A question to a registry: does it hold this root for this log? Hex, 32 bytes each. */
export interface LookUp {
  logId: string;
  root: string;
}

/** What a verifier may be handed. */
export type Material =
  | { form: 'package'; bytes: Uint8Array }
  | { form: 'proof'; bytes: Uint8Array }
  | { form: 'completeness'; bytes: Uint8Array };

function checkpointOf(material: Material): string | Uint8Array | undefined {
  switch (material.form) {
    case 'package':
      return readContainer(material.bytes).find(({ path }) => path === CHECKPOINT_COPY_PATH)?.bytes;
    case 'proof':
      return parseTlogProof(parseProofFile(material.bytes).tlogProofText).checkpointText;
    case 'completeness':
      return parseTlogProof(parseCompletenessProof(material.bytes).mapTlogProofText).checkpointText;
  }
}

/**
 * What has to be looked up on the chain before `material` is verified: its checkpoint, and the later
 * heads that `links` show to begin with it, under the log keys that the policy names. Nothing for unreadable material or an unknown log; the
 * verification itself then says why. Never throws.
 */
export function lookUpsFor(
  material: Material,
  policy: TrustPolicy | undefined,
  links: ConsistencyFile[] = [],
): LookUp[] {
  try {
    const text = checkpointOf(material);
    if (text === undefined) return [];
    const { origin, size, root } = parseCheckpoint(text);
    const later = links.flatMap((link) => laterHead({ size, root }, link)?.root ?? []);
    const roots = [toHex(root), ...later];
    const keys = trustedLogKeys(policy).filter((key) => key.name === origin);
    return keys.flatMap((key) => roots.map((one) => ({ logId: toHex(logId(key)), root: one })));
  } catch {
    return [];
  }
}
