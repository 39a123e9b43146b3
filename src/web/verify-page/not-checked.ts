/// <reference lib="dom" />
import { type Language, NOT_CHECKED_TEXTS } from '../../verify/messages.ts';
import { code, h } from './elements.ts';
import type { Outcome } from './outcome.ts';
import { WORDS } from './words.ts';

type Judged = Exclude<Outcome, { form: 'none' }>;

/** Everything that the verdict does not cover, in words. */
export function notCheckedTexts(
  { report, originalMissing, form }: Judged,
  language: Language,
): string[] {
  // The page has words of its own for an original that was not handed in.
  const items = report.notChecked.filter((item) => item !== 'ORIGINAL');
  const texts = items.map(
    (item) => (item === 'CHAIN' ? WORDS.chainOpen : NOT_CHECKED_TEXTS[item])[language],
  );
  if (!originalMissing) return texts;
  return [WORDS[form === 'receipt' ? 'receiptAlone' : 'originalMissing'][language], ...texts];
}

/** The box that keeps anybody from reading more into a verdict than it says. */
export function notCheckedBox(outcome: Judged, index: number, language: Language): HTMLElement {
  const items = notCheckedTexts(outcome, language).map((text) => h('li', {}, text));
  const { lookUps } = outcome;
  const chain = items.find(({ textContent }) => textContent === WORDS.chainOpen[language]);
  if (chain !== undefined && lookUps.length > 0) {
    const terms = lookUps.map(({ logId, root }) =>
      h('p', {}, code(logId), h('br', {}), code(root)),
    );
    chain.append(h('p', {}, WORDS.lookUp[language]), ...terms);
  }
  return h(
    'section',
    { class: 'block not-checked', id: `not-checked-${index}`, tabindex: '-1' },
    h('h4', {}, WORDS.notChecked[language]),
    h('ul', {}, ...items),
  );
}
