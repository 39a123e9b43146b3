import Database from 'better-sqlite3';
import type { EntryRow, LoanReplay } from '../../evidence/ports.ts';
import { EvidenceIndex } from './evidence-index.ts';
import { depositEntryOf, hexColumn } from './evidence-rows.ts';
import { LoanMapTable } from './loan-map-table.ts';

const CACHE_KIB = 64 << 10;

/**
 * An index in a temporary file of SQLite's own, which is gone when it is closed and stays in memory
 * as long as it is small. It knows loans by their entries alone.
 */
export function createReplay(): LoanReplay {
  const db = new Database('');
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  const index = new EvidenceIndex(db);
  const map = new LoanMapTable(db, () => undefined);
  const add = db.transaction((entries: EntryRow[]): number[] => {
    const loans = newLoans(index, entries);
    index.addLoans(loans);
    const rows = entries.map(({ leafIndex, data, deposit }) => {
      return { leafIndex, data, eventKey: hexColumn(deposit?.eventKey) };
    });
    return index.addEntries(rows, (entries.at(-1)?.leafIndex ?? -1) + 1);
  });
  const update = db.transaction(() => {
    const { indexed, mapped } = index.state();
    map.update(mapped, indexed, 1);
  });
  return {
    loanHeads: (keys) =>
      keys.map((key) => {
        const loan = index.loanByKey(Buffer.from(key, 'hex'));
        return loan === undefined ? undefined : index.head(loan);
      }),
    add: (entries) => add(entries),
    map() {
      update();
      return { covers: index.state().mapped, root: map.root() };
    },
    close: () => db.close(),
  };
}

function newLoans(index: EvidenceIndex, entries: EntryRow[]) {
  const keys = new Set(entries.flatMap(({ data }) => depositEntryOf(data)?.loan ?? []));
  let id = index.state().loans;
  return [...keys].flatMap((key) => {
    const loanKey = Buffer.from(key, 'hex');
    if (index.loanByKey(loanKey) !== undefined) return [];
    id++;
    return [{ id, loanKey, reference: key }];
  });
}
