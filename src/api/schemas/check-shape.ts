import type { z } from 'zod';
import { shapeDefect } from '../../claim/shape-defect.ts';
import { ApiError } from '../errors.ts';

const MAX_SHOWN = 5;

/**
 * Checks a value against a schema; names each wrong member by its path, and never its value.
 * @throws ApiError REQUEST_INVALID
 */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, MAX_SHOWN).map(shapeDefect);
  const more = result.error.issues.length - problems.length;
  const rest = more > 0 ? `; and ${more} more` : '';
  const remedy = 'See docs/api.md for the members of the request.';
  throw new ApiError('REQUEST_INVALID', problems.join('; ') + rest, remedy);
}
