/// <reference lib="dom" />
import type { Language } from '../../verify/messages.ts';
import { code, foreign, h } from './elements.ts';
import { fingerprints, type NamedPolicy } from './policy-panel.ts';
import { WORDS } from './words.ts';

/** Head of the printed record: when, by what program, on whose word. */
export function recordHead(of: {
  language: Language;
  named: NamedPolicy | undefined;
  checkedAt: Date;
  /** SHA-256 of the page's script, hex. */
  build: string;
}): HTMLElement {
  const { language, named, checkedAt, build } = of;
  const word = (key: keyof typeof WORDS) => WORDS[key][language];
  const list = h('dl', { class: 'facts' });
  const line = (name: string, ...value: (Node | string)[]) =>
    list.append(h('dt', {}, name), h('dd', {}, ...value));
  line(word('checkedAt'), localTime(checkedAt));
  line(word('program'), `${word('programText')} `, code(build));
  if (named === undefined) line(word('policyNamed'), word('policyOmitted'));
  else line(word('policyNamed'), foreign(named.policy.name), fingerprints(named, language));
  return h(
    'section',
    { class: 'record-head' },
    h('h2', { class: 'print-only' }, word('record')),
    list,
  );
}

/** Foot of the printed record: room for a name and a day. */
export function recordFoot(language: Language): HTMLElement {
  const blank = (key: 'signature' | 'date') =>
    h('p', {}, `${WORDS[key][language]}: `, h('span', { class: 'blank' }));
  return h(
    'section',
    { class: 'print-only record-foot' },
    h('p', { class: 'caution' }, WORDS.caution[language]),
    h('div', { class: 'signing' }, blank('signature'), blank('date')),
  );
}

/** `2026-02-03 14:05:06 +08:00`: the same in every language, with the offset. */
function localTime(date: Date): string {
  const two = (value: number) => String(Math.trunc(value)).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const zone = `${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
  return `${day} ${time} ${sign}${zone}`;
}
