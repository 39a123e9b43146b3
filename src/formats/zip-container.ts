import { printable, requireContainerPaths } from './container-path.ts';
import { crc32 } from './crc32.ts';
import { FormatError } from './errors.ts';

/** The first entry of every ASiC-E container (EN 319 162-1 §A.1) and what it holds. */
export const MIMETYPE_PATH = 'mimetype';
export const CONTAINER_MIMETYPE = 'application/vnd.etsi.asic-e+zip';

export interface ContainerEntry {
  path: string;
  /** A view into the container's bytes, not a copy. */
  bytes: Uint8Array;
}

export interface ContainerLimits {
  /** Whole file, in bytes. */
  maxBytes: number;
  maxEntries: number;
}

export const CONTAINER_LIMITS: ContainerLimits = { maxBytes: 0xfffffffe, maxEntries: 0xfffe };

const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
const UTF8_NAME = 0x0800;

/** Why a field may be wrong, in words, where the plain "is 8 instead of 0" would not help. */
const METHOD_FAULT = 'is compressed; entries of a package are stored as they are';

/** One header, read at `at`; `view` covers the whole container. */
interface Header {
  at: number;
  flags: number;
  method: number;
  time: number;
  crc: number;
  packed: number;
  size: number;
  nameLength: number;
  extraLength: number;
}

/**
 * Reads a package container and refuses everything that its writer does not write, so that one
 * list of entries has exactly one form in bytes: local headers and contents in order without
 * gaps, then the central directory in the same order, then the end record, then nothing.
 * Every header field is either derived from name and contents or has one fixed value; a change
 * of any byte is therefore found here, before any signature is looked at.
 * Spec: `docs/formats/package-container.md`; PKWARE APPNOTE 6.3.10 §4.3; EN 319 162-1 §A.1.
 * @returns entries in file order, `mimetype` first
 * @throws FormatError CONTAINER_INVALID, naming the entry and the field
 */
