import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A value that must not be found, in one of the forms that bytes may hold it in. */
interface Needle {
  /** What it is and in which form, for a message. */
  name: string;
  bytes: Buffer;
}

/**
 * The forms of each marked value: UTF-8, UTF-16 of either order, hex, escaped as JSON, base64 at
 * each of the three places it can begin at, and its bare SHA-256, which whoever guesses can compare.
 * @param marked name of each value → the value
 */
export function needlesOf(marked: Record<string, string>): Needle[] {
  return Object.entries(marked).flatMap(([name, value]) =>
    Object.entries(formsOf(value)).map(([form, bytes]) => ({ name: `${name} (${form})`, bytes })),
  );
}

function formsOf(value: string): Record<string, Buffer> {
  const utf8 = Buffer.from(value, 'utf8');
  const little = Buffer.from(value, 'utf16le');
  const digest = createHash('sha256').update(utf8).digest();
  const escaped = value.replace(
    /[^ -~]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {
    'UTF-8': utf8,
    'UTF-16LE': little,
    'UTF-16BE': Buffer.from(little).swap16(),
    hex: Buffer.from(utf8.toString('hex')),
    'upper-case hex': Buffer.from(utf8.toString('hex').toUpperCase()),
    'JSON escapes': Buffer.from(escaped),
    'percent-encoded': Buffer.from(encodeURIComponent(value)),
    'SHA-256': digest,
    'SHA-256 in hex': Buffer.from(digest.toString('hex')),
    ...base64Of(utf8),
  };
}

/** Without the letters at the ends, which depend on the bytes before and after. */
function base64Of(bytes: Buffer): Record<string, Buffer> {
  const forms: Record<string, Buffer> = {};
  for (const shift of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
    const core = whole
      .toString('base64')
      .slice(Math.ceil((shift * 8) / 6), Math.floor((whole.length * 8) / 6));
    forms[`base64 at ${shift}`] = Buffer.from(core);
    forms[`base64url at ${shift}`] = Buffer.from(core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Which needles are in the bytes. */
export function findIn(place: string, bytes: Buffer | string, needles: Needle[]): string[] {
  const hay = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  return needles.filter((one) => hay.includes(one.bytes)).map((one) => `${place}: ${one.name}`);
}

/**
 * Which needles are in the names and bytes of all files of a folder.
 * @param mayHold files that are meant to hold personal data: of them only the names are searched
 */
export function findInFolder(
  folder: string,
  needles: Needle[],
  mayHold: (path: string) => boolean = () => false,
): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.flatMap((name) => {
    const path = join(folder, name);
    const found = findIn(`name of ${name}`, name, needles);
    // Write-ahead logs come and go while a service runs.
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() !== true || mayHold(relative(folder, path))) return found;
    return [...found, ...findIn(name, readFileSync(path), needles)];
  });
}
