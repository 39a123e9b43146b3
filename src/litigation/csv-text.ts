/**
 * A cell by RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe, or a
 * borrower could run one on the clerk's machine through a loan number.
 */
function cell(text: string): string {
  const inert = /^[\s]*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n;\t']/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** Rows as CSV that spreadsheets open as they are: UTF-8 with byte-order mark, CRLF. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
