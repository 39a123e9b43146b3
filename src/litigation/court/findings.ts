import type { CourtFinding } from '../../verify/court-receipt.ts';
import { CHECK_TEXTS, REASON_TEXTS } from '../../verify/messages.ts';
import type { Check, VerificationReport } from '../../verify/report.ts';

/**
 * Everything in a report that did not hold, for the receipt: checks of one kind with one reason are
 * one finding that lists what they were applied to. Order of the report.
 * @param maxSubjects how many places a finding names; `count` always tells how many there are
 */
export function findingsOf({ checks }: VerificationReport, maxSubjects: number): CourtFinding[] {
  const groups = new Map<string, Check[]>();
  for (const check of checks) {
    if (check.verdict === 'passed') continue;
    const key = `${check.id} ${check.reason} ${check.verdict}`;
    groups.set(key, [...(groups.get(key) ?? []), check]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [findingOf(first, group, maxSubjects)];
  });
}

function findingOf(first: Check, group: Check[], maxSubjects: number): CourtFinding {
  const { id, reason, verdict, detail } = first;
  const subjects = group.flatMap(({ subject }) => subject ?? []).slice(0, maxSubjects);
  return {
    check: id,
    reason,
    verdict,
    zh: `${CHECK_TEXTS[id].zh}：${REASON_TEXTS[reason].zh}`,
    en: `${CHECK_TEXTS[id].en}: ${REASON_TEXTS[reason].en}`,
    detail: maxSubjects === 0 ? '' : wellFormed(detail ?? ''),
    subjects: subjects.map(wellFormed),
    count: group.length,
  };
}

/** Names and messages come from hostile bytes, cut at any place: half a character has no JSON form. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}
