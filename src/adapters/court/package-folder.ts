import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8 } from '../../formats/bytes.ts';
import { CONTAINER_MIMETYPE, MIMETYPE_PATH } from '../../formats/zip-container.ts';
import { CourtError } from '../../litigation/court/errors.ts';
import type { PackageFolder } from '../../litigation/court/ports.ts';
import { writeDurably } from '../objects/durable-file.ts';

/** Path of a package inside the court's folder. */
export function packagePath(folder: string, sha256: string): string {
  return join(folder, sha256.slice(0, 2), `${sha256}.zip`);
}

/**
 * Packages as files: `<folder>/<first two hex digits>/<sha256>.zip`. Opening it removes what a
 * crash in the middle of an upload left behind.
 */
export async function openPackageFolder(folder: string, maxBytes: number): Promise<PackageFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    if (/^\.[0-9a-f]{16}\.tmp$/.test(name)) await unlink(join(folder, name));
  }
  return {
    async store(sha256, bytes) {
      let size = 0;
      const counted = checked(sha256, maxBytes, bytes, (total) => {
        size = total;
      });
      await writeDurably(folder, counted, packagePath(folder, sha256));
      return { size };
    },
    async check(filings) {
      const findings: string[] = [];
      for await (const { id, sha256, size } of filings) {
        const path = `packages/${sha256.slice(0, 2)}/${sha256}.zip`;
        const problem = await fileProblem(packagePath(folder, sha256), sha256, size);
        if (problem !== undefined) findings.push(`${path} (filing ${id}) ${problem}`);
      }
      return findings;
    },
  };
}

/** Passes the upload on; its last step throws unless the bytes are the ones that were announced. */
async function* checked(
  sha256: string,
  maxBytes: number,
  bytes: AsyncIterable<Uint8Array>,
  done: (size: number) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const opening = new OpeningCheck();
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > maxBytes) {
      const what = `the package is larger than ${maxBytes} bytes`;
      throw new CourtError('PACKAGE_TOO_LARGE', what, 'Split the case, or ask the court.');
    }
    opening.push(chunk);
    hash.update(chunk);
    yield chunk;
  }
  opening.end();
  const actual = hash.digest('hex');
  if (actual !== sha256) {
    const what = `the body has the SHA-256 ${actual}, announced was ${sha256}`;
    throw new CourtError('PACKAGE_DIFFERS', what, 'It was changed on its way: send it again.');
  }
  done(size);
}

// EN 319 162-1 §A.1: a local header, then name and content of the first entry, at fixed places.
const SIGNATURE = [0x50, 0x4b, 0x03, 0x04];
const NAME_AT = 30;
const OPENING = utf8(`${MIMETYPE_PATH}${CONTAINER_MIMETYPE}`);

/** Turns away what is no case package at all by its first 69 bytes, before the rest is read. */
class OpeningCheck {
  #held = new Uint8Array(0);

  push(chunk: Uint8Array): void {
    if (this.#held.length >= NAME_AT + OPENING.length) return;
    this.#held = Buffer.concat([this.#held, chunk.subarray(0, NAME_AT + OPENING.length)]);
    if (this.#held.length >= NAME_AT + OPENING.length) this.end();
  }

  end(): void {
    if (!SIGNATURE.every((byte, at) => this.#held[at] === byte)) refuse('is no ZIP file');
    if (!OPENING.every((byte, at) => this.#held[NAME_AT + at] === byte)) {
      refuse(`does not begin with the entry "mimetype" that says ${CONTAINER_MIMETYPE}`);
    }
  }
}

function refuse(problem: string): never {
  const remedy = 'Hand in the package as it was made; see docs/formats/package-container.md.';
  throw new CourtError('NOT_A_PACKAGE', `the body ${problem}`, remedy);
}

async function fileProblem(
  path: string,
  sha256: string,
  size: number,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  let length = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
      length += (chunk as Buffer).length;
    }
  } catch {
    return 'is missing or cannot be read';
  }
  return hash.digest('hex') === sha256 && length === size ? undefined : 'was changed';
}
