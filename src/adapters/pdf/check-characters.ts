import type { Json } from '../../formats/jcs.ts';
import type { FontCoverage } from './font-coverage.ts';
import { RenderError } from './render-error.ts';

/** The first character of `data` that cannot be shown, and where it stands. */
export interface MissingCharacter {
  codePoint: number;
  /** Path of the field such as `parties[0].name`; a key of an object counts as text, too. */
  path: string;
}

/**
 * Finds a character that the fonts cannot draw. Control and format characters other than a line
 * break and a tab (bidirectional overrides, zero-width characters) count as missing: they would
 * make the printed text differ from the stored one without a trace.
 */
export function findMissingCharacter(
  data: Json,
  coverage: FontCoverage,
  path = '',
): MissingCharacter | undefined {
  if (typeof data === 'string') return missingInText(data, coverage, path);
  if (data === null || typeof data !== 'object') return undefined;
  for (const [step, value] of children(data)) {
    const childPath = Array.isArray(data) ? `${path}[${step}]` : path ? `${path}.${step}` : step;
    const missing =
      (Array.isArray(data) ? undefined : missingInText(step, coverage, childPath)) ??
      findMissingCharacter(value, coverage, childPath);
    if (missing) return missing;
  }
  return undefined;
}

/** @throws RenderError CHARACTER_MISSING naming the code point and the field */
export function checkCharacters(data: Json, coverage: FontCoverage): void {
  const missing = findMissingCharacter(data, coverage);
  if (!missing) return;
  throw new RenderError(
    'CHARACTER_MISSING',
    describeMissing(missing),
    'Replace the character in the source record, or add a font that has it to the renderer.',
  );
}

export function describeMissing({ codePoint, path }: MissingCharacter): string {
  const hex = codePoint.toString(16).toUpperCase().padStart(4, '0');
  return `no font can show U+${hex} in field ${path || '(root)'}`;
}

function children(data: Json[] | { [key: string]: Json }): [string, Json][] {
  return Array.isArray(data)
    ? data.map((value, index): [string, Json] => [String(index), value])
    : Object.entries(data);
}

function missingInText(
  text: string,
  coverage: FontCoverage,
  path: string,
): MissingCharacter | undefined {
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (codePoint === 0x0a || codePoint === 0x09) continue;
    if (/\p{C}/u.test(character) || !coverage.has(codePoint)) return { codePoint, path };
  }
  return undefined;
}
