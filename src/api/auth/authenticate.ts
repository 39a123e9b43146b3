import { ApiError } from '../errors.ts';
import type { ApiKeyCheck, Caller, Role } from '../ports.ts';

/** Who may use a route: everybody, or holders of a key with one of these roles. */
export type Access = 'public' | readonly [Role, ...Role[]];

// RFC 6750 §2.1. The length is bounded before anything is hashed.
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,200}=*)$/i;

/**
 * Finds out who calls, before a byte of the body is read.
 * @param authorization the header as it came
 * @returns the key's holder; undefined on a public route
 * @throws ApiError KEY_MISSING, KEY_UNKNOWN
 */
export async function authenticate(
  access: Access,
  authorization: string | undefined,
  checkKey: ApiKeyCheck,
): Promise<Caller | undefined> {
  if (access === 'public') return undefined;
  const key = BEARER.exec(authorization ?? '')?.[1];
  if (key === undefined) {
    const remedy = 'Send the header "Authorization: Bearer" with your key.';
    throw new ApiError('KEY_MISSING', 'this address needs an API key', remedy);
  }
  const caller = await checkKey(key);
  if (caller !== undefined) return caller;
  const remedy = 'Ask the administrator for a new key.';
  throw new ApiError('KEY_UNKNOWN', 'no such API key, or it was revoked', remedy);
}

/** Lets a caller with one of the route's roles pass. @throws ApiError ROLE_MISSING */
export function authorise(access: Access, caller: Caller | undefined): void {
  if (access === 'public' || caller?.roles.some((role) => access.includes(role))) return;
  const what = `this address needs one of the roles ${access.join(', ')}`;
  throw new ApiError('ROLE_MISSING', what, 'Ask the administrator for a key with the role.');
}
