import type { Request } from 'express';
import { z } from 'zod';
import { type AsOf, parseAsOf } from '../../claim/as-of.ts';
import { parseEvidenceNumber } from '../../formats/evidence-number.ts';
import { ApiError } from '../errors.ts';
import { checkShape } from './check-shape.ts';

const count = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,14})$/, { error: 'is not a whole number' })
  .transform(Number);
const sizeQuery = z.strictObject({ size: count.exactOptional() });
const momentQuery = z.strictObject({
  size: count.exactOptional(),
  at: z.string().min(1).max(40).exactOptional(),
});
const referenceQuery = z.strictObject({ reference: z.string().min(1).max(200) });
const noQuery = z.strictObject({});

/** The evidence number in the path, in its canonical form. @throws FormatError */
export function evidenceNoOf(request: Request): string {
  return parseEvidenceNumber(pathText(request, 'evidenceNo'));
}

/** The entry's number within its loan. @throws ApiError REQUEST_INVALID */
export function seqOf(request: Request): number {
  return checkShape(z.object({ seq: count }), { seq: pathText(request, 'seq') }).seq;
}

/** `?size=`: which checkpoint; the latest when absent. @throws ApiError REQUEST_INVALID */
export function sizeOf(request: Request): number | undefined {
  return checkShape(sizeQuery, { ...request.query }).size;
}

/**
 * `?size=` or `?at=`: which checkpoint, or as of which moment.
 * @throws ApiError REQUEST_INVALID, FormatError DATE_INVALID
 */
export function momentOf(request: Request): { size?: number; asOf?: AsOf } {
  const { size, at } = checkShape(momentQuery, { ...request.query });
  if (size !== undefined && at !== undefined) {
    const what = 'the query names a size and a moment';
    throw new ApiError('REQUEST_INVALID', what, 'Name one of them.');
  }
  if (at !== undefined) return { asOf: parseAsOf(at) };
  return size === undefined ? {} : { size };
}

/** `?reference=`: the lender's loan identifier. @throws ApiError REQUEST_INVALID */
export function referenceOf(request: Request): string {
  return checkShape(referenceQuery, { ...request.query }).reference;
}

/** Refuses a query where none is read: a misspelt one must not go unnoticed. */
export function refuseQuery(request: Request): void {
  checkShape(noQuery, { ...request.query });
}

/** A path parameter as text; a wildcard's segments joined again. */
export function pathText(request: Request, name: string): string {
  const value: string | string[] | undefined = request.params[name];
  return Array.isArray(value) ? value.join('/') : (value ?? '');
}
