/// <reference lib="dom" />
import { h } from './elements.ts';

export interface DropZoneTexts {
  drop: string;
  choose: string;
}

/**
 * A place for files: dropped, or chosen with a button that the keyboard reaches too.
 * @param take gets the files; never called with none
 */
export function dropZone(
  id: string,
  texts: DropZoneTexts,
  options: { multiple: boolean; accept?: string; describedBy: string },
  take: (files: File[]) => void,
): HTMLElement {
  const input = h('input', { type: 'file', id, class: 'hidden', tabindex: '-1' });
  input.setAttribute('aria-hidden', 'true');
  input.multiple = options.multiple;
  if (options.accept !== undefined) input.accept = options.accept;
  const button = h(
    'button',
    { type: 'button', 'aria-describedby': options.describedBy },
    texts.choose,
  );
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // Emptied, so that choosing the same file again counts as a new choice.
    input.value = '';
    if (files.length > 0) take(files);
  });
  const zone = h('div', { class: 'drop' }, h('span', {}, texts.drop), button, input);
  acceptDrops(zone, take);
  return zone;
}

function acceptDrops(zone: HTMLElement, take: (files: File[]) => void): void {
  const mark = (over: boolean) => zone.classList.toggle('over', over);
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    mark(true);
  });
  zone.addEventListener('dragleave', () => mark(false));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) take(files);
  });
}

/** A file dropped beside the places would be opened by the browser in place of the page. */
export function ignoreStrayDrops(): void {
  for (const type of ['dragover', 'drop'] as const) {
    window.addEventListener(type, (event) => event.preventDefault());
  }
}
