/// <reference lib="dom" />
import type { Language } from '../../verify/messages.ts';
import { foreign, h } from './elements.ts';
import type { Progress } from './run.ts';
import { fill, WORDS } from './words.ts';

interface Running {
  progress: Progress;
  /** Milliseconds of `performance.now()`. */
  since: number;
}

/** What is seen while a verification runs; ticks by itself, so that a long check is seen to live. */
export function progressView(stop: () => void) {
  const bar = h('progress', { max: '1' });
  const what = h('p', { class: 'what', role: 'status' });
  const time = h('p', { class: 'time' });
  const button = h('button', { type: 'button', class: 'quiet' });
  button.addEventListener('click', stop);
  const element = h('div', { class: 'progress' }, what, bar, time, button);
  let shown: { running: Running; language: Language } | undefined;
  const tick = () => {
    if (shown === undefined || !element.isConnected) return;
    const n = Math.floor((performance.now() - shown.running.since) / 1000);
    time.textContent = n === 0 ? '' : fill(WORDS.elapsed[shown.language], { n });
    setTimeout(tick, 500);
  };
  const update = (running: Running, language: Language) => {
    const { progress } = running;
    if (progress.step === 'reading') {
      what.textContent = WORDS.reading[language];
      bar.value = progress.total === 0 ? 1 : progress.done / progress.total;
      return;
    }
    const place = progress.of > 1 ? ` ${progress.at}/${progress.of}` : '';
    what.replaceChildren(`${WORDS.checking[language]}${place}: `, foreign(progress.name));
    // One verification is one piece of work without a known length; several are counted.
    if (progress.of > 1) bar.value = (progress.at - 1) / progress.of;
    else bar.removeAttribute('value');
  };
  const draw = (running: Running, language: Language): HTMLElement => {
    shown = { running, language };
    button.textContent = WORDS.stop[language];
    update(running, language);
    setTimeout(tick, 500);
    return element;
  };
  return { element, draw, update };
}
