import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/** The running checksum of https://www.sqlite.org/fileformat2.html#checksum_algorithm. */
class Checksum {
  readonly #littleEndian: boolean;
  #s0 = 0;
  #s1 = 0;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  add(view: DataView, begin: number, end: number): void {
    let [s0, s1] = [this.#s0, this.#s1];
    for (let at = begin; at < end; at += 8) {
      s0 = (s0 + view.getUint32(at, this.#littleEndian) + s1) >>> 0;
      s1 = (s1 + view.getUint32(at + 4, this.#littleEndian) + s0) >>> 0;
    }
    [this.#s0, this.#s1] = [s0, s1];
  }

  /** Checksums are stored big-endian whatever order they are computed in. */
  isAt(view: DataView, at: number): boolean {
    return view.getUint32(at) === this.#s0 && view.getUint32(at + 4) === this.#s1;
  }
}

/**
 * Whether the write-ahead log beside a database is whole. SQLite itself reads it up to the first
 * frame whose checksum is wrong and drops the rest without a word, because a crash leaves exactly
 * that: the frames of one commit that was still on its way. A byte changed further up looks the
 * same to SQLite and would silently undo commits that were acknowledged.
 *
 * Each commit is on the disk before the next one begins, so after the first bad frame a crash
 * leaves at most one commit. More than one: the file was changed. Must run before the database is
 * opened, which cuts the file.
 * @param path of the database
 * @returns one line a finding; a change inside the very last commit cannot be told from a crash
 */
export function walProblems(path: string): string[] {
  const file = `${path}-wal`;
  if (!existsSync(file)) return [];
  const bytes = readFileSync(file);
  if (bytes.length <= HEADER_BYTES) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0);
  const sum = new Checksum(magic === MAGIC);
  sum.add(view, 0, 24);
  // The header is synced before the first frame is written, so no crash tears it.
  if ((magic & ~1) >>> 0 !== MAGIC || !sum.isAt(view, 24)) {
    return [`${basename(file)}: the header was changed`];
  }
  const lost = commitsAfterBreak(view, sum);
  if (lost < 2) return [];
  return [`${basename(file)}: a frame was changed, and ${lost} commits would be lost`];
}

/** Commits of this generation from the first bad frame on, that frame's own included. */
function commitsAfterBreak(view: DataView, sum: Checksum): number {
  const frameBytes = FRAME_HEADER_BYTES + view.getUint32(8);
  let broken = false;
  let commits = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= view.byteLength; at += frameBytes) {
    const sameSalt =
      view.getUint32(at + 8) === view.getUint32(16) &&
      view.getUint32(at + 12) === view.getUint32(20);
    if (!broken) {
      sum.add(view, at, at + 8);
      sum.add(view, at + FRAME_HEADER_BYTES, at + frameBytes);
      broken = !sameSalt || !sum.isAt(view, at + 16);
    }
    // Frames of an earlier generation lie behind the end and have other salts.
    if (broken && sameSalt && view.getUint32(at + 4) !== 0) commits++;
  }
  return commits;
}
