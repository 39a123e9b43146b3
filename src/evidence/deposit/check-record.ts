import { recordDefects } from '../../claim/records.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositCommand } from '../ports.ts';

/** More defects than this are not listed: a hostile record must not make a long answer. */
const LISTED = 20;
/** Characters of one defect: it may name a field that somebody made up. */
const SHOWN = 200;

/**
 * Refuses a structured record that does not have the form of its kind (docs/formats/records.md).
 * A record is hashed for ever and read years later, by a court: a misspelt field must be noticed
 * while its source can still correct it. The message names paths, never values.
 * @throws EvidenceError RECORD_INVALID
 */
export function checkRecord({ kind, content }: Pick<DepositCommand, 'kind' | 'content'>): void {
  if (content.form !== 'record') return;
  const defects = recordDefects(kind, content.record);
  if (defects.length === 0) return;
  const listed = defects.slice(0, LISTED).map((defect) => defect.slice(0, SHOWN));
  const more = defects.length > LISTED ? `; and ${defects.length - LISTED} more` : '';
  throw new EvidenceError(
    'RECORD_INVALID',
    `not a record of kind "${kind}": ${listed.join('; ')}${more}`,
    `Correct the named fields; schemas/records/${kind}.json says what each one is.`,
  );
}
