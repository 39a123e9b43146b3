const NAME = /^[A-Za-z][\w-]{0,63}$/;

/**
 * A name out of somebody's input as a message may show it, in quotes: one that programs use, else a
 * word in its place. In a field that was mixed up a name can be that of a person, and messages go
 * into answers, terminals and logs.
 */
export function shownName(name: string): string {
  return NAME.test(name) ? `"${name}"` : '(not shown)';
}
