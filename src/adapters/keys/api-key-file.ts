import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, type Stats, statSync } from 'node:fs';
import { type ApiKeyCheck, type Caller, isRole, type Role } from '../../api/ports.ts';
import type { Clock, RandomSource } from '../../evidence/ports.ts';
import { CodedError } from '../../formats/errors.ts';
import { FieldReader } from '../../formats/fields.ts';
import { type Json, parseJson } from '../../formats/jcs.ts';
import { writeSecretFile } from './key-files.ts';

export type ApiKeyErrorCode = 'KEY_FILE_INVALID' | 'KEY_FILE_EXPOSED' | 'KEY_NAME_INVALID';

/** What can be wrong with the file of API keys or with a key that is to be made. */
export class ApiKeyError extends CodedError<ApiKeyErrorCode> {}

/** A key as the file holds it. */
export interface ApiKeyRecord extends Caller {
  /** SHA-256 of the key's text, hex: 256 random bits need no slow hash. */
  sha256: string;
  createdAt: string;
}

/** The keys of the HTTP interface. */
export interface ApiKeyFile {
  /** Constant-time over all keys; sees keys that another process made or revoked. */
  checkKey: ApiKeyCheck;
  /**
   * Makes a key and returns its text, which is stored nowhere.
   * @throws ApiKeyError KEY_NAME_INVALID when the name is taken or not 1 to 64 plain characters, or
   *   no role is given
   */
  createApiKey(name: string, roles: readonly Role[]): string;
  listApiKeys(): ApiKeyRecord[];
  /** @returns false when there is no key of that name */
  revokeApiKey(name: string): boolean;
}

const PREFIX = 'czk_';
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const KEY_BYTES = 32;

/**
 * API keys in a JSON file of mode 0600 that holds their hashes only.
 * @throws ApiKeyError KEY_FILE_INVALID, and KEY_FILE_EXPOSED when others than the owner can read it
 */
export function openApiKeyFile(
  path: string,
  ports: { clock: Clock; random: RandomSource },
): ApiKeyFile {
  let seen = '';
  let records: ApiKeyRecord[] = [];
  const current = (): ApiKeyRecord[] => {
    const stats = statSync(path, { throwIfNoEntry: false });
    const version = stats === undefined ? 'none' : `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
    if (version !== seen) {
      records = stats === undefined ? [] : readRecords(path, stats);
      seen = version;
    }
    return records;
  };
  const write = (changed: ApiKeyRecord[]) => writeSecretFile(path, encodeRecords(changed));
  current();
  return {
    checkKey: (key) => holderOf(key, current()),
    createApiKey(name, roles) {
      checkNew(name, roles, current());
      const key = PREFIX + Buffer.from(ports.random.bytes(KEY_BYTES)).toString('base64url');
      const createdAt = ports.clock.now().toISOString();
      write([...current(), { name, roles, sha256: digest(key).toString('hex'), createdAt }]);
      return key;
    },
    listApiKeys: () => [...current()],
    revokeApiKey(name) {
      const left = current().filter((record) => record.name !== name);
      if (left.length === current().length) return false;
      write(left);
      return true;
    },
  };
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function holderOf(key: string, records: ApiKeyRecord[]): Caller | undefined {
  const given = digest(key);
  let found: Caller | undefined;
  // Every record is compared, so the time taken does not tell which one came close.
  for (const { name, roles, sha256 } of records) {
    if (timingSafeEqual(given, Buffer.from(sha256, 'hex'))) found = { name, roles };
  }
  return found;
}

function checkNew(name: string, roles: readonly Role[], records: ApiKeyRecord[]): void {
  const refuse = (problem: string, remedy: string) => {
    throw new ApiKeyError('KEY_NAME_INVALID', problem, remedy);
  };
  if (!NAME.test(name)) refuse(`malformed key name "${name.slice(0, 64)}"`, 'Example: core-bank.');
  if (records.some((record) => record.name === name)) {
    refuse(`there is a key named "${name}"`, 'Revoke it first, or choose another name.');
  }
  if (roles.length === 0 || !roles.every(isRole)) {
    refuse('a key needs at least one role', 'See docs/api.md for the roles.');
  }
}

function encodeRecords(records: ApiKeyRecord[]): string {
  return `${JSON.stringify({ v: 1, keys: records }, null, 2)}\n`;
}

function readRecords(path: string, stats: Stats): ApiKeyRecord[] {
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    const what = `${path} can be read by others than its owner`;
    throw new ApiKeyError('KEY_FILE_EXPOSED', what, `Run: chmod 600 ${path}`);
  }
  try {
    const read = reader(parseJson(readFileSync(path)));
    read.constant('v', 1);
    const keys = read.list('keys', 10_000).map(readRecord);
    read.end();
    return keys;
  } catch (cause) {
    const what = `${path} is not a file of API keys`;
    throw new ApiKeyError('KEY_FILE_INVALID', what, 'Restore it from the backup.', { cause });
  }
}

function reader(value: Json): FieldReader {
  return new FieldReader(value, 'JSON_INVALID', 'file of API keys');
}

function readRecord(value: Json): ApiKeyRecord {
  const read = reader(value);
  const roles = read.list('roles', 8);
  if (!roles.every(isRole)) throw read.error('names an unknown role');
  const record = {
    name: read.matching('name', NAME, 'a name'),
    roles,
    sha256: read.hash('sha256'),
    createdAt: read.text('createdAt', 40),
  };
  read.end();
  return record;
}