export function readContainer(
  bytes: Uint8Array,
  limits: ContainerLimits = CONTAINER_LIMITS,
): ContainerEntry[] {
  if (bytes.length > limits.maxBytes) {
    refuse(`The container has ${bytes.length} bytes; at most ${limits.maxBytes} are accepted.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = readEnd(view, limits);
  const entries: ContainerEntry[] = [];
  let local = 0;
  let central = end.directory;
  for (let index = 0; index < end.count; index += 1) {
    const entry = readEntry(view, bytes, local, central, end.directory);
    entries.push({ path: entry.path, bytes: entry.bytes });
    local = entry.nextLocal;
    central = entry.nextCentral;
  }
  if (local !== end.directory) refuse(`Bytes ${local} to ${end.directory} belong to no entry.`);
  if (central !== end.at) refuse(`Bytes ${central} to ${end.at} belong to no directory record.`);
  requireContainerPaths(entries.map((entry) => entry.path));
  requireMimetype(entries[0]);
  return entries;
}

function readEnd(view: DataView, limits: ContainerLimits) {
  const at = view.byteLength - END_SIZE;
  if (at < 0) refuse(`${view.byteLength} bytes are too few for a ZIP file.`);
  if (view.getUint32(at, true) !== 0x06054b50) {
    refuse('The file does not end with a ZIP end record: it is cut off, or something follows it.');
  }
  const count = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 12, true);
  const directory = view.getUint32(at + 16, true);
  if (count === 0xffff || size === 0xffffffff || directory === 0xffffffff) {
    refuse('The file is a ZIP64 archive; a package has at most 4 GiB and 65,534 entries.');
  }
  if (count > limits.maxEntries) {
    refuse(`The container has ${count} entries; at most ${limits.maxEntries} are accepted.`);
  }
  requireField('End record', 'disk numbers', view.getUint32(at + 4, true), 0);
  requireField('End record', 'entries on this disk', view.getUint16(at + 8, true), count);
  requireField('End record', 'comment length', view.getUint16(at + 20, true), 0);
  requireField('End record', 'end of the directory', directory + size, at);
  return { at, count, directory };
}

function readEntry(
  view: DataView,
  bytes: Uint8Array,
  local: number,
  central: number,
  directory: number,
) {
  const record = readCentral(view, central);
  const nextCentral = central + CENTRAL_SIZE + record.nameLength;
  const name = bytes.subarray(central + CENTRAL_SIZE, nextCentral);
  const path = decodeName(name, record.flags, central);
  const label = `Entry ${printable(path)}`;
  requireCentral(view, record, label, name);
  requireField(label, 'offset of its local header', view.getUint32(central + 42, true), local);
  const start = local + LOCAL_SIZE + record.nameLength;
  if (start + record.size > directory) {
    refuse(`${label}: its ${record.size} bytes reach into the directory.`);
  }
  requireSameHeader(readLocal(view, local), record, label);
  requireSameName(bytes.subarray(local + LOCAL_SIZE, start), name, label);
  const content = bytes.subarray(start, start + record.size);
  const actual = crc32(content);
  if (actual !== record.crc) {
    refuse(
      `${label}: its bytes have CRC-32 ${hex32(actual)}, the header says ${hex32(record.crc)}.`,
    );
  }
  return { path, bytes: content, nextLocal: start + record.size, nextCentral };
}

function readCentral(view: DataView, at: number): Header {
  if (at + CENTRAL_SIZE > view.byteLength || view.getUint32(at, true) !== 0x02014b50) {
    refuse(`No directory record stands at byte ${at}.`);
  }
  const header = readShared(view, at, at + 6);
  if (at + CENTRAL_SIZE + header.nameLength > view.byteLength - END_SIZE) {
    refuse(`The name of the directory record at byte ${at} reaches past the directory.`);
  }
  return header;
}

function readLocal(view: DataView, at: number): Header {
  if (view.getUint32(at, true) !== 0x04034b50) refuse(`No local header stands at byte ${at}.`);
  return readShared(view, at, at + 4);
}

/** The fields that local and central header have in common, from "version needed" on. */
function readShared(view: DataView, at: number, fields: number): Header {
  requireField(`Header at byte ${at}`, 'version needed', view.getUint16(fields, true), 10);
  return {
    at,
    flags: view.getUint16(fields + 2, true),
    method: view.getUint16(fields + 4, true),
    time: view.getUint32(fields + 6, true),
    crc: view.getUint32(fields + 10, true),
    packed: view.getUint32(fields + 14, true),
    size: view.getUint32(fields + 18, true),
    nameLength: view.getUint16(fields + 22, true),
    extraLength: view.getUint16(fields + 24, true),
  };
}

/** Fields with one allowed value: Unix, version 4.5, stored, 1980-01-01 00:00, mode 0644. */
function requireCentral(view: DataView, header: Header, label: string, name: Uint8Array): void {
  if (header.flags & 1) refuse(`${label} is encrypted.`);
  if (header.method !== 0) refuse(`${label} ${METHOD_FAULT} (method ${header.method}).`);
  const mode = view.getUint16(header.at + 40, true);
  if ((mode & 0xf000) === 0xa000) refuse(`${label} is a symbolic link.`);
  const ascii = name.every((byte) => byte < 0x80);
  requireField(label, 'flags', header.flags, ascii ? 0 : UTF8_NAME);
  requireField(label, 'packed size', header.packed, header.size);
  requireField(label, 'length of the extra field', header.extraLength, 0);
  requireField(label, 'version made by', view.getUint16(header.at + 4, true), 0x032d);
  requireField(label, 'time and date', header.time, 0x00210000);
  requireField(label, 'comment length', view.getUint16(header.at + 32, true), 0);
  requireField(label, 'disk number', view.getUint16(header.at + 34, true), 0);
  requireField(label, 'internal attributes', view.getUint16(header.at + 36, true), 0);
  requireField(label, 'external attributes', view.getUint32(header.at + 38, true), 0x81a40020);
}

function requireSameHeader(local: Header, central: Header, label: string): void {
  const field = (name: string, key: keyof Header) =>
    requireField(label, `${name} in the local header`, local[key], central[key]);
  field('flags', 'flags');
  field('method', 'method');
  field('time and date', 'time');
  field('CRC-32', 'crc');
  field('packed size', 'packed');
  field('size', 'size');
  field('length of the name', 'nameLength');
  field('length of the extra field', 'extraLength');
}

function requireSameName(local: Uint8Array, central: Uint8Array, label: string): void {
  if (local.some((byte, index) => byte !== central[index])) {
    refuse(`${label}: the local header gives another name.`);
  }
}

function decodeName(name: Uint8Array, flags: number, at: number): string {
  if (!(flags & UTF8_NAME) && name.some((byte) => byte >= 0x80)) {
    refuse(`The name of the directory record at byte ${at} is not marked as UTF-8.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return refuse(`The name of the directory record at byte ${at} is not UTF-8.`);
  }
}

function requireMimetype(first: ContainerEntry | undefined): void {
  if (first?.path !== MIMETYPE_PATH) refuse(`The first entry is not "${MIMETYPE_PATH}".`);
  const text = new TextDecoder().decode(first.bytes);
  if (text !== CONTAINER_MIMETYPE) {
    refuse(`Entry "${MIMETYPE_PATH}" says ${printable(text)} instead of "${CONTAINER_MIMETYPE}".`);
  }
}

function requireField(label: string, field: string, actual: number, expected: number): void {
  if (actual !== expected) refuse(`${label}: ${field} is ${actual} instead of ${expected}.`);
}

const hex32 = (value: number): string => value.toString(16).padStart(8, '0');

function refuse(message: string): never {
  throw new FormatError(
    'CONTAINER_INVALID',
    message,
    'Ask the sender for the package as it was made; do not repack it.',
  );
}
