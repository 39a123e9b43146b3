import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../formats/errors.ts';
import type { LogFiles } from '../../verify/audit/log-files.ts';

/** A log that an auditor cannot read: nothing is known about what it holds. */
export class LogUnreadableError extends CodedError<'LOG_UNREADABLE'> {}

const TIMEOUT_MS = 30_000;
/** 256 entries of 65,535 bytes with their lengths: nothing larger is a file of a log. */
const MAX_BYTES = 256 * (2 + 0xffff);

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** A log in a folder: a copy, or the lender's own `log/`. */
export function createFolderLogFiles(folder: string): LogFiles {
  return {
    async read(path) {
      try {
        return new Uint8Array(await readFile(join(folder, path)));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

/**
 * A log behind a web address. Only 404 means that a file is not there; every other failure is one of
 * the way to it.
 * @param base address below which `checkpoint` and `tile/` lie
 * @param apiKey sent to this address alone: redirections are refused
 */
export function createHttpLogFiles(base: string, apiKey?: string): LogFiles {
  const root = base.replace(/\/+$/, '');
  const host = URL.canParse(root) ? new URL(root).host : undefined;
  if (host === undefined) throw unreadable('the address is not a URL', 'Write it as https://….');
  const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  return {
    async read(path) {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      let response: Response;
      try {
        response = await fetch(`${root}/${path}`, { headers, redirect: 'error', signal });
      } catch (cause) {
        const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
        const why = inner instanceof Error ? inner.message.slice(0, 200) : 'unknown';
        throw unreadable(`no answer from ${host}: ${why}`, 'Check the address and try again.');
      }
      if (response.status === 404) return undefined;
      if (response.status === 401 || response.status === 403) {
        const remedy = 'Entry bundles are for auditors: pass --api-key-file with an auditor’s key.';
        throw unreadable(`${host} refuses ${path} (HTTP ${response.status})`, remedy);
      }
      if (!response.ok) {
        throw unreadable(`${host}, ${path}: HTTP ${response.status}`, 'Try again later.');
      }
      return readLimited(response, `${host}, ${path}`);
    },
  };
}

async function readLimited(response: Response, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > MAX_BYTES) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 200) : 'unknown';
    throw unreadable(`${name}: the answer broke off (${why})`, 'Try again.');
  }
  if (length <= MAX_BYTES) return new Uint8Array(Buffer.concat(chunks));
  throw unreadable(`${name}: more than ${MAX_BYTES} bytes`, 'This is not the file of a log.');
}

function unreadable(problem: string, remedy: string): LogUnreadableError {
  return new LogUnreadableError('LOG_UNREADABLE', problem, remedy);
}
