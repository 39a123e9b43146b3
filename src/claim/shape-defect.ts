import type { core } from 'zod';
import { shownName } from '../formats/shown-name.ts';

/** What is wrong with a value: path and rule, never the value, and no made-up name of a member. */
export function shapeDefect(issue: core.$ZodIssue): string {
  const place = issue.path.map((step) => placeOf(step)).join('.');
  const what =
    issue.code === 'unrecognized_keys'
      ? `unknown member ${issue.keys.slice(0, 5).map(shownName).join(', ')}`
      : issue.message.slice(0, 200);
  return place === '' ? what : `${place.slice(0, 100)}: ${what}`;
}

function placeOf(step: PropertyKey): string {
  const text = String(step);
  return /^[\w-]{1,64}$/.test(text) && !/^\d{6,}$/.test(text) ? text : '(not shown)';
}
