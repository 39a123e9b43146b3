import { isRelation, RELATIONS } from '../../formats/relations.ts';
import { shownName } from '../../formats/shown-name.ts';
import { isEventTime } from '../../formats/statement.ts';
import { isKind, KINDS } from '../../formats/taxonomy.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositCommand } from '../ports.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get in
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const SOURCE_TEXTS = ['system', 'eventId', 'generator', 'version', 'operator', 'device'] as const;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** @throws EvidenceError DEPOSIT_INVALID */
export function refuseDeposit(problem: string, remedy: string): never {
  throw new EvidenceError('DEPOSIT_INVALID', problem, remedy);
}

function checkText(name: string, text: string | undefined, max: number): void {
  if (text === undefined) return;
  if (text.length === 0 || text.length > max || CONTROL.test(text) || !text.isWellFormed()) {
    const rule = `1 to ${max} characters without control characters`;
    refuseDeposit(`"${name}" needs ${rule}`, `Correct "${name}" and send the event again.`);
  }
}

/**
 * Checks a deposit before anything is stored. Attacker-controlled input: whatever passes here is
 * hashed, so bidirectional controls and look-alike nothings are refused.
 * @throws EvidenceError DEPOSIT_INVALID, RECORD_INVALID
 */
export function checkCommand(command: DepositCommand): void {
  checkText('loan', command.loan, 200);
  checkText('title', command.title, 200);
  for (const name of SOURCE_TEXTS) checkText(name, command.source[name], 200);
  if (!isKind(command.kind)) {
    refuseDeposit(`unknown kind ${shownName(String(command.kind))}`, 'Use a kind of the taxonomy.');
  }
  if (!isEventTime(command.occurredAt)) {
    refuseDeposit('"occurredAt" is not an RFC 3339 date or time', 'Example: 2026-03-31.');
  }
  checkReferences(command);
  checkContent(command);
}

function checkReferences({ references = [] }: DepositCommand): void {
  if (references.length > 256) refuseDeposit('more than 256 references', 'Split the event.');
  for (const { rel, eventId, system } of references) {
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(rel)) {
      refuseDeposit(`malformed relation ${shownName(rel)}`, 'Use lower-case letters and hyphens.');
    }
    if (!isRelation(rel)) {
      refuseDeposit(
        `unknown relation "${rel}"`,
        `Use one of ${Object.keys(RELATIONS).join(', ')}.`,
      );
    }
    checkText('references.eventId', eventId, 200);
    checkText('references.system', system, 200);
  }
}

function checkContent({ kind, content }: DepositCommand): void {
  const { form } = KINDS[kind];
  if (content.form === 'record') {
    if (form === 'file') refuseDeposit(`kind "${kind}" takes a file`, 'Send the document itself.');
    return;
  }
  if (form === 'record') refuseDeposit(`kind "${kind}" takes a JSON record`, 'Send a JSON record.');
  checkText('file name', content.name, 255);
  if (/[/\\]/.test(content.name))
    refuseDeposit('the file name holds a path', 'Send the bare name.');
  if (!MEDIA_TYPE.test(content.mediaType)) {
    refuseDeposit('malformed media type', 'Example: application/pdf.');
  }
}
