import { FormatError } from './errors.ts';

/** Bytes of UTF-8 that one entry name may have; Windows' classic path limit with some room. */
export const MAX_PATH_BYTES = 240;

/** Not allowed on Windows, or read as a separator or a drive there. */
const WINDOWS_RESERVED = /[<>:"|?*\\]/;
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** C0, C1, DEL, line separators, and the marks that turn or hide text (bidi, zero width, BOM, tags).
 * Variation selectors stay: names of people use them. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must be found
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
const LONE_SURROGATE = /\p{Surrogate}/u;

const RULES: [test: (path: string) => boolean, why: string][] = [
  [(path) => path.length === 0, 'is empty'],
  [(path) => LONE_SURROGATE.test(path), 'is not valid Unicode'],
  [(path) => INVISIBLE.test(path), 'holds a control character or an invisible character'],
  [(path) => path.includes('\\'), 'holds a backslash'],
  [(path) => path.startsWith('/'), 'is an absolute path'],
  [(path) => WINDOWS_RESERVED.test(path), 'holds one of < > : " | ? *'],
  [(path) => path.endsWith('/'), 'is a folder entry'],
  [(path) => path.normalize('NFC') !== path, 'is not in Unicode form NFC'],
  [(path) => utf8Length(path) > MAX_PATH_BYTES, `is longer than ${MAX_PATH_BYTES} bytes`],
];

const SEGMENT_RULES: [test: (segment: string) => boolean, why: string][] = [
  [(segment) => segment === '', 'has an empty folder name'],
  [(segment) => segment === '.' || segment === '..', 'climbs out of its folder (. or ..)'],
  [(segment) => /[. ]$/.test(segment), 'has a part that ends in a dot or a space'],
  [(segment) => segment.startsWith(' '), 'has a part that begins with a space'],
  [(segment) => WINDOWS_DEVICE.test(segment), 'uses a device name of Windows'],
];

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

/**
 * Says why a name may not stand in a container: it would not be unpacked under the same name, to
 * the same place, on Linux, macOS and Windows, or a reader would not see what it says.
 * @returns the reason, to be read after the name; undefined when the name is good
 */
export function containerPathFault(path: string): string | undefined {
  const whole = RULES.find(([test]) => test(path));
  if (whole !== undefined) return whole[1];
  for (const segment of path.split('/')) {
    const part = SEGMENT_RULES.find(([test]) => test(segment));
    if (part !== undefined) return part[1];
  }
  return undefined;
}

/** What two names must not share: file systems of Windows and macOS ignore case. */
const folded = (path: string): string => path.normalize('NFC').toUpperCase().toLowerCase();

/**
 * Finds the first fault in a list of names: each by itself (`containerPathFault`), then against
 * the others: the same name twice (letter case ignored), or a file where another needs a folder.
 * @throws FormatError CONTAINER_INVALID, naming the entry
 */
export function requireContainerPaths(paths: readonly string[]): void {
  const files = new Map<string, string>();
  for (const path of paths) {
    const fault = containerPathFault(path);
    if (fault !== undefined) refusePath(path, fault);
    const other = files.get(folded(path));
    if (other !== undefined) refusePath(path, `stands twice (also as ${JSON.stringify(other)})`);
    files.set(folded(path), path);
  }
  for (const path of paths) refuseFileAsFolder(path, files);
}

function refuseFileAsFolder(path: string, files: Map<string, string>): void {
  for (let cut = path.indexOf('/'); cut !== -1; cut = path.indexOf('/', cut + 1)) {
    const file = files.get(folded(path.slice(0, cut)));
    if (file !== undefined) refusePath(path, `needs a folder where ${JSON.stringify(file)} is`);
  }
}

function refusePath(path: string, fault: string): never {
  throw new FormatError(
    'CONTAINER_INVALID',
    `Entry ${printable(path)}: the name ${fault}.`,
    'Ask the sender for the package as it was made; do not repack it.',
  );
}

/** A name for a message: escaped so that it cannot rearrange the terminal, cut at 120 characters. */
export function printable(path: string): string {
  const short = path.length > 120 ? `${path.slice(0, 120)}…` : path;
  return visible(JSON.stringify(short));
}

/**
 * Text of hostile origin for people's eyes: control characters and marks that hide or turn text are
 * written out, so that it cannot clear a screen or put a line of its own into a report.
 */
export function visible(text: string): string {
  const hide = (mark: string) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`;
  return text.toWellFormed().replace(new RegExp(INVISIBLE.source, 'gu'), hide);
}
