/** Name of the embedded chain's registry in outbox, policy, proofs and certificates. */
export const EMBEDDED_TARGET = 'embedded';

const EPOCH = /^embedded(?:-([1-9][0-9]*))?$/;

/** Number of the embedded chain that a target names: 1 for `embedded`, n for `embedded-n`. */
export function epochOf(target: string): number | null {
  const match = EPOCH.exec(target);
  return match === null ? null : Number(match[1] ?? 1);
}
