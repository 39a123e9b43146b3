import { CodedError } from '../formats/errors.ts';
import type { Json } from '../formats/jcs.ts';
import type { Language } from '../verify/messages.ts';

/** Exit codes of every command. */
export const EXIT = { passed: 0, failed: 1, usage: 2, indeterminate: 3 } as const;

/** The language of the terminal, unless one is asked for. */
export function languageOf(
  asked: string | undefined,
  env: { LANG?: string; LC_ALL?: string },
): Language {
  if (asked === 'zh' || asked === 'en') return asked;
  return (env.LC_ALL || env.LANG || '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** For an option that may be repeated. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** One line of JSON on standard output. */
export function printJson(value: Json): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A line on standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Progress on a terminal: one line that rewrites itself; nothing elsewhere. */
export class Progress {
  readonly #label: string;
  #last = 0;

  constructor(label: string) {
    this.#label = label;
  }

  update(done: number, total?: number): void {
    if (!process.stderr.isTTY || (done !== total && Date.now() - this.#last < 100)) return;
    this.#last = Date.now();
    process.stderr.write(`\r\u001b[K${this.#label} ${bar(done, total)}`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}

function bar(done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return String(done);
  const width = 24;
  const filled = Math.round((done / total) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total}`;
}

/** A path that somebody named does not lead to a file that can be used. */
export function isFileProblem(error: unknown): error is Error & { code: string } {
  const codes: unknown[] = ['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES', 'EPERM'];
  return error instanceof Error && 'code' in error && codes.includes(error.code);
}

/** What went wrong and what to do next, on standard error. Unknown errors show their stack. */
export function printError(error: unknown, json: boolean): void {
  const known =
    error instanceof CodedError
      ? error
      : isFileProblem(error)
        ? { code: error.code, message: error.message, remedy: 'Check the path.' }
        : undefined;
  if (known === undefined) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    return;
  }
  const { code, message, remedy } = known;
  if (json) process.stderr.write(`${JSON.stringify({ error: { code, message, remedy } })}\n`);
  else process.stderr.write(`${code}: ${message}\n→ ${remedy}\n`);
}

/** Columns of text, padded by their width on a terminal (a Chinese character takes two cells). */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => cells(row[column] ?? ''))),
  );
  return rows
    .map((row) =>
      row
        .map((text, column) => text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - cells(text))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells(text: string): number {
  let width = 0;
  for (const char of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        char,
      )
        ? 2
        : 1;
  return width;
}
