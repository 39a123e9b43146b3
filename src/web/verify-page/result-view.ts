/// <reference lib="dom" />
import { KINDS } from '../../formats/taxonomy.ts';
import {
  CHECK_TEXTS,
  erasureWords,
  type Language,
  REASON_TEXTS,
  STAMP_WORTH_TEXTS,
  VERDICT_MEANING,
  VERDICT_TEXTS,
} from '../../verify/messages.ts';
import type { Verdict, VerificationReport } from '../../verify/report.ts';
import { adviceBox } from './advice-box.ts';
import { checkGroups } from './check-list.ts';
import { code, foreign, h } from './elements.ts';
import { icon } from './icons.ts';
import { notCheckedBox, notCheckedTexts } from './not-checked.ts';
import type { FileMark, Outcome } from './outcome.ts';
import { FACT_WORDS, FORM_WORDS, fill, WORDS } from './words.ts';

type Judged = Exclude<Outcome, { form: 'none' }>;

/** One result: verdict and meaning first, then facts, checks, and what was not checked. */
export function resultView(
  outcome: Outcome,
  index: number,
  language: Language,
  hasPolicy: boolean,
): HTMLElement {
  const labelled = { class: 'result', 'aria-labelledby': `verdict-${index}` };
  if (outcome.form === 'none') {
    return h('article', labelled, notVerified(outcome, index, language));
  }
  return h(
    'article',
    labelled,
    banner(outcome, index, language),
    outcome.report.verdict === 'indeterminate' && adviceBox(outcome, language, hasPolicy),
    factList(outcome.report, language),
    materialList(outcome.files, language),
    checkGroups(outcome.report, language),
    notCheckedBox(outcome, index, language),
  );
}

/** The sentence that a screen reader speaks when the verification ends. */
export function spoken(outcomes: Outcome[], language: Language): string {
  return outcomes
    .map((outcome) => {
      const name = outcome.files.map((file) => file.name).join(', ');
      if (outcome.form === 'none') return `${WORDS.notVerified[language]}: ${name}`;
      const { verdict } = outcome.report;
      const word = VERDICT_TEXTS[verdict][language];
      return `${WORDS.verdict[language]}: ${word}. ${VERDICT_MEANING[verdict][language]} ${name}`;
    })
    .join(' ');
}

function fileNames(files: FileMark[], form: Outcome['form'], language: Language): HTMLElement {
  const names = files.flatMap(({ name }, at) => [at > 0 ? ' + ' : '', foreign(name)]);
  return h('p', { class: 'about' }, `${FORM_WORDS[form][language]} · `, ...names);
}

function notVerified(
  { files, form, why }: Extract<Outcome, { form: 'none' }>,
  index: number,
  language: Language,
): HTMLElement {
  return h(
    'div',
    { class: 'banner none' },
    icon('none'),
    h(
      'div',
      {},
      fileNames(files, form, language),
      h('h3', { id: `verdict-${index}` }, WORDS.notVerified[language]),
      h('p', { class: 'meaning' }, WORDS[why === 'policy' ? 'strayPolicy' : 'noProof'][language]),
    ),
  );
}

const COUNTS: Record<Verdict, 'counts' | 'countsFailed' | 'countsOpen'> = {
  passed: 'counts',
  failed: 'countsFailed',
  indeterminate: 'countsOpen',
};

function banner(outcome: Judged, index: number, language: Language): HTMLElement {
  const { report, files, form } = outcome;
  const { verdict, checks } = report;
  const n = checks.filter((check) => check.verdict === verdict).length;
  const m = notCheckedTexts(outcome, language).length;
  return h(
    'div',
    { class: `banner ${verdict}` },
    icon(verdict),
    h(
      'div',
      {},
      fileNames(files, form, language),
      h('h3', { id: `verdict-${index}` }, VERDICT_TEXTS[verdict][language]),
      h('p', { class: 'meaning' }, VERDICT_MEANING[verdict][language]),
      verdict === 'failed' && failingChecks(report, language),
      h(
        'p',
        { class: 'counts' },
        fill(WORDS[COUNTS[verdict]][language], { n, m }),
        h('a', { href: `#not-checked-${index}` }, WORDS.seeNotChecked[language]),
      ),
    ),
  );
}

/** The first checks that fail, beside the verdict: the answer to "what is wrong?". */
function failingChecks({ checks }: VerificationReport, language: Language): HTMLElement {
  const failed = checks.filter(({ verdict }) => verdict === 'failed');
  const shown = failed.slice(0, 3).map(({ id, reason, subject }) => {
    const what = `${CHECK_TEXTS[id][language]} — ${REASON_TEXTS[reason][language]}`;
    return h(
      'li',
      {},
      what,
      subject !== undefined && ': ',
      subject !== undefined && foreign(subject),
    );
  });
  const n = failed.length - shown.length;
  return h(
    'div',
    { class: 'failing' },
    h('p', {}, WORDS.failing[language]),
    h('ul', {}, ...shown),
    n > 0 && h('p', {}, fill(WORDS.more[language], { n })),
  );
}

const TECHNICAL = new Set(['signerRoot', 'logKeyFingerprint', 'evidenceNo']);

/** Only a passed verdict makes facts of what the material says. */
function factList({ facts, verdict }: VerificationReport, language: Language): HTMLElement {
  const list = h('dl', { class: 'facts' });
  for (const [name, words] of Object.entries(FACT_WORDS)) {
    const value = facts[name as keyof typeof facts];
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const text = String(value);
    const shown = TECHNICAL.has(name) ? code(text) : foreign(text);
    list.append(h('dt', {}, words[language]), h('dd', {}, shown));
  }
  if (facts.erasure !== undefined) {
    const text = foreign(erasureWords(facts.erasure)[language]);
    list.append(h('dt', {}, KINDS.erased[language]), h('dd', {}, text));
  }
  for (const { authority, time, worth } of facts.timestamps ?? []) {
    const text = h('p', {}, STAMP_WORTH_TEXTS[worth][language]);
    list.append(
      h('dt', {}, WORDS.timeStamp[language]),
      h('dd', {}, code(time), ' ', foreign(authority), text),
    );
  }
  const heading = verdict === 'passed' ? 'facts' : 'factsUnconfirmed';
  return h(
    'section',
    { class: list.childElementCount === 0 ? 'hidden' : 'block' },
    h('h4', {}, WORDS[heading][language]),
    list,
  );
}

function materialList(files: FileMark[], language: Language): HTMLElement {
  const list = h('dl', { class: 'facts' });
  for (const { name, size, sha256 } of files) {
    const bytes = `${size.toLocaleString('en-US')} ${WORDS.bytes[language]}`;
    list.append(
      h('dt', {}, foreign(name)),
      h('dd', {}, bytes, h('br', {}), 'SHA-256 ', code(sha256)),
    );
  }
  return h('section', { class: 'block' }, h('h4', {}, WORDS.materials[language]), list);
}
