import { didYouMean, RowError } from './mapping-errors.ts';
import type { FileSpec } from './mapping-profile.ts';
import type { Cell } from './ports.ts';

/** Where a column is found: in the row itself (slot 0) or in the row of a join (slots from 1). */
export interface ColumnRef {
  slot: number;
  index: number;
  /** As the profile writes it, for messages. */
  label: string;
  file: FileSpec;
}

/** A row under mapping. A join is looked up only when one of its columns is asked for. */
export interface RowScope {
  /** The cells of a slot; undefined when an optional join found no row. */
  cells(slot: number): readonly Cell[] | undefined;
  /** Whether the slot has a row; asking is never an error. */
  has(slot: number): boolean;
}

interface ScopeTable {
  alias: string;
  /** undefined: an optional file that is not there; every column of it is absent. */
  columns: readonly string[] | undefined;
  file: FileSpec;
}

/** The names that expressions of one step may use, and what they stand for. */
export class ColumnScope {
  readonly #tables: ScopeTable[];

  /** The first table is the step's own file: its columns need no prefix. */
  constructor(own: ScopeTable) {
    this.#tables = [own];
  }

  /** Adds a joined file; its columns are written `alias.column` from now on. */
  add(table: ScopeTable): void {
    this.#tables.push(table);
  }

  slotOf(alias: string): number | undefined {
    const slot = this.#tables.findIndex((table, at) => at > 0 && table.alias === alias);
    return slot < 0 ? undefined : slot;
  }

  aliases(): string[] {
    return this.#tables.slice(1).map((table) => table.alias);
  }

  /** The column, or the reason why there is none. A column of the file itself wins over a join. */
  resolve(name: string): ColumnRef | string {
    const own = this.#find(0, name, name);
    if (own !== undefined) return own;
    const dot = name.indexOf('.');
    const slot = dot < 0 ? undefined : this.slotOf(name.slice(0, dot));
    const joined = slot === undefined ? undefined : this.#find(slot, name.slice(dot + 1), name);
    return joined ?? `no column "${name}"${didYouMean(name, this.#names())}`;
  }

  #find(slot: number, column: string, label: string): ColumnRef | string | undefined {
    const table = this.#tables[slot];
    if (table === undefined) return undefined;
    if (table.columns === undefined) return { slot, index: -1, label, file: table.file };
    const index = table.columns.indexOf(column);
    if (index < 0) return undefined;
    if (table.columns.lastIndexOf(column) !== index) return `"${column}" names two columns`;
    return { slot, index, label, file: table.file };
  }

  #names(): string[] {
    const [own, ...joined] = this.#tables;
    const prefixed = joined.flatMap((table) =>
      (table.columns ?? []).map((column) => `${table.alias}.${column}`),
    );
    return [...(own?.columns ?? []), ...prefixed];
  }
}

/**
 * The text of a cell, trimmed as the file says; undefined when it means "no value".
 * @throws RowError CELL_UNREADABLE when the reader or the encoding damaged it
 */
export function cellText(row: RowScope, ref: ColumnRef, absent = ref.file.absent) {
  const cell = row.cells(ref.slot)?.[ref.index];
  if (cell === undefined) return undefined;
  if (typeof cell === 'object') {
    throw new RowError('CELL_UNREADABLE', cell.unreadable, { column: ref.label });
  }
  const text = ref.file.trim ? cell.trim() : cell;
  if (absent.has(text)) return undefined;
  if (!text.isWellFormed() || text.includes('\uFFFD')) {
    const message = 'holds bytes that the declared encoding does not know';
    throw new RowError('CELL_UNREADABLE', message, { column: ref.label, value: text });
  }
  return text;
}
