/// <reference lib="dom" />
import { CHECK_TEXTS, type Language, REASON_TEXTS, VERDICT_TEXTS } from '../../verify/messages.ts';
import type { Check, VerificationReport } from '../../verify/report.ts';
import { foreign, h } from './elements.ts';
import { icon } from './icons.ts';
import { CHECK_GROUPS, fill, OTHER_CHECKS, WORDS } from './words.ts';

interface Line {
  check: Check;
  times: number;
}

/** All checks in groups; a group with anything but passed checks stands first, and open. */
export function checkGroups({ checks }: VerificationReport, language: Language): HTMLElement {
  const groups = CHECK_GROUPS.map(({ prefixes, name }) => ({
    name,
    checks: checks.filter(({ id }) => prefixes.includes(prefixOf(id))),
  }));
  const known = new Set(CHECK_GROUPS.flatMap(({ prefixes }) => prefixes));
  groups.push({ name: OTHER_CHECKS, checks: checks.filter(({ id }) => !known.has(prefixOf(id))) });
  const shown = groups
    .filter((group) => group.checks.length > 0)
    .map((group) => ({ ...group, held: group.checks.filter(holds).length }))
    .toSorted((a, b) => Number(a.held === a.checks.length) - Number(b.held === b.checks.length));
  return h(
    'section',
    { class: 'block' },
    h('h4', {}, WORDS.checks[language]),
    ...shown.map(({ name, checks: own, held }) => groupView(name[language], own, held, language)),
  );
}

const holds = ({ verdict }: Check): boolean => verdict === 'passed';
const prefixOf = (id: string): string => id.split('.')[0] ?? '';

function groupView(name: string, checks: Check[], held: number, language: Language): HTMLElement {
  const worst = checks.some(({ verdict }) => verdict === 'failed')
    ? 'failed'
    : held < checks.length
      ? 'indeterminate'
      : 'passed';
  const count = fill(WORDS.held[language], { n: held, m: checks.length });
  const details = h(
    'details',
    { class: `group ${worst}` },
    h('summary', {}, icon(worst), h('span', {}, name), h('span', { class: 'count' }, count)),
    h('ul', {}, ...linesOf(checks).map((line) => lineView(line, language))),
  );
  details.open = worst !== 'passed';
  return details;
}

/** Passed checks of one kind are told once with their number: a package has hundreds. */
function linesOf(checks: Check[]): Line[] {
  const lines: Line[] = [];
  const passed = new Map<string, Line>();
  for (const check of checks) {
    const same = holds(check) ? passed.get(check.id) : undefined;
    if (same !== undefined) {
      same.times += 1;
      continue;
    }
    const line = { check, times: 1 };
    lines.push(line);
    if (holds(check)) passed.set(check.id, line);
  }
  return lines.toSorted((a, b) => Number(holds(a.check)) - Number(holds(b.check)));
}

function lineView({ check, times }: Line, language: Language): HTMLElement {
  const { id, verdict, reason, subject, detail } = check;
  const name = CHECK_TEXTS[id][language];
  const word = h('span', { class: 'hidden' }, `${VERDICT_TEXTS[verdict][language]}: `);
  const technical = detail !== undefined && times === 1;
  return h(
    'li',
    { class: verdict },
    icon(verdict),
    h(
      'div',
      {},
      word,
      name,
      times > 1 && ` ×${times}`,
      !holds(check) && h('p', { class: 'reason' }, reasonText(reason, language)),
      !holds(check) && subject !== undefined && h('p', { class: 'subject' }, foreign(subject)),
      technical && h('p', { class: 'detail' }, foreign(detail)),
    ),
  );
}

/** The shared text names an option of the command line, which this page does not have. */
function reasonText(reason: Check['reason'], language: Language): string {
  return (reason === 'NO_POLICY' ? WORDS.noPolicyReason : REASON_TEXTS[reason])[language];
}
