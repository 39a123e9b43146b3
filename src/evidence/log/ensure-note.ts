import { equalBytes } from '../../formats/bytes.ts';
import { encodeEntry } from '../../formats/entry.ts';
import { leafHash } from '../../formats/merkle.ts';
import type { EvidenceStore } from '../ports.ts';

const STEP = 1_000;

/**
 * Appends a note unless one of the entries from `since` on is this very note, so that a crash after
 * it does not add it twice. Must run while no deposit batch is under way.
 * @returns its leaf index
 */
export async function ensureNote(
  store: EvidenceStore,
  text: string,
  since: number,
): Promise<number> {
  const data = encodeEntry({ type: 'note', text });
  const size = await store.treeSize();
  for (let begin = since; begin < size; begin += STEP) {
    const rows = await store.readEntries(begin, Math.min(begin + STEP, size));
    const found = rows.find((row) => equalBytes(row.data, data));
    if (found !== undefined) return found.leafIndex;
  }
  const entry = { leafIndex: size, leafHash: leafHash(data), data };
  await store.append({ loans: [], entries: [entry] });
  return size;
}
