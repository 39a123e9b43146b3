import { z } from 'zod';
import type { DepositCommand, DepositContent } from '../../evidence/ports.ts';
import { type Json, parseJson } from '../../formats/jcs.ts';
import { isKind, KINDS, type Kind } from '../../formats/taxonomy.ts';
import { ApiError } from '../errors.ts';
import type { ApiLimits } from '../limits.ts';
import { checkShape } from './check-shape.ts';

// Shapes only: what a text may hold is checked where deposits are taken in, for every way in.
const kind = z.custom<Kind>((value) => typeof value === 'string' && isKind(value), {
  error: 'not a kind of the taxonomy (docs/formats)',
});
// Taken as it was parsed and never copied: a copy would lose a member named "__proto__".
const json = z.custom<Json>((value) => value !== undefined, { error: 'is missing' });

const source = z.strictObject({
  system: z.string(),
  eventId: z.string(),
  generator: z.string().exactOptional(),
  version: z.string().exactOptional(),
  operator: z.string().exactOptional(),
  device: z.string().exactOptional(),
});

const metadata = {
  loan: z.string(),
  kind,
  title: z.string().exactOptional(),
  occurredAt: z.string(),
  source,
  references: z
    .array(
      z.strictObject({ rel: z.string(), eventId: z.string(), system: z.string().exactOptional() }),
    )
    .max(256)
    .exactOptional(),
};

const recordDeposit = z.strictObject({ ...metadata, record: json });
const fileDeposit = z.strictObject({ ...metadata, name: z.string() });
const inlineFile = z.strictObject({
  name: z.string(),
  mediaType: z.string(),
  base64: z.string(),
});
const batchLine = z.union(
  [recordDeposit, z.strictObject({ ...metadata, file: inlineFile })],
  'needs the deposit with either "record" or "file", and no other member',
);

/** A deposit of a structured record from the JSON body. @throws ApiError, FormatError */
export function recordCommand(body: Uint8Array): DepositCommand {
  const { record, ...rest } = checkShape(recordDeposit, parseJson(body));
  return checkKind({ ...rest, content: { form: 'record', record } });
}

/**
 * A deposit of a file stream from the `Cunzheng-Deposit` header.
 * @param header base64url of the metadata's JSON in UTF-8
 * @throws ApiError REQUEST_INVALID, KIND_RESERVED, FormatError JSON_INVALID, JSON_TOO_DEEP
 */
export function fileCommand(
  header: string,
  mediaType: string,
  stream: () => AsyncIterable<Uint8Array>,
  limits: ApiLimits,
): DepositCommand {
  const bytes = decodeHeader(header, limits.headerBytes);
  const { name, ...rest } = checkShape(fileDeposit, parseJson(bytes));
  const checked = checkKind({ ...rest, content: noContent });
  return { ...checked, content: { form: 'stream', name, mediaType, stream: stream() } };
}

const noContent: DepositContent = { form: 'record', record: null };

/** A deposit from one line of a batch. @throws ApiError, FormatError */
export function lineCommand(line: Uint8Array, limits: ApiLimits): DepositCommand {
  const parsed = checkShape(batchLine, parseJson(line));
  if ('record' in parsed) {
    const { record, ...rest } = parsed;
    return checkKind({ ...rest, content: { form: 'record', record } });
  }
  const { file, ...rest } = parsed;
  const { name, mediaType, base64 } = file;
  const bytes = decodeInlineFile(base64, limits.inlineFileBytes);
  return checkKind({ ...rest, content: { form: 'file', name, mediaType, bytes } });
}

function decodeHeader(header: string, maxBytes: number): Uint8Array {
  const bytes = Buffer.from(header, 'base64url');
  if (bytes.toString('base64url') === header.replace(/=+$/, '') && bytes.length <= maxBytes) {
    return bytes;
  }
  const what = `the Cunzheng-Deposit header is not base64url of at most ${maxBytes} bytes`;
  throw new ApiError('REQUEST_INVALID', what, 'Encode the JSON of the metadata as base64url.');
}

function decodeInlineFile(base64: string, maxBytes: number): Uint8Array {
  if (base64.length > Math.ceil(maxBytes / 3) * 4) {
    const remedy = 'Send it as a file stream to POST /v1/deposits.';
    throw new ApiError('BODY_TOO_LARGE', `the file is larger than ${maxBytes} bytes`, remedy);
  }
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') === base64) return bytes;
  const remedy = 'Encode the file with padding and without line breaks (RFC 4648 §4).';
  throw new ApiError('REQUEST_INVALID', '"file.base64" is not base64', remedy);
}

/**
 * Custody and erasure events say what this service did with evidence. If a depositor could write
 * them, a loan's history could tell of an erasure that never was.
 */
function checkKind(command: DepositCommand): DepositCommand {
  const { stage } = KINDS[command.kind];
  if (stage !== 'custody' && stage !== 'erasure') return command;
  const what = `kind "${command.kind}" tells what the service itself did`;
  throw new ApiError('KIND_RESERVED', what, 'Deposit the document under another kind.');
}
