/// <reference lib="dom" />
import './allow-no-eval.ts';
import { Page } from './page.ts';
import { WORDS } from './words.ts';
import { serveOrders } from './worker.ts';

// One script for both places: a worker from a page on disk can only be made of a text at hand.
if (typeof document === 'undefined') {
  serveOrders(globalThis as unknown as Parameters<typeof serveOrders>[0]);
} else {
  start(document.currentScript?.textContent ?? '');
}

/** A browser without these would call a good signature bad: better no verdict than that. */
function isRecentBrowser(): boolean {
  return (
    'isWellFormed' in String.prototype &&
    'toReversed' in Uint8Array.prototype &&
    'toSorted' in Array.prototype &&
    'findLast' in Array.prototype &&
    'stream' in Blob.prototype
  );
}

function start(script: string): void {
  const root = document.getElementById('page');
  const live = document.getElementById('live');
  if (root === null || live === null) return;
  if (isRecentBrowser()) new Page(root, live, script);
  else root.textContent = `${WORDS.tooOld.zh} ${WORDS.tooOld.en}`;
}
