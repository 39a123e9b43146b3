import { FormatError, type FormatErrorCode } from './errors.ts';
import type { Json } from './jcs.ts';
import { shownName } from './shown-name.ts';

const HASH = /^[0-9a-f]{64}$/;

/**
 * Reads the members of a JSON object of a hashed format: every member must be asked for, nothing
 * may be left over. One reader serves all formats, so that all refuse unknown members alike.
 */
export class FieldReader {
  readonly #left: Map<string, Json>;
  readonly #code: FormatErrorCode;
  readonly #what: string;

  /** @throws FormatError `code` when `value` is not an object */
  constructor(value: Json | undefined, code: FormatErrorCode, what: string) {
    this.#code = code;
    this.#what = what;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw this.error('is not a JSON object');
    }
    this.#left = new Map(Object.entries(value));
  }

  error(problem: string): FormatError {
    const remedy = `See docs/formats for the form of a ${this.#what}.`;
    return new FormatError(this.#code, `${this.#what} ${problem}`, remedy);
  }

  #take(name: string): Json | undefined {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  json(name: string): Json {
    const value = this.#take(name);
    if (value === undefined) throw this.error(`lacks "${name}"`);
    return value;
  }

  optionalJson(name: string): Json | undefined {
    return this.#take(name);
  }

  text(name: string, maxLength = 1024): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) {
      throw this.error(`needs text of 1 to ${maxLength} characters in "${name}"`);
    }
    return value;
  }

  /** Whether a member is there and was not asked for yet. */
  has(name: string): boolean {
    return this.#left.has(name);
  }

  optionalText(name: string, maxLength = 1024): string | undefined {
    return this.has(name) ? this.text(name, maxLength) : undefined;
  }

  constant<T extends string | number>(name: string, wanted: T): T {
    if (this.#take(name) !== wanted) throw this.error(`needs "${name}": ${JSON.stringify(wanted)}`);
    return wanted;
  }

  count(name: string): number {
    const value = this.#take(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw this.error(`needs a whole number from 0 in "${name}"`);
    }
    return value;
  }

  optionalCount(name: string): number | undefined {
    return this.#left.has(name) ? this.count(name) : undefined;
  }

  hash(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || !HASH.test(value)) {
      throw this.error(`needs 64 lower-case hex digits in "${name}"`);
    }
    return value;
  }

  matching(name: string, pattern: RegExp, described: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || !pattern.test(value)) {
      throw this.error(`needs ${described} in "${name}"`);
    }
    return value;
  }

  list(name: string, maxLength: number): Json[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length > maxLength) {
      throw this.error(`needs a list of at most ${maxLength} in "${name}"`);
    }
    return value;
  }

  /** @throws FormatError when a member was not asked for */
  end(): void {
    const [unknown] = this.#left.keys();
    if (unknown !== undefined) throw this.error(`has the unknown member ${shownName(unknown)}`);
  }
}

/** Copies only the members whose value is not `undefined`: absent means absent in hashed JSON. */
export function withoutUndefined(members: Record<string, Json | undefined>): Record<string, Json> {
  const out: Record<string, Json> = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) out[name] = value;
  return out;
}
