import type { FontCoverage } from './font-coverage.ts';

/**
 * Text with every character that no font can show written as `[U+1F600]`: names of files and
 * fields of records come from outside, and a bundle must not fail, or lose a sign, over them.
 */
export function visibleText(text: string, coverage: FontCoverage): string {
  let shown = '';
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const plain = codePoint === 0x0a || codePoint === 0x09;
    const known = plain || (!/\p{C}/u.test(character) && coverage.has(codePoint));
    shown += known ? character : `[U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}]`;
  }
  return shown;
}
