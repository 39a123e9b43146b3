import { KINDS } from '../../formats/taxonomy.ts';
import { CUSTODY_SYSTEM } from '../custody/loan-register.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositCommand } from '../ports.ts';

/** Custody and erasure events are written by the desk: else anybody could say what it did. */
export function checkOrigin({ kind, source }: DepositCommand): void {
  const { stage } = KINDS[kind] ?? {};
  if (source.system === CUSTODY_SYSTEM || stage === 'erasure' || kind.startsWith('hold-')) {
    const what = `kind "${kind}" of system "${source.system}" is written by the service itself`;
    throw new EvidenceError('DEPOSIT_INVALID', what, 'Use another kind and another system name.');
  }
}
