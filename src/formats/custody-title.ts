import { KINDS, type Kind } from './taxonomy.ts';

const BETWEEN = '：';

/** The title of a custody event: what was done, and on what ground. */
export function custodyTitle(kind: Kind, ground: string): string {
  return `${KINDS[kind].zh}${BETWEEN}${ground}`;
}

/** The ground in the title of a custody event of this kind; undefined for another title. */
export function groundOfTitle(kind: Kind, title: string): string | undefined {
  const start = custodyTitle(kind, '');
  return title.startsWith(start) ? title.slice(start.length) : undefined;
}
