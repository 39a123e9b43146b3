import { CodedError } from '../../formats/errors.ts';

export type ProfileErrorCode =
  | 'PROFILE_INVALID'
  | 'PROFILE_FILE_MISSING'
  | 'PROFILE_FILE_UNREADABLE';

/** The profile cannot be used with these files. Thrown before anything is deposited. */
export class ProfileError extends CodedError<ProfileErrorCode> {
  /** Every problem found, one sentence each, with its place in the profile. */
  readonly problems: readonly string[];

  constructor(code: ProfileErrorCode, profile: string, problems: readonly string[]) {
    const head = `profile ${profile}: ${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    super(code, `${head}\n${problems.map((problem) => `  ${problem}`).join('\n')}`, REMEDY[code]);
    this.problems = problems;
  }
}

const REMEDY: Record<ProfileErrorCode, string> = {
  PROFILE_INVALID: 'Mend the profile; docs/import.md describes the mapping language.',
  PROFILE_FILE_MISSING: 'Put the file in the import folder, or mark it "optional": true.',
  PROFILE_FILE_UNREADABLE: 'Compare the declared format, encoding and sheet with the file.',
};

export type RowErrorCode =
  | 'ROW_MALFORMED'
  | 'CELL_UNREADABLE'
  | 'VALUE_ABSENT'
  | 'VALUE_INVALID'
  | 'DATE_INVALID'
  | 'DECIMAL_INVALID'
  | 'INTEGER_INVALID'
  | 'CODE_UNKNOWN'
  | 'JOIN_MISSING'
  | 'JOIN_AMBIGUOUS'
  | 'EVENT_TIME_INVALID'
  | 'DOCUMENT_MISSING'
  | 'DOCUMENT_REFUSED'
  | 'RECORD_INVALID'
  | 'FILE_UNREADABLE';

/**
 * One row, or one event of a row, cannot be mapped. `message` names the column and the reason and
 * never holds the value, since messages reach logs and values are personal data.
 */
export class RowError extends CodedError<RowErrorCode> {
  readonly column: string | undefined;
  /** The offending text, for the report file that the user asks for; at most 200 characters. */
  readonly value: string | undefined;

  constructor(code: RowErrorCode, message: string, at: { column?: string; value?: string } = {}) {
    super(code, message, 'Mend the row in its source, or the profile, and import again.');
    this.column = at.column;
    this.value = at.value?.slice(0, 200);
  }
}

/** Levenshtein distance, two rows at a time. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, swap));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}

/** `; did you mean "x"?` for the candidate nearest to `name`, or nothing when none is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const wanted = name.toLowerCase().slice(0, 100);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase().slice(0, 100));
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best === undefined ? '' : `; did you mean "${best}"?`;
}
