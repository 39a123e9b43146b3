/// <reference lib="dom" />
import { utf8 } from '../../formats/bytes.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { parsePolicy } from '../../formats/policy.ts';
import type { Language } from '../../verify/messages.ts';
import { reasonOf } from '../../verify/report.ts';
import { dropZone, ignoreStrayDrops } from './drop-zone.ts';
import { foreign, h } from './elements.ts';
import type { Outcome } from './outcome.ts';
import { type NamedPolicy, policyPanel } from './policy-panel.ts';
import { progressView } from './progress-view.ts';
import { recordFoot, recordHead } from './record.ts';
import { resultView, spoken } from './result-view.ts';
import { MAX_TOTAL_BYTES, type Progress } from './run.ts';
import { startVerification, type Verification } from './verification.ts';
import { fill, WORDS } from './words.ts';

interface State {
  language: Language;
  named: NamedPolicy | undefined;
  refusal: string | undefined;
  files: File[];
  running: { verification: Verification; progress: Progress; since: number } | undefined;
  outcomes: Outcome[];
  checkedAt: Date | undefined;
  problem: string | undefined;
}

const startLanguage = (): Language =>
  navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';

/** The page: two places for files, and the results. Draws itself anew after every change. */
export class Page {
  readonly #root: HTMLElement;
  readonly #live: HTMLElement;
  readonly #script: string;
  readonly #build: string;
  readonly #progress = progressView(() => this.#stop());
  #state: State = {
    language: startLanguage(),
    named: undefined,
    refusal: undefined,
    files: [],
    running: undefined,
    outcomes: [],
    checkedAt: undefined,
    problem: undefined,
  };

  /** @param script text of the page's own script */
  constructor(root: HTMLElement, live: HTMLElement, script: string) {
    this.#root = root;
    this.#live = live;
    this.#script = script;
    this.#build = sha256Hex(utf8(script));
    ignoreStrayDrops();
    unfoldForPrint();
    this.#draw();
  }

  #word(key: keyof typeof WORDS): string {
    return WORDS[key][this.#state.language];
  }

  #set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#draw();
  }

  #draw(): void {
    const { language, named, refusal, running } = this.#state;
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.title = this.#word('title');
    const held = (document.activeElement as HTMLElement | null)?.dataset.keep;
    const policy = policyPanel(
      { language, named, refusal },
      (file) => this.#takePolicy(file),
      () => this.#changePolicy(undefined),
    );
    this.#root.replaceChildren(
      this.#header(),
      h('p', { class: 'caution' }, this.#word('caution')),
      h('div', { class: 'places' }, this.#materialPanel(), policy),
      running === undefined ? this.#results() : this.#progress.draw(running, language),
    );
    if (held) this.#root.querySelector<HTMLElement>(`[data-keep="${held}"]`)?.focus();
  }

  #header(): HTMLElement {
    const { language } = this.#state;
    const choice = (own: Language, name: string) => {
      const pressed = String(own === language);
      const button = h(
        'button',
        { type: 'button', 'aria-pressed': pressed, lang: own, 'data-keep': own },
        name,
      );
      button.addEventListener('click', () => this.#set({ language: own }));
      return button;
    };
    const group = { class: 'languages', role: 'group', 'aria-label': this.#word('language') };
    return h(
      'header',
      {},
      h('div', {}, h('h1', {}, this.#word('title')), h('p', { class: 'lead' }, this.#word('lead'))),
      h('div', group, choice('zh', '中文'), choice('en', 'English')),
    );
  }

  #materialPanel(): HTMLElement {
    const texts = { drop: this.#word('dropHere'), choose: this.#word('choose') };
    const options = { multiple: true, describedBy: 'material-hint' };
    return h(
      'section',
      { class: 'panel main', 'aria-labelledby': 'material-heading' },
      h(
        'h2',
        { id: 'material-heading' },
        h('span', { class: 'step' }, '1'),
        this.#word('materialHeading'),
      ),
      h('p', { id: 'material-hint', class: 'hint' }, this.#word('materialHint')),
      dropZone('material-input', texts, options, (files) => this.#verify(files)),
    );
  }

  #results(): HTMLElement {
    const { outcomes, language, named, checkedAt, problem } = this.#state;
    if (problem !== undefined) {
      return h('div', { class: 'problem', role: 'alert' }, foreign(problem));
    }
    if (outcomes.length === 0 || checkedAt === undefined) return h('div', {});
    const print = h('button', { type: 'button', class: 'print' }, this.#word('print'));
    print.addEventListener('click', () => window.print());
    const head = recordHead({ language, named, checkedAt, build: this.#build });
    return h(
      'main',
      { id: 'results' },
      h('div', { class: 'results-head' }, h('h2', {}, this.#word('results')), print),
      head,
      outcomes.length > 1 && h('p', { class: 'summary' }, this.#summary()),
      ...outcomes.map((one, at) => resultView(one, at, language, named !== undefined)),
      recordFoot(language),
    );
  }

  #summary(): string {
    const { outcomes } = this.#state;
    const count = { all: outcomes.length, passed: 0, failed: 0, indeterminate: 0, none: 0 };
    for (const one of outcomes) count[one.form === 'none' ? 'none' : one.report.verdict] += 1;
    return fill(this.#word('several'), count);
  }

  async #takePolicy(file: File): Promise<void> {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const policy = parsePolicy(bytes);
      this.#changePolicy({ policy, fileName: file.name, sha256: sha256Hex(bytes) });
    } catch (error) {
      // A policy in use stays out, too: the verifier meant to replace it.
      this.#changePolicy(undefined, `${file.name}: ${reasonOf(error)}`);
    }
  }

  #changePolicy(named: NamedPolicy | undefined, refusal?: string): void {
    this.#set({ named, refusal });
    if (this.#state.files.length > 0) this.#verify(this.#state.files);
  }

  #stop(): void {
    this.#state.running?.verification.stop();
    this.#set({ running: undefined, files: [], outcomes: [] });
  }

  #verify(files: File[]): void {
    this.#state.running?.verification.stop();
    this.#live.textContent = '';
    const total = files.reduce((sum, { size }) => sum + size, 0);
    if (total > MAX_TOTAL_BYTES) {
      this.#set({ problem: this.#word('tooLarge'), running: undefined, files: [] });
      return;
    }
    const now = new Date();
    const order = { files, context: { policy: this.#state.named?.policy, now } };
    const verification = startVerification(this.#script, order, (progress) => {
      const { running } = this.#state;
      if (running?.verification !== verification) return;
      running.progress = progress;
      this.#progress.update(running, this.#state.language);
    });
    const progress: Progress = { step: 'reading', done: 0, total };
    const running = { verification, progress, since: performance.now() };
    this.#set({ files, running, outcomes: [], problem: undefined });
    this.#progress.element.scrollIntoView({ block: 'nearest' });
    const current = () => this.#state.running?.verification === verification;
    verification.outcomes.then(
      (outcomes) => current() && this.#show(outcomes, now),
      (error: unknown) => {
        const problem = `${this.#word('failedToRun')} ${reasonOf(error)}`;
        if (current()) this.#set({ running: undefined, problem, files: [] });
      },
    );
  }

  #show(outcomes: Outcome[], checkedAt: Date): void {
    const problem = outcomes.length === 0 ? this.#word('nothingRead') : undefined;
    this.#set({ running: undefined, outcomes, checkedAt, problem });
    this.#live.textContent = spoken(outcomes, this.#state.language);
    document.getElementById('results')?.scrollIntoView({ block: 'start' });
  }
}

/** A printed record shows every check, also those that are folded on the screen. */
function unfoldForPrint(): void {
  let folded: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll<HTMLDetailsElement>('details.group:not([open])')];
    for (const details of folded) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
}
