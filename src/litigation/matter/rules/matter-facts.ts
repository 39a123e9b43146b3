import { dayNumber, isLoanDate } from '../../../claim/calendar-date.ts';
import { type Lateness, latenessInOrder } from '../../../claim/lateness.ts';
import { type Cents, formatMoneyGrouped, parseMoney } from '../../../claim/money.ts';
import { parseRecord, type RecordKind, type RecordOf } from '../../../claim/records.ts';
import { latenessLimits } from '../filing-profile.ts';
import type { Finding, Matter, MatterArtifact } from '../matter.ts';

/** A rule of the gate: looks at one matter and says what it found. Pure. */
export type Rule = (matter: Matter) => Finding[];

/** Records of one kind that fit their schema; malformed ones are a finding of their own. */
export function recordsOf<K extends RecordKind>(
  { artifacts }: Matter,
  kind: K,
): { seq: number; record: RecordOf<K>; artifact: MatterArtifact }[] {
  return artifacts.flatMap((artifact) => {
    if (artifact.statement.kind !== kind || artifact.record === undefined) return [];
    try {
      return [{ seq: artifact.seq, record: parseRecord(kind, artifact.record), artifact }];
    } catch {
      // Reported as RECORD_INVALID; the rules go on with the records that can be read.
      return [];
    }
  });
}

/** Deposits of a kind, records and documents alike. */
export function ofKind({ artifacts }: Matter, kind: string): MatterArtifact[] {
  return artifacts.filter(({ statement }) => statement.kind === kind);
}

export const seqsOf = (list: readonly { seq: number }[]): number[] => list.map(({ seq }) => seq);

/** Every deposit of the loan with what its times say, by the limits of the profile. */
export function timesOf({ artifacts, profile }: Matter): { seq: number; times: Lateness }[] {
  const statements = artifacts.map(({ statement }) => statement);
  const times = latenessInOrder(statements, latenessLimits(profile));
  return times.map((one, at) => ({ seq: statements[at]?.seq ?? at, times: one }));
}

/** The day of a date or date-time as written, in the time zone it was written in. */
export const dayOf = (time: string): string => time.slice(0, 10);

/** Days from one date to another; 0 when either is no day on which a loan can live. */
export function daysFrom(from: string, to: string): number {
  return isLoanDate(from) && isLoanDate(to) ? dayNumber(to) - dayNumber(from) : 0;
}

/** Whether the law of this filing is that of China. */
export const isChinese = ({ profile }: Matter): boolean => profile.jurisdiction === 'cn';

/** The law that a rule rests on in China, or the profile where the filing goes elsewhere. */
export function ruleText(matter: Matter, chinese: string): string {
  return isChinese(matter) ? chinese : `filing profile ${matter.profile.name}`;
}

/** Grouped money with its currency: `CZK 2,939.00`. */
export function money(matter: Matter, amount: Cents | string): string {
  const cents = typeof amount === 'string' ? parseMoney(amount) : amount;
  const currency = matter.claim?.currency ?? matter.terms?.currency ?? '';
  return `${currency} ${formatMoneyGrouped(cents)}`.trim();
}

/** Everything that has fallen due by the cut-off, called money included. */
export function amountDue({ claim }: Matter): Cents {
  return (claim?.working ?? [])
    .filter(({ event }) => event === 'due' || event === 'acceleration' || event === 'fee')
    .reduce((sum, { amount }) => sum + parseMoney(amount), 0n);
}

/** Day on which the loan began: first payout, else the start that the terms state. */
export function beginning(matter: Matter): { date: string; seqs: number[] } | undefined {
  const paidOut = recordsOf(matter, 'disbursement').sort((a, b) =>
    a.record.date < b.record.date ? -1 : 1,
  );
  const [first] = paidOut;
  if (first !== undefined) return { date: first.record.date, seqs: [first.seq] };
  const { terms } = matter;
  if (terms?.startDate === undefined) return undefined;
  return { date: terms.startDate, seqs: [terms.seq] };
}
