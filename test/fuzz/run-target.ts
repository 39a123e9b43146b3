import { sha256Hex } from '../../src/formats/digest.ts';
import { CodedError } from '../../src/formats/errors.ts';
import { type Change, mutate } from './mutate.ts';
import type { Samples } from './samples.ts';
import type { Target } from './targets.ts';

/** What a pass of genuine bytes asserts, and the bytes themselves, by digest. */
export interface Genuine {
  says: Set<string>;
  digests: Set<string>;
}

/** Runs the samples; @throws when a verifier does not pass what is genuine */
export function genuineOf(target: Target, samples: Samples): Genuine {
  const own = samples.of[target.samples];
  return {
    says: new Set(own.map((bytes) => target.run(bytes, samples).says)),
    digests: new Set(own.map(sha256Hex)),
  };
}

/**
 * Feeds hostile bytes to a target.
 * @throws whatever is not an error with a code, and when bytes pass that assert something new
 */
export function feed(target: Target, input: Uint8Array, samples: Samples, known: Genuine): void {
  let outcome: { passed: boolean; says: string };
  try {
    outcome = target.run(input, samples);
  } catch (error) {
    if (error instanceof CodedError) return;
    throw error;
  }
  if (!outcome.passed || known.digests.has(sha256Hex(input))) return;
  if (STRICT.has(target.name) || !known.says.has(outcome.says)) {
    throw new Error(`${target.name} passes changed bytes: ${outcome.says.slice(0, 200)}`);
  }
}

/** Every byte of these is covered: not one may change. */
const STRICT: ReadonlySet<string> = new Set([
  'verifyPackage',
  'verifyPdfSignatures',
  'verifyDetachedCms',
  'verifyCourtReceipt',
]);

/** One case of a run: which sample, and what is changed in it. */
export interface HostileCase {
  sample: number;
  changes: Change[];
}

export async function hostileBytes(
  target: Target,
  { sample, changes }: HostileCase,
  samples: Samples,
): Promise<Uint8Array> {
  const own = samples.of[target.samples];
  const others = Object.values(samples.of).flatMap((list) => list.slice(0, 1));
  return mutate(own[sample % own.length] as Uint8Array, target.form, changes, others);
}
