/** A piece of a template: text as it is, or the name of a column. */
export type TemplatePart = { text: string } | { column: string };

/** Whether the template is one column and nothing else, as in `"{amount}"`. */
export function isSingleColumn(parts: readonly TemplatePart[]): boolean {
  return parts.length === 1 && parts[0] !== undefined && 'column' in parts[0];
}

/**
 * Reads `"{loan_id}-{account.date}"`; `{{` and `}}` stand for the braces themselves.
 * @returns the parts, or the reason why the text is no template
 */
export function parseTemplate(template: string): TemplatePart[] | string {
  const parts: TemplatePart[] = [];
  let text = '';
  for (let at = 0; at < template.length; at++) {
    const char = template[at];
    if (char !== '{' && char !== '}') text += char;
    else if (template[at + 1] === char) {
      text += char;
      at++;
    } else {
      const end = template.indexOf('}', at);
      if (char === '}' || end < 0) return `has an unmatched "${char}" (write "${char}${char}")`;
      const column = template.slice(at + 1, end).trim();
      if (column === '') return 'has an empty column name "{}"';
      if (text !== '') parts.push({ text });
      parts.push({ column });
      text = '';
      at = end;
    }
  }
  if (text !== '' || parts.length === 0) parts.push({ text });
  return parts;
}
