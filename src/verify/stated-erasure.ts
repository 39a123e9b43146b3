import { groundOfTitle } from '../formats/custody-title.ts';
import type { Statement } from '../formats/statement.ts';
import type { StatedErasure } from './report.ts';

/** What a tombstone says; undefined for the statement of another kind. */
export function statedErasure(statement: Statement): StatedErasure | undefined {
  const { kind, title, receivedAt } = statement;
  if (kind !== 'erased') return undefined;
  return { at: receivedAt, ground: groundOfTitle(kind, title) ?? title };
}
