import { fromHex, toBase64 } from '../../formats/bytes.ts';
import type { Json } from '../../formats/jcs.ts';
import { CONTAINER_MIMETYPE } from '../../formats/zip-container.ts';
import type { CourtGateway, CourtReceipt } from '../../litigation/ports.ts';
import { SubmissionError } from '../../litigation/submission/errors.ts';
import { verifyCourtReceipt } from '../../verify/court-receipt.ts';

/** How a court is reached, and by which key its receipts are known. */
export interface CourtAccess {
  /** As it stands in its receipts. */
  name: string;
  /** Such as `https://court.example/`; plain http is for the same machine and private networks. */
  url: string;
  /** RFC 7638 thumbprint of its receipt key, told by the court by another way. */
  thumbprint: string;
  /** The key that the court gave us. */
  apiKey: string;
  /** For one package, milliseconds, verification at the court included. Default 120,000. */
  timeoutMs?: number;
}

const MAX_ANSWER_BYTES = 1 << 20;
const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_RETRY_AFTER_MS = 3_600_000;
/** Refusals that say "the body broke on its way": the package itself is sound. */
const BROKEN_ON_THE_WAY = ['PACKAGE_DIFFERS', 'DIGEST_MISMATCH', 'UPLOAD_ABORTED'];

/** Hands packages in at a court that speaks docs/court-protocol.md. */
export function createHttpCourtGateway(access: CourtAccess): CourtGateway {
  return {
    name: access.name,
    async submit({ sha256, bytes }) {
      const response = await put(access, sha256, bytes);
      const text = await readAnswer(access, response);
      if (response.status !== 200 && response.status !== 201) {
        throw refusalOf(access, response, text);
      }
      return checkedReceipt(access, sha256, text);
    },
  };
}

async function put(
  { name, url, apiKey, timeoutMs }: CourtAccess,
  sha256: string,
  bytes: Uint8Array,
): Promise<Response> {
  const address = new URL(`v1/filings/${sha256}`, url.endsWith('/') ? url : `${url}/`);
  try {
    return await fetch(address, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': CONTAINER_MIMETYPE,
        'content-digest': `sha-256=:${toBase64(fromHex(sha256))}:`,
        'idempotency-key': `"${sha256}"`,
      },
      body: bytes as Uint8Array<ArrayBuffer>,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs ?? DEFAULT_TIMEOUT_MS),
    });
  } catch (cause) {
    throw unreachable(name, cause);
  }
}

async function readAnswer({ name }: CourtAccess, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw new Error(`an answer above ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (cause) {
    throw unreachable(name, cause);
  }
}

function unreachable(court: string, cause: unknown): SubmissionError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = inner instanceof Error ? inner.message.slice(0, 200) : 'unknown';
  const remedy = 'Check the address of the court; the same package is sent again in the next run.';
  return new SubmissionError('COURT_UNREACHABLE', `no answer from ${court}: ${why}`, remedy, {
    cause,
  });
}

function refusalOf(access: CourtAccess, response: Response, text: string): SubmissionError {
  const { status } = response;
  const { code, detail, remedy } = problemOf(text);
  const what = `${access.name} answered ${status} ${code}: ${detail}`;
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
  if (status === 429 || status >= 500) {
    return new SubmissionError('COURT_BUSY', what, remedy, { retryAfterMs });
  }
  if (status === 408 || BROKEN_ON_THE_WAY.includes(code)) {
    return new SubmissionError('COURT_UNREACHABLE', what, remedy, { retryAfterMs });
  }
  if (status === 401 || status === 403) return new SubmissionError('COURT_DENIED', what, remedy);
  return new SubmissionError('COURT_REFUSED', what, remedy);
}

/** The problem document (RFC 9457) as far as there is one: the answer is hostile input. */
function problemOf(text: string): { code: string; detail: string; remedy: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const members = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const pick = (name: string, fallback: string) => {
    const member = members[name];
    return typeof member === 'string' && member !== '' ? member.slice(0, 500) : fallback;
  };
  return {
    code: pick('code', 'NO_PROBLEM_DOCUMENT'),
    detail: pick('detail', 'no reason given'),
    remedy: pick('remedy', 'Ask the operator of the court.'),
  };
}

/** Retry-After as seconds or as a date (RFC 9110 §10.2.3); an hour at most. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d{1,9}$/.test(header)
    ? Number(header) * 1000
    : Date.parse(header) - Date.now();
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_MS) : undefined;
}

function checkedReceipt(access: CourtAccess, sha256: string, text: string): CourtReceipt {
  let jws: unknown;
  try {
    jws = (JSON.parse(text) as { receipt?: unknown } | null)?.receipt;
  } catch {
    jws = undefined;
  }
  const { name, thumbprint } = access;
  const courts = [{ name, thumbprint }];
  const report = verifyCourtReceipt(typeof jws === 'string' ? jws : '', {
    courts,
    packageSha256: sha256,
  });
  if (report.verdict === 'passed' && typeof jws === 'string' && report.payload !== undefined) {
    return { jws, payload: report.payload as unknown as Json };
  }
  const open = report.checks.filter(({ verdict }) => verdict !== 'passed');
  const why = open.map(({ id, reason, detail }) => [id, reason, detail].filter(Boolean).join(' '));
  throw new SubmissionError(
    'RECEIPT_INVALID',
    `the receipt of ${name} does not hold: ${why.join('; ')}`,
    'Compare the name and thumbprint of the court with what it told you, and ask it.',
  );
}
