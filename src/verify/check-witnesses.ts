import { checkCosignature, parseWitnessKey, withSignatures } from '../formats/cosignature.ts';
import { parseNote } from '../formats/note.ts';
import type { ReportBuilder } from './report.ts';
import type { VerifierContext } from './trust.ts';

/**
 * Judges the cosignatures of a checkpoint by the witnesses that the policy names; others are
 * ignored. A cosignature says: at this time this was the newest head that the auditor knew, and it
 * continued all earlier ones.
 * @param note the checkpoint as it was published
 * @param lines further signature lines that came beside it
 * @throws FormatError NOTE_INVALID when a line is malformed
 */
export function checkWitnesses(
  report: ReportBuilder,
  note: string,
  lines: string[],
  { policy }: VerifierContext,
): void {
  const whole = parseNote(withSignatures(note, lines));
  const required = policy?.witnessesRequired ?? 0;
  let seen = 0;
  for (const vkey of policy?.witnesses ?? []) {
    const key = parseWitnessKey(vkey);
    const found = checkCosignature(whole, key);
    if (found.result === 'absent') continue;
    if (found.result === 'invalid') {
      report.add('checkpoint.witness', 'failed', 'SIGNATURE_WRONG', { detail: key.name });
      continue;
    }
    seen++;
    report.facts.witnesses ??= [];
    report.facts.witnesses.push({ name: key.name, time: found.time });
    report.add('checkpoint.witness', 'passed', 'OK', { detail: key.name });
  }
  if (seen < required) {
    const detail = `${seen}/${required}`;
    report.add('checkpoint.witness', 'indeterminate', 'WITNESSES_MISSING', { detail });
  }
}
